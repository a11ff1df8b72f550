"""Findings of pushes that are too large for Apple (`core.apple_limits`), or have invalid Unicode.

None of this needs a contract: the limits hold for every app.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from live_activity.contract.unicode import invalid_unicode
from live_activity.core.apple_limits import (
    ACTIVITY_BYTES,
    PUSH_BYTES,
    PushEvent,
    activity_bytes,
    json_bytes,
    push_bytes,
)
from live_activity.core.findings import Finding

_ENVELOPE = 200


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
    """The size of the whole payload, and its largest field."""
    fields = {f"state.{name}": value for name, value in state.items()}
    fields |= {f"attributes.{name}": value for name, value in (attributes or {}).items()}
    fields |= {name: text for name, text in (("title", title), ("message", message)) if text is not None}
    sizes = {name: json_bytes(value) for name, value in fields.items()}
    largest = max(sizes, key=lambda name: sizes[name], default=None)
    whole = push_bytes(
        event=event,
        activity_type=activity_type,
        title=title,
        message=message,
        state=state,
        attributes=attributes,
    )
    return Size(whole, largest, sizes[largest] if largest else 0)


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
    over = _over(f"the {event} push has", size.bytes, PUSH_BYTES)
    if over is not None:
        findings.append(Finding.error("too_large", over + fix, column=size.largest_field))
    kept = attributes if attributes is not None else static_attributes
    together = activity_bytes(state=state, attributes=kept)
    over = _over("attributes and state together have", together, ACTIVITY_BYTES)
    if over is not None:
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
    if len(escaped) < min(PUSH_BYTES, ACTIVITY_BYTES) - _ENVELOPE and "\\ud" not in escaped:
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


def _over(what: str, size: int, limit: int) -> str | None:
    return f"{what} {size:,} bytes, {size - limit:,} over Apple's {limit:,}" if size > limit else None
