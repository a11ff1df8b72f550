"""How large a push is for Apple: at most 4,096 bytes, and attributes with state at most 4 KB (activitykit, Size)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from live_activity.core.findings import Finding

LIMIT = 4096
_TIMESTAMP = 1_000_000_000

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
    """The size of the whole payload as compact UTF-8 JSON, as Apple counts it.

    A start always carries the type and its attributes; an update or an end only when attributes are given.
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
    """Errors of a push that Apple would refuse, though the API answers 200 to it.

    `attributes` are those in this push; `static_attributes` those that the activity was started with, which
    count with the state even where the push leaves them out.
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
    mend = f"; the largest field is {size.largest_field} with {size.largest_bytes:,} bytes: shorten it"
    if size.bytes > LIMIT:
        told = (
            f"the {event} push has {size.bytes:,} bytes, {size.bytes - LIMIT:,} over Apple's {LIMIT:,}{mend}"
        )
        findings.append(Finding(severity="error", code="too_large", message=told, column=size.largest_field))
    kept = attributes if attributes is not None else static_attributes
    together = _bytes(state) + (_bytes(kept) if kept is not None else 0)
    if together > LIMIT:
        told = (
            f"attributes and state together have {together:,} bytes, {together - LIMIT:,} over Apple's "
            f"{LIMIT:,}{mend}"
        )
        findings.append(Finding(severity="error", code="too_large", message=told, column=size.largest_field))
    return tuple(findings)


def _bytes(value: object) -> int:
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass"))
