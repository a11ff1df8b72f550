"""Reads requests as the API does, and checks size, content type and JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from typing import Any, NoReturn

from starlette.requests import Request

from live_activity.sandbox.answers import Refused

BODY_BYTES = 8 * 1024 * 1024

_NESTING = 200
_CONTAINERS = (dict, list)


async def read_body(request: Request) -> bytes:
    """Reads the body of a request.

    Raises `Refused` (413) if it is over 8 MiB, at once if Content-Length says so, and starlette's `ClientDisconnect`.
    """
    length = request.headers.get("content-length", "")
    if length.isascii() and length.isdigit() and int(length[:20]) > BODY_BYTES:
        raise _too_large()
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > BODY_BYTES:
            raise _too_large()
        parts.append(part)
    return b"".join(parts)


def parse_body(content_type: str, body: bytes) -> dict[str, Any]:
    """Returns the JSON object in a body. Raises `Refused`.

    An empty body is REQUEST_INVALID whatever its type, another type than JSON is BAD_REQUEST, and a body that cannot
    be parsed or is not an object is REQUEST_INVALID. So are NaN, Infinity, numbers beyond a double, and bodies nested
    deeper than 200 levels.
    """
    if not body:
        raise Refused("REQUEST_INVALID", "the body is empty")
    if content_type.partition(";")[0].strip().lower() != "application/json":
        raise Refused("BAD_REQUEST", "the Content-Type must be application/json")
    try:
        value = json.loads(body.decode("utf-8"), parse_constant=_no_number, parse_float=_number)
    except (ValueError, RecursionError):
        raise Refused("REQUEST_INVALID", "the body cannot be parsed as JSON") from None
    if not isinstance(value, dict):
        raise Refused("REQUEST_INVALID", "the body must be a JSON object")
    if _too_deep(value):
        raise Refused("REQUEST_INVALID", f"the body is nested deeper than {_NESTING} levels")
    return value


def _too_deep(value: object) -> bool:
    level: list[object] = [value]
    for _ in range(_NESTING):
        children: list[object] = []
        for container in level:
            parts = container.values() if isinstance(container, dict) else container
            assert isinstance(parts, Iterable)
            children.extend([part for part in parts if type(part) in _CONTAINERS])
        if not children:
            return False
        level = children
    return True


def _no_number(_: str) -> NoReturn:
    raise ValueError("not a JSON number")


def _number(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError("beyond a double")
    return value


def _too_large() -> Refused:
    return Refused("PAYLOAD_TOO_LARGE", "the body is larger than 8 MiB")
