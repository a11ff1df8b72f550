"""How large a push and an activity may be for Apple, and how their bytes are counted.

`docs/architecture.md` names the source of each limit. The limits hold for every app, with and without a contract.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal

PUSH_BYTES = 4096
"""The most bytes of a whole push payload; APNs refuses a larger one with 413."""

ACTIVITY_BYTES = 4096
"""The most bytes of an activity's attributes and its state together; ActivityKit drops what has more."""

PushEvent = Literal["start", "update", "end"]

_TIMESTAMP = 1_000_000_000


def push_bytes(
    *,
    event: PushEvent,
    activity_type: str,
    title: str | None,
    message: str | None,
    state: Mapping[str, Any],
    attributes: Mapping[str, Any] | None,
) -> int:
    """The size of the whole payload.

    A start always carries the type and its attributes; an update or an end only where attributes are given.
    """
    aps: dict[str, Any] = {"timestamp": _TIMESTAMP, "event": event, "content-state": state}
    if event == "start" or attributes is not None:
        aps |= {"attributes-type": activity_type, "attributes": attributes or {}}
    alert = {name: text for name, text in (("title", title), ("body", message)) if text is not None}
    if alert:
        aps["alert"] = alert
    return json_bytes({"aps": aps})


def activity_bytes(*, state: Mapping[str, Any], attributes: Mapping[str, Any] | None) -> int:
    """The size of the state and of the attributes that an activity has; None where they are not known."""
    return json_bytes(state) + (json_bytes(attributes) if attributes is not None else 0)


def json_bytes(value: object) -> int:
    """The size of a value as compact UTF-8 JSON, which is what Apple counts."""
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass"))
