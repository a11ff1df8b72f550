"""From what came back to an answer, or to the error it means (reference, Error codes)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from live_activity.api.errors import (
    AlreadyStarted,
    ApiError,
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
)
from live_activity.api.models import gdpr_denied
from live_activity.api.redaction import told
from live_activity.api.response import ApiResponse
from live_activity.api.retry_after import retry_after

Answer = TypeVar("Answer", bound=BaseModel)
Secrets = Callable[[], Iterable[str]]

_BY_STATUS: dict[int, type[ApiError]] = {
    401: Unauthorized,
    403: ProductDisabled,
    404: NotFound,
    409: AlreadyStarted,
    412: TokensNotSynced,
    422: NobodyEligible,
    429: RateLimited,
}
_OVER_LIMIT = b"request limit exceeded"
_CODE = re.compile(r"[A-Z][A-Z0-9_]{0,63}")
_REASON = re.compile(r"[a-z][a-z0-9_]{0,63}")


def parse_response(
    reply: ApiResponse,
    model: type[Answer],
    *,
    endpoint: str,
    secrets: Secrets,
    now: datetime,
    defaults: Mapping[str, Any] | None = None,
) -> Answer | ApiError:
    """The answer that a reply holds, or the error that it means; `defaults` stand in for absent fields.

    The error's text holds none of the secrets, which are only fetched when they are needed.
    """
    if reply.status == 200:
        answer = _read(reply, model, defaults or {})
        if isinstance(answer, str):
            return _error(OutcomeUnknown, answer, reply, endpoint, secrets, now)
        return answer
    kind = kind_of(reply)
    if kind is NotFound and reply.is_html and endpoint != "register":
        # The API speaks JSON. A gateway's page says nothing of an activity, and an /end must not end on it.
        kind = OutcomeUnknown
    if kind is NobodyEligible:
        return _nobody(reply, endpoint, secrets, now)
    return _error(kind, _said(reply), reply, endpoint, secrets, now)


def kind_of(reply: ApiResponse) -> type[ApiError]:
    """The class of errors that a reply other than 200 means."""
    status = reply.status
    if status == 403 and _OVER_LIMIT in (reply.body or b"").lower():
        return RateLimited
    if status == 503 and reply.body == b"":
        return ServiceUnavailable
    if status >= 500:
        return ServerFault
    if status < 300 or status == 408:
        # Nothing but 200 is a success, yet 2xx is not a refusal, and neither is a gateway's time-out.
        return OutcomeUnknown
    if status == 422 and _told_code(reply) not in (None, "NO_ELIGIBLE_DEVICE"):
        # Read as "nobody is left" it would lose the people of the call.
        return RefusedRequest
    return _BY_STATUS.get(status, RefusedRequest)


def _read(reply: ApiResponse, model: type[Answer], defaults: Mapping[str, Any]) -> Answer | str:
    """The answer, or what is wrong with it."""
    body = reply.json
    if not isinstance(body, dict):
        return f"the success cannot be read: {_what(reply)}"
    try:
        return model.model_validate({**defaults, **{name: v for name, v in body.items() if v is not None}})
    except ValidationError as invalid:
        # The names of our own fields only: a name that the server made up may be anything.
        fields = {str(error["loc"][0]) for error in invalid.errors(include_input=False) if error["loc"]}
        named = ", ".join(sorted(fields)) or "a field"
        return f"the success cannot be read: {named} missing or of the wrong shape"


def _error(
    kind: type[ApiError], text: str, reply: ApiResponse, endpoint: str, secrets: Secrets, now: datetime
) -> ApiError:
    known = tuple(secrets())
    return kind(
        told(text, known),
        endpoint=endpoint,
        status=reply.status,
        code=_code(reply, known),
        retry_after=retry_after(reply.headers.get("retry-after"), now=now),
    )


def _nobody(reply: ApiResponse, endpoint: str, secrets: Secrets, now: datetime) -> NobodyEligible:
    known = tuple(secrets())
    body = reply.json if isinstance(reply.json, dict) else {}
    # Beside a clear verdict a detail that cannot be read is left out.
    try:
        people, devices = gdpr_denied(body.get("gdpr_denied_details"))
    except ValueError:
        people, devices = 0, 0
    skipped = body.get("skipped")
    return NobodyEligible(
        told(_said(reply), known),
        endpoint=endpoint,
        status=reply.status,
        code=_code(reply, known),
        retry_after=retry_after(reply.headers.get("retry-after"), now=now),
        skipped={
            reason: count
            for reason, count in (skipped.items() if isinstance(skipped, dict) else ())
            if type(count) is int
            and count >= 0
            and _REASON.fullmatch(reason)
            and told(reason, known) == reason
        },
        gdpr_denied_people=people,
        gdpr_denied_devices=devices,
    )


def _told_code(reply: ApiResponse) -> str | None:
    body = reply.json
    code = body.get("code") if isinstance(body, dict) else None
    return code if isinstance(code, str) and _CODE.fullmatch(code) else None


def _code(reply: ApiResponse, secrets: Iterable[str]) -> str | None:
    code = _told_code(reply)
    return code if code is not None and told(code, secrets) == code else None


def _said(reply: ApiResponse) -> str:
    """What the server said; of JSON only what is meant for people, as the rest may name some."""
    body = reply.json
    if isinstance(body, dict):
        for name in ("error", "message"):
            if isinstance(body.get(name), str):
                return str(body[name])
    if 300 <= reply.status < 400:
        return "a redirect, which is not followed; check the base URL"
    return "" if reply.body == b"" else _what(reply)


def _what(reply: ApiResponse) -> str:
    if reply.body is None:
        return "the body broke off"
    if not reply.body.strip():
        return "the body is empty"
    if reply.is_html:
        return "an HTML page"
    if reply.json is not None:
        return "JSON of another shape than documented"
    if reply.text is None:
        return "a body that is neither JSON nor text"
    # What breaks off within an id holds a part of it that nobody would recognize.
    damaged = reply.text.lstrip().startswith(("{", "["))
    return "JSON that is damaged or breaks off" if damaged else reply.text
