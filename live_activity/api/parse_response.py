"""Interprets a response: the answer that it holds, or the error that it means.

`_BY_CODE` and `_BY_STATUS` map documented codes and statuses to errors. A response that does not have the API's form
was sent by something between here and the API, and says nothing about an activity.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import urlsplit

from pydantic import BaseModel, ValidationError

from live_activity.api.errors import (
    AlreadyStarted,
    ApiError,
    NeverLeft,
    NobodyEligible,
    NotFound,
    OutcomeUnknown,
    ProductDisabled,
    RateLimited,
    RefusedRequest,
    ServerFault,
    ServiceUnavailable,
    TokensNotSynced,
    Unauthorized,
    WrongAddress,
)
from live_activity.api.models import Skipped, gdpr_denied, reasons
from live_activity.api.redaction import redacted_line
from live_activity.api.response import ApiResponse
from live_activity.core.http_dates import retry_after

Model = TypeVar("Model", bound=BaseModel)
Secrets = Callable[[], Iterable[str]]

_BY_CODE: dict[tuple[int, str], type[ApiError]] = {
    (403, "LIVE_ACTIVITY_DISABLED"): ProductDisabled,
    (404, "NOT_FOUND"): NotFound,
    (409, "ALREADY_STARTED"): AlreadyStarted,
    (412, "PUSH_TOKEN_NOT_SYNCED"): TokensNotSynced,
    (422, "NO_ELIGIBLE_DEVICE"): NobodyEligible,
}
# The authorization layer answers with a status alone: its 401 and 503 have an empty body.
_BY_STATUS: dict[int, type[ApiError]] = {401: Unauthorized, 429: RateLimited, 503: ServiceUnavailable}
# A proxy that wants a login, and a network that does: neither has forwarded the request.
_NOT_FORWARDED = (407, 511)
_OVER_LIMIT = b"request limit exceeded"
# The vendor's rate limit covers a minute; a longer wait than this is not about it.
LONGEST_WAIT = 300.0
_BETWEEN = "answered by something between here and the API"


def parse_response(
    response: ApiResponse,
    model: type[Model],
    *,
    endpoint: str,
    secrets: Secrets,
    now: datetime,
    activity: str | None = None,
    defaults: Mapping[str, Any] | None = None,
) -> Model | ApiError:
    """The answer that a response holds, or the error that it means; `defaults` stand in for absent fields.

    The error's text holds none of the secrets, which are only fetched when they are needed.
    """
    kind: type[ApiError] = OutcomeUnknown
    if response.status == 200:
        answer = _read(response, model, defaults or {}, secrets)
        if not isinstance(answer, str):
            return answer
        text = answer
    else:
        kind = kind_of(response)
        text = _text(response, kind)
    known = tuple(secrets())
    arguments: dict[str, Any] = {
        "endpoint": endpoint,
        "activity": activity,
        "status": response.status,
        "code": _without_secret(response.code, known),
        "retry_after": retry_after(response.headers.get("retry-after"), now=now, longest=LONGEST_WAIT),
    }
    if kind is NobodyEligible:
        arguments |= _reasons(response, known)
    return kind(redacted_line(text, known), **arguments)


def kind_of(response: ApiResponse) -> type[ApiError]:
    """The class of the error that a response other than 200 means."""
    status, code = response.status, response.code
    if status in _NOT_FORWARDED:
        return NeverLeft
    if 300 <= status < 400 or (status in (404, 405) and code is None and response.body is not None):
        return WrongAddress
    if response.is_html or status < 300 or status == 408:
        # Only 200 is a success, but another 2xx is not a refusal, and neither is a gateway's time-out.
        return OutcomeUnknown
    if status == 429 or (status == 403 and _OVER_LIMIT in (response.body or b"").lower()):
        return RateLimited
    if response.body == b"" and status in _BY_STATUS:
        return _BY_STATUS[status]
    if status >= 500:
        return ServerFault
    if code is None:
        return OutcomeUnknown
    return _BY_CODE.get((status, code)) or (Unauthorized if status == 401 else RefusedRequest)


def _read(
    response: ApiResponse, model: type[Model], defaults: Mapping[str, Any], secrets: Secrets
) -> Model | str:
    """The answer, or what is wrong with it."""
    body = response.json
    if not isinstance(body, dict):
        between = "" if response.body is None else f"; {_BETWEEN}"
        return f"the success cannot be read: {_describe(response)}{between}"
    if not isinstance(body.get("status"), str):
        return f"JSON without the API's status; {_BETWEEN}"
    values = {name: value for name, value in body.items() if value is not None}
    if (
        isinstance(skipped := values.get("skipped"), dict)
        and not skipped.keys() <= Skipped.model_fields.keys()
    ):
        hidden = set(secrets())
        values["skipped"] = {reason: count for reason, count in skipped.items() if reason not in hidden}
    try:
        return model.model_validate({**defaults, **values})
    except ValidationError as invalid:
        return f"the success cannot be read: {_problems(invalid)}"


def _problems(invalid: ValidationError) -> str:
    """Which fields are wrong, as names of our own fields: a name that the server made up may hold anything."""
    too_large: set[str] = set()
    others: set[str] = set()
    for error in invalid.errors(include_input=False):
        field = str(error["loc"][0]) if error["loc"] else "a field"
        (too_large if error["type"] == "less_than_equal" else others).add(field)
    parts = [f"{', '.join(sorted(too_large))} out of range"] if too_large else []
    parts += [f"{', '.join(sorted(others))} missing or of the wrong shape"] if others else []
    return "; ".join(parts)


def _reasons(response: ApiResponse, secrets: tuple[str, ...]) -> dict[str, Any]:
    # The error is clear without these details, so those that cannot be read are left out.
    try:
        people, devices = gdpr_denied(response.json.get("gdpr_denied_details"))
    except ValueError:
        people, devices = 0, 0
    skipped = reasons(response.json.get("skipped"))
    return {
        "skipped": {
            reason: count for reason, count in skipped.items() if redacted_line(reason, secrets) == reason
        },
        "gdpr_denied_people": people,
        "gdpr_denied_devices": devices,
    }


def _without_secret(code: str | None, secrets: Iterable[str]) -> str | None:
    return code if code is not None and redacted_line(code, secrets) == code else None


def _text(response: ApiResponse, kind: type[ApiError]) -> str:
    """The server's message; of JSON only the fields that hold one, as others may contain people's ids."""
    if kind is NeverLeft:
        return "a proxy on the way refused to forward it without a login"
    if 300 <= response.status < 400:
        return f"a redirect{_target(response)}, which is not followed"
    if response.is_html:
        text = f"an HTML page; {_BETWEEN}"
        too_large = "; a smaller batch may be let through" if response.status == 413 else ""
        return text + too_large
    message = _message(response)
    if issubclass(kind, OutcomeUnknown) and response.body is not None:
        return f"{message}; {_BETWEEN}" if message else f"an empty body; {_BETWEEN}"
    return message


def _message(response: ApiResponse) -> str:
    body = response.json
    if isinstance(body, dict):
        for name in ("error", "message"):
            if isinstance(body.get(name), str):
                return str(body[name])
    return "" if response.body == b"" else _describe(response)


def _target(response: ApiResponse) -> str:
    """The scheme and host to which a redirect leads; the rest of its address may hold anything."""
    try:
        parts = urlsplit(response.headers.get("location", ""))
        host = parts.hostname or ""
    except ValueError:
        return ""
    return f" to {parts.scheme}://{host}" if parts.scheme and re.fullmatch(r"[\w.:-]+", host) else ""


def _describe(response: ApiResponse) -> str:
    if response.body is None:
        return "the body broke off"
    if not response.body.strip():
        return "the body is empty"
    if response.is_html:
        return "an HTML page"
    if response.json is not None:
        return "JSON of another shape than documented"
    if response.text is None:
        return "a body that is neither JSON nor text"
    # A text that breaks off within an id holds a part of the id, which redaction does not recognize.
    damaged = response.text.lstrip().startswith(("{", "["))
    return "JSON that is damaged or breaks off" if damaged else response.text
