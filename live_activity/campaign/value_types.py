"""The types of a campaign's values, for pydantic: what is accepted, and the message where it is not."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field

from live_activity.core.content import checked_text
from live_activity.core.suggestions import did_you_mean
from live_activity.core.times import parse_date_time
from live_activity.decision.guard_rules import parse_guard


def _time(value: object) -> object:
    return None if value is None else parse_date_time(value)


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        from zoneinfo import available_timezones

        raise ValueError(
            f"{value!r} is not an IANA time zone such as Europe/Istanbul"
            f"{did_you_mean(value, available_timezones())}"
        ) from None
    return value


def _text(value: object) -> object:
    if isinstance(value, bool | int | float):
        raise ValueError(f"is read as {value!r}; put it in quotes to make it text")
    return checked_text(value) if isinstance(value, str) else value


def _guard_lines(value: object) -> object:
    """Guards as a list of lines: `- homeScore: 0 to 20` is a mapping in YAML, and a line of text in a form."""
    if isinstance(value, str):
        value = [line for line in value.splitlines() if line.strip()]
    if isinstance(value, Mapping):
        value = [value]
    if not isinstance(value, list | tuple):
        return value
    lines: list[object] = []
    for item in value:
        if isinstance(item, Mapping):
            lines += [f"{field}: {_rule_text(rules)}" for field, rules in item.items()]
        elif item is not None and item != "":
            lines.append(item)
    return lines


def _rule_text(rules: object) -> str:
    if isinstance(rules, list | tuple):
        return ", ".join(str(rule) for rule in rules)
    return "" if rules is None else str(rules)


def _guard(value: str) -> str:
    return str(parse_guard(value))


Text = Annotated[str, BeforeValidator(_text)]
Name = Annotated[
    str,
    BeforeValidator(_text),
    Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f/\\]*[^\x00-\x20/\\][^\x00-\x1f/\\]*$"),
]
Path = Annotated[str, BeforeValidator(_text), Field(min_length=1)]
Time = Annotated[datetime | None, BeforeValidator(_time)]
Zone = Annotated[str, BeforeValidator(_text), AfterValidator(_zone)]
Guards = Annotated[
    list[Annotated[str, BeforeValidator(_text), AfterValidator(_guard)]], BeforeValidator(_guard_lines)
]
