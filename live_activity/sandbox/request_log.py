"""The newest requests and their answers, for developers of a client; keys and people's ids are masked."""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

MOST_REQUESTS = 500
"""How many requests are kept."""

MASKED = "***"
_MOST_CHARACTERS = 4_096
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_SHOWN = ("activity_id", "activity_type", "ends_at", "content")
_CONTENT = ("title", "message", "content_state", "attributes")


@dataclass(frozen=True, slots=True)
class LoggedRequest:
    """A request and its answer; `status` is None if it was not answered."""

    number: int
    at: datetime
    endpoint: str
    has_key: bool
    status: int | None
    outcome: str
    fault: str | None
    body: Mapping[str, Any]
    answer: Mapping[str, Any] | None


class RequestLog:
    """Keeps the newest requests in bounded memory, already masked: what is not kept cannot leak."""

    def __init__(self) -> None:
        self._requests: deque[LoggedRequest] = deque(maxlen=MOST_REQUESTS)
        self._count = 0

    def add(
        self,
        endpoint: str,
        *,
        at: datetime,
        has_key: bool,
        outcome: str,
        fault: str | None,
        body: Mapping[str, Any],
        answer: bytes | None,
    ) -> None:
        """Keeps one request; `body` must come from `masked_body`."""
        self._count += 1
        status = int(outcome) if outcome.isdigit() else None
        shown = _masked_answer(answer) if answer is not None else None
        self._requests.append(
            LoggedRequest(
                self._count,
                at,
                endpoint,
                has_key,
                status,
                outcome if status is None else "answered",
                fault,
                body,
                shown,
            )
        )

    def newest(self, number: int) -> list[LoggedRequest]:
        """The newest requests, at most `number`, oldest first."""
        return list(self._requests)[-number:] if number else []


def masked_body(body: object) -> dict[str, Any]:
    """The parts of a request's body that may be shown: known fields, and the number of people instead of their ids."""
    if not isinstance(body, dict):
        return {}
    shown: dict[str, Any] = {}
    for name in _SHOWN:
        if name not in body:
            continue
        value = body[name]
        if name == "content":
            value = (
                {each: value[each] for each in _CONTENT if each in value}
                if isinstance(value, dict)
                else MASKED
            )
            shown[name] = value if _short(value) else MASKED
        else:
            fits = isinstance(value, str) and len(value) <= 255
            # An activity_id is shown only in the API's form: a client may have put a person's id there by mistake.
            shown[name] = value if fits and (name != "activity_id" or _UUID.fullmatch(value)) else MASKED
    for name in ("insider_ids", "target_devices"):
        if name in body:
            value = body[name]
            shown[name] = f"{MASKED} ({len(value)})" if isinstance(value, list) else MASKED
    others = len(set(body) - set(_SHOWN) - {"insider_ids", "target_devices"})
    return {**shown, "other_fields": others} if others else shown


def _masked_answer(answer: bytes) -> dict[str, Any] | None:
    if not answer:
        return None
    try:
        value = json.loads(answer)
    except (ValueError, RecursionError):
        return {"not_json": len(answer)}
    if not isinstance(value, dict):
        return {"not_an_object": len(answer)}
    if "gdpr_denied_details" in value:
        value["gdpr_denied_details"] = f"{MASKED} ({len(value['gdpr_denied_details'])})"
    return value


def _short(value: object) -> bool:
    return len(json.dumps(value)) <= _MOST_CHARACTERS
