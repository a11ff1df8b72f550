"""Checks the body of a call against the API's rules.

If a body breaks several rules, the answer names the first in this order: activity_id, activity_type, insider_ids,
ends_at, content, target_devices. A null counts as an absent key, and text of spaces only as empty text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from live_activity.sandbox.answers import Refused
from live_activity.sandbox.content import Content, Kind, Push

Body = Mapping[str, Any]

ENDS_AT_AT_LEAST = timedelta(minutes=5)
ENDS_AT_AT_MOST = timedelta(days=7)

_RFC_3339 = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d):(\d\d)(?:\.(\d+))?([Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)", re.ASCII
)


@dataclass(frozen=True, slots=True)
class RegisterCall:
    """A body of /register that keeps the rules."""

    activity_type: str
    insider_ids: list[str] = field(repr=False)
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class PeopleCall:
    """A body of /add-users or /remove-users that keeps the rules."""

    activity_id: str
    insider_ids: list[str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class PushCall:
    """A body of /start, /update or /end that keeps the rules; `targets` are pairs of insider_id and udid."""

    activity_id: str
    push: Push
    targets: frozenset[tuple[str, str]] | None = field(repr=False)


def check_register(body: Body, *, now: datetime, max_insider_ids: int) -> RegisterCall:
    """Checks a body of /register. Raises `Refused` with the code of the first rule that is broken."""
    return RegisterCall(
        activity_type=_activity_type(body),
        insider_ids=_insider_ids(body, max_insider_ids),
        ends_at=_ends_at(body, now),
    )


def check_people(body: Body, *, max_insider_ids: int) -> PeopleCall:
    """Checks a body of /add-users or /remove-users, where a missing activity_type has no code of its own.

    Raises `Refused`.
    """
    activity_id = _activity_id(body)
    _activity_type(body, code="VALIDATION_FAILED")
    return PeopleCall(activity_id=activity_id, insider_ids=_insider_ids(body, max_insider_ids))


def check_push(body: Body, kind: Kind, *, words_required: bool = False) -> PushCall:
    """Checks a body of /start, /update or /end. Raises `Refused`.

    A start needs title and message, because push-to-start needs an alert; the others only with `words_required`.
    """
    activity_id, activity_type = _activity_id(body), _activity_type(body)
    content = _content(body, words=words_required or kind == "start")
    return PushCall(
        activity_id=activity_id,
        push=Push(kind=kind, activity_type=activity_type, content=content),
        targets=_target_devices(body),
    )


def failed(message: str) -> Refused:
    """The error for a broken rule that has no code of its own."""
    return Refused("VALIDATION_FAILED", message)


def _filled(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _activity_id(body: Body) -> str:
    value = body.get("activity_id")
    if value is not None and not isinstance(value, str):
        raise failed("activity_id must be text")
    if value is None or not value.strip():
        raise Refused("ACTIVITY_ID_REQUIRED", "activity_id is missing or empty")
    return value


def _activity_type(body: Body, *, code: str = "ACTIVITY_TYPE_REQUIRED") -> str:
    value = body.get("activity_type")
    if value is not None and not isinstance(value, str):
        raise failed("activity_type must be text")
    if value is None or not value.strip():
        raise Refused(code, "activity_type is missing or empty")
    return value


def _insider_ids(body: Body, at_most: int) -> list[str]:
    value = body.get("insider_ids")
    if not isinstance(value, list) or not 1 <= len(value) <= at_most:
        raise Refused("INSIDER_IDS_OUT_OF_RANGE", f"insider_ids must be a list of 1 to {at_most} ids")
    for place, insider_id in enumerate(value):
        # A fast check, as a call may have 10,000 ids.
        if type(insider_id) is not str or not insider_id or insider_id.isspace():
            raise failed(f"insider_ids[{place}] must be text that is not empty")
    return value


def _ends_at(body: Body, now: datetime) -> datetime:
    value = body.get("ends_at")
    moment = _moment(value) if isinstance(value, str) else None
    if moment is None:
        raise failed("ends_at must be an RFC 3339 time with its zone, such as 2026-07-19T21:00:00Z")
    left = moment - now
    if left <= timedelta(0):
        raise Refused("ENDS_AT_IN_PAST", "ends_at is in the past")
    if left < ENDS_AT_AT_LEAST:
        raise Refused("ENDS_AT_TOO_SOON", "ends_at is less than 5 minutes from now")
    if left > ENDS_AT_AT_MOST:
        raise Refused("ENDS_AT_TOO_FAR", "ends_at is more than 7 days from now")
    return moment.astimezone(UTC)


def _moment(text: str) -> datetime | None:
    parts = _RFC_3339.fullmatch(text)
    if parts is None:
        return None
    day, minute, seconds, fraction, zone = parts.groups()
    # RFC 3339 allows the leap second 60, datetime does not.
    leap = timedelta(seconds=1 if seconds == "60" else 0)
    offset = "+00:00" if zone in "Zz" else zone
    try:
        whole = f"{day}T{minute}:{'59' if leap else seconds}.{(fraction or '0')[:6]:0<6}{offset}"
        return datetime.fromisoformat(whole) + leap
    except (ValueError, OverflowError):
        return None


def _content(body: Body, *, words: bool) -> Content:
    value = body.get("content")
    if not isinstance(value, dict):
        raise failed("content is missing or not an object")
    for name in ("title", "message"):
        text = value.get(name)
        if words and not _filled(text):
            raise failed(f"content.{name} must be text that is not empty")
        if text is not None and not isinstance(text, str):
            raise failed(f"content.{name} must be text")
    state, attributes = value.get("content_state"), value.get("attributes")
    if not isinstance(state, dict):
        raise failed("content.content_state is missing or not an object")
    if attributes is not None and not isinstance(attributes, dict):
        raise failed("content.attributes must be an object")
    return Content(state=state, title=value.get("title"), message=value.get("message"), attributes=attributes)


def _target_devices(body: Body) -> frozenset[tuple[str, str]] | None:
    """The targets; None means the whole segment. An empty list is refused: it must never mean everybody."""
    value = body.get("target_devices")
    if value is None:
        return None
    if not isinstance(value, list) or not value:
        raise _target_wrong("target_devices must be a list of at least one {insider_id, udid}")
    targets = set()
    for place, device in enumerate(value):
        if not isinstance(device, dict):
            raise _target_wrong(f"target_devices[{place}] must be an object of insider_id and udid")
        for name in ("insider_id", "udid"):
            if not _filled(device.get(name)):
                raise _target_wrong(f"target_devices[{place}].{name} is missing or empty")
        targets.add((device["insider_id"], device["udid"]))
    return frozenset(targets)


def _target_wrong(message: str) -> Refused:
    return Refused("TARGET_DEVICES_INVALID", message)
