"""Makes the sandbox's answers: JSON, and errors in the API's form."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from starlette.responses import Response

from live_activity.sandbox.error_codes import ERROR_CODES


@dataclass(frozen=True, slots=True)
class Denial:
    """A person who refused consent, with the number of phones that were left out because of it."""

    insider_id: str = field(repr=False)
    devices_count: int


class Refused(Exception):
    """A call that is answered with an error of `ERROR_CODES`; `details` are further keys of the answer."""

    def __init__(self, code: str, message: str, *, details: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.status = ERROR_CODES[code].status
        self.code = code
        self.details = dict(details or {})

    def response(self) -> Response:
        """The answer in the API's error form."""
        return as_json({"error": str(self), "code": self.code, **self.details}, status=self.status)


def as_json(body: object, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer, escaped to ASCII, so that an unpaired surrogate in a text cannot break it."""
    text = json.dumps(body, separators=(",", ":"), allow_nan=False)
    return Response(text, status_code=status, headers=headers, media_type="application/json")


def empty(status: int) -> Response:
    """An answer of the authorization layer: a status without a body."""
    return Response(status_code=status)


def too_many(retry_after: str | None) -> Response:
    """The rate limit's answer, which has its own form."""
    headers = {"Retry-After": retry_after} if retry_after is not None else {}
    return as_json({"message": "Too Many Requests", "status": 429}, status=429, headers=headers)


def time_text(moment: datetime | None) -> str | None:
    """A moment as RFC 3339 in UTC."""
    return None if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
