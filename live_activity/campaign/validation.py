"""Validation of a campaign's values: rules for several keys together, and pydantic's errors as findings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import ValidationError
from pydantic_core import PydanticCustomError

from live_activity.core.findings import Finding
from live_activity.core.times import in_utc
from live_activity.core.validation_messages import validation_message


def expect_one_of(segment: str | None, activities: str | None) -> None:
    """Raises pydantic's error where a campaign names neither a segment nor activities, or both."""
    if segment is None and activities is None:
        raise PydanticCustomError(
            "missing",
            "is missing; add 'segment: ...', or 'activities: ...' for activities that phones opened",
        )
    if segment is not None and activities is not None:
        raise PydanticCustomError(
            "segment_and_activities",
            "is given beside activities; remove segment to update activities that phones opened, or activities to "
            "start new ones for the people of the segment",
        )


def in_zone(moment: datetime, zone: ZoneInfo, field: str) -> datetime:
    """The moment in UTC, read in `zone` where it says none; a time that a clock change skips or doubles is an error."""
    try:
        return in_utc(moment, zone=zone)
    except ValueError as error:
        raise ValueError(f"{field}: {error}") from None


def unknown_key(key: str, fix: str, *, where: str) -> Finding:
    """The finding for a key that no campaign has."""
    return Finding.error("unknown_key", f"there is no such key{fix}", where=where, column=_column(key))


def findings_of(error: ValidationError, *, where: str) -> Iterator[Finding]:
    """A finding for each problem."""
    for problem in error.errors(include_input=False, include_url=False):
        yield from _findings(problem, where)


def _findings(problem: Any, where: str) -> Iterator[Finding]:
    key = ".".join(str(part) for part in problem["loc"]) or None
    if problem["type"] == "missing":
        own = problem["msg"] if key == "segment" else f"is missing; add '{key}: ...'"
        yield Finding.error("missing_key", own, where=where, column=_column(key))
        return
    message = validation_message(problem)
    if key is not None:
        yield Finding.error("wrong_value", message, where=where, column=_column(key))
        return
    # About keys that do not fit together: a line each, which begins with its key.
    for line in message.splitlines():
        each, _, text = line.partition(": ")
        yield Finding.error("wrong_value", text, where=where, column=_column(each))


def _column(key: str | None) -> str | None:
    return key if key is None or key.isprintable() else repr(key)


# Values that replace a required key that is missing or wrong, and keys that are not checked where another is wrong.
_STAND_INS = {"name": "x", "activity_type": "x", "timeline": "x", "segment": "x"}
_TOGETHER = {
    "split_by": ("defaults",),
    "time_zone": ("starts_at", "ends_at"),
    "activities": ("segment",),
    "segment": ("activities",),
}


def every_finding(
    validate: Callable[[dict[str, Any]], object],
    values: Mapping[str, Any],
    error: ValidationError,
    *,
    where: str,
) -> Iterator[Finding]:
    """The findings of the error, and those about combinations of the keys that are valid by themselves.

    pydantic checks combinations only once every key is valid.
    """
    yield from findings_of(error, where=where)
    faulty = {str(problem["loc"][0]) for problem in error.errors() if problem["loc"]}
    if not faulty:
        return
    faulty |= {other for key in faulty for other in _TOGETHER.get(key, ())}
    right = {key: value for key, value in values.items() if key not in faulty}
    stand_ins = {key: value for key, value in _STAND_INS.items() if key not in right}
    if "activities" in right:
        stand_ins.pop("segment", None)
    try:
        validate({**stand_ins, **right})
    except ValidationError as remaining:
        yield from findings_of(remaining, where=where)
