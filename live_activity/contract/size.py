"""How large a push is for Apple: at most 4,096 bytes, and attributes with state at most 4 KB.

None of this needs a contract: the limits hold for every app.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from live_activity.contract.unicode import invalid_unicode
from live_activity.core.findings import Finding

LIMIT = 4096
_TIMESTAMP = 1_000_000_000
_ENVELOPE = 200

PushEvent = Literal["start", "update", "end"]


@dataclass(frozen=True, slots=True)
class Size:
    """The bytes of a push, and its largest field by dotted path; None where it has no fields."""

    bytes: int
    largest_field: str | None
    largest_bytes: int


def payload_size(
    *,
    event: PushEvent,
    activity_type: str,
    title: str | None,
    message: str | None,
    state: Mapping[str, Any],
    attributes: Mapping[str, Any] | None,
) -> Size:
    """The size of the whole payload as compact UTF-8 JSON, which is what Apple counts.

    A start always carries the type and its attributes; an update or an end only where attributes are given.
    """
    aps: dict[str, Any] = {"timestamp": _TIMESTAMP, "event": event, "content-state": state}
    if event == "start" or attributes is not None:
        aps |= {"attributes-type": activity_type, "attributes": attributes or {}}
    alert = {name: text for name, text in (("title", title), ("body", message)) if text is not None}
    if alert:
        aps["alert"] = alert
    fields = {f"state.{name}": value for name, value in state.items()}
    fields |= {f"attributes.{name}": value for name, value in (attributes or {}).items()}
    fields |= {name: text for name, text in (("title", title), ("message", message)) if text is not None}
    sizes = {name: _bytes(value) for name, value in fields.items()}
    largest = max(sizes, key=lambda name: sizes[name], default=None)
    return Size(_bytes({"aps": aps}), largest, sizes[largest] if largest else 0)


def check_size(
    *,
    event: PushEvent,
    activity_type: str,
    title: str | None,
    message: str | None,
    state: Mapping[str, Any],
    attributes: Mapping[str, Any] | None,
    static_attributes: Mapping[str, Any] | None = None,
) -> tuple[Finding, ...]:
    """Errors of a push that Apple would refuse, although the API answers 200 to it.

    `attributes` are those in this push; `static_attributes` are those that the activity was started with, which
    count together with the state even where the push leaves them out.
    """
    size = payload_size(
        event=event,
        activity_type=activity_type,
        title=title,
        message=message,
        state=state,
        attributes=attributes,
    )
    findings = []
    fix = f"; the largest field is {size.largest_field} with {size.largest_bytes:,} bytes: shorten it"
    if size.bytes > LIMIT:
        over = f"the {event} push has {size.bytes:,} bytes, {size.bytes - LIMIT:,} over Apple's {LIMIT:,}"
        findings.append(Finding.error("too_large", over + fix, column=size.largest_field))
    kept = attributes if attributes is not None else static_attributes
    together = _bytes(state) + (_bytes(kept) if kept is not None else 0)
    if together > LIMIT:
        over = f"attributes and state together have {together:,} bytes, {together - LIMIT:,} over Apple's {LIMIT:,}"
        findings.append(Finding.error("too_large", over + fix, column=size.largest_field))
    return tuple(findings)


def check_push(
    *,
    event: PushEvent,
    activity_type: str,
    title: str | None,
    message: str | None,
    state: Mapping[str, Any],
    attributes: Mapping[str, Any] | None,
    static_attributes: Mapping[str, Any] | None = None,
) -> tuple[Finding, ...]:
    """Errors of a push that no phone can show, whatever its app decodes: invalid Unicode, or over Apple's size.

    For campaigns without a contract; `Contract.check_state` covers the Unicode of what it checks.
    """
    content = {"state": state, "attributes": attributes, "title": title, "message": message}
    # Escaped text is at least as long as UTF-8, so most pushes need no closer look.
    escaped = json.dumps([activity_type, content, static_attributes])
    if len(escaped) < LIMIT - _ENVELOPE and "\\ud" not in escaped:
        return ()
    findings = [
        Finding.error("invalid_unicode", text, column=".".join(path))
        for path, text in invalid_unicode({name: part for name, part in content.items() if part is not None})
    ]
    return (
        *findings,
        *check_size(
            event=event,
            activity_type=activity_type,
            title=title,
            message=message,
            state=state,
            attributes=attributes,
            static_attributes=static_attributes,
        ),
    )


def _bytes(value: object) -> int:
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass"))
