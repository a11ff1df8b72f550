"""Proposes guards from the timeline and the contract, ready to copy into the campaign file.

A wrong guard would hold correct values, so a line is proposed only where it is safe: enums of the contract, limits of a
schema, scores that were seen to change by small steps, minutes of play, progress, and a winner.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from live_activity.campaign.guard_check import guarded_rows
from live_activity.campaign.model import Campaign
from live_activity.campaign.planning import Times, planned_for
from live_activity.contract import Contract
from live_activity.contract.dotted_fields import dotted_types
from live_activity.contract.types import BareEnumType, EnumType, Scalar, SwiftType
from live_activity.decision.guard_memory import GuardMemory
from live_activity.decision.guard_rules import Guard, as_number, parse_guard
from live_activity.decision.guards import judge
from live_activity.timeline import Timeline

Key = Mapping[str, str]

_SCORE = re.compile(r"score|goal|point|runs?$|skor|\bgol|puan", re.IGNORECASE)
# Names that mean nothing alone, and scores where both of a pair occur.
_SIDES = frozenset(
    {
        ("home", "away"), ("h", "a"), ("host", "guest"), ("heim", "gast"), ("gastgeber", "gast"), ("ev", "dep"),
        ("ev", "deplasman"), ("local", "visitor"), ("local", "visitante"), ("casa", "ospite"), ("thuis", "uit"),
    }
)  # fmt: skip
_NUMBERED_SIDES = frozenset({("1", "2"), ("a", "b"), ("one", "two")})
_TEAM = frozenset(
    {"team", "side", "player", "mannschaft", "tak\u0131m", "takim", "equipo", "equipe", "squadra"}
)
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+|\d+")
_MINUTE = re.compile(r"minute|minuto|^mins?$|dakika|clock|elapsed", re.IGNORECASE)
# "delayMinutes" or "minutesLeft" are durations, not minutes of play.
_DURATION = re.compile(r"delay|late|left|remaining|until|eta|wait|away|gecik", re.IGNORECASE)
_PROGRESS = re.compile(r"progress|percent|completion", re.IGNORECASE)
_WINNER = re.compile(r"^(?:.*\.)?(?:winner|champion|elected|kazanan|\w+Winner)$", re.IGNORECASE)
# More activities than these show nothing new, and a day of flights has thousands.
_MOST_ACTIVITIES = 200
# No limit is proposed for larger numbers, which may not be exact as floats.
_LARGEST_NUMBER = 1e15
_MOST_CHOICES = 30


def suggest_guards(
    campaign: Campaign, timeline: Timeline, times: Times, keys: Sequence[Key], contract: Contract | None
) -> tuple[str, ...]:
    """A line for each field that a guard is right for; none of them would hold a row of this timeline."""
    seen = _Seen(campaign, timeline, times, keys)
    types = dotted_types(contract.state) if contract is not None else {}
    is_whole = any(row.event == "end" for row in timeline.rows)
    scores = {path: seen.of(path) for path in seen.fields if _is_score(path, seen)}
    step = max((step for series in scores.values() if (step := _step(series)) is not None), default=None)
    guards: list[Guard] = []
    for path in dict.fromkeys((*types, *seen.fields)):
        series = seen.of(path)
        step_of = step if path in scores else None
        rules = ", ".join(_rules(path, types.get(path), series, step=step_of, is_whole=is_whole))
        if rules:
            guards.append(parse_guard(f"{path}: {rules}"))
    return tuple(str(guard) for guard in guards if guard.ask or not seen.holds(guard))


def _rules(
    path: str, kind: SwiftType | None, series: Sequence[Sequence[Any]], *, step: int | None, is_whole: bool
) -> Iterator[str]:
    """The rules of one field. `step` is the largest change of scores, for a score; `is_whole`: it has its end."""
    if isinstance(kind, EnumType | BareEnumType):
        choices = [str(case.value) for case in kind.cases]
        if 2 <= len(choices) <= _MOST_CHOICES and not any('"' in choice for choice in choices):
            yield " | ".join(f'"{choice}"' if re.search(r"[,|]|^$", choice) else choice for choice in choices)
        return
    if _WINNER.search(path):
        yield "ask"
        return
    if limits := _limits(kind):
        yield limits
    name = path.rpartition(".")[2]
    values: list[Any] = [value for one in series for value in one]
    if _MINUTE.search(name):
        values = [as_number(value) for value in values]  # text such as 45+3, too
    elif not all(_is_number(value) for value in values):
        return
    if not values or any(value is None or value < 0 for value in values):
        return
    high = float(max(values))
    if step is not None:
        if not limits:
            yield f"0 to {_most_points(high, step=step, is_whole=is_whole)}"
        yield f"step {step}"
    elif limits:
        return
    elif _MINUTE.search(name) and not _DURATION.search(name) and high <= 130:
        # No `up` here: minute 45+3, which counts as 48, comes before minute 46.
        yield "0 to 130"
    elif _PROGRESS.search(name) and high <= 100:
        yield "0 to 1" if 0 < high <= 1 else "0 to 100"


def _most_points(high: float, *, step: int, is_whole: bool) -> int:
    """A limit far above what was seen; a timeline that has just begun says little."""
    if step == 1 and high <= 10 and is_whole:
        return 20
    if high <= 40 and (step == 1 or is_whole):
        return 99
    return 999


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and abs(value) < _LARGEST_NUMBER


def _is_score(path: str, seen: _Seen) -> bool:
    """Whether it is named like a score or like one of two sides, and begins at 0 in each activity."""
    named = _SCORE.search(path.rpartition(".")[2]) is not None
    named = named or any(_are_sides(path, other) for other in seen.fields)
    return named and all(_is_number(one[0]) and one[0] == 0 for one in seen.of(path) if one)


def _are_sides(one: str, other: str) -> bool:
    """Whether the names of two fields differ only in the side of a match, as `toreHeim` and `toreGast` do."""
    words, others = ([word.casefold() for word in _WORD.findall(path)] for path in (one, other))
    differing = [pair for pair in zip(words, others, strict=False) if pair[0] != pair[1]]
    if len(words) != len(others) or len(differing) != 1:
        return False
    sides = {differing[0], differing[0][::-1]}
    return bool(sides & _SIDES) or bool(sides & _NUMBERED_SIDES and _TEAM & {*words})


def _limits(kind: SwiftType | None) -> str | None:
    """The range that a hand-written schema gives."""
    if not isinstance(kind, Scalar):
        return None
    low, high = kind.limits
    return f"{low} to {high}" if low is not None and high is not None else None


def _step(series: Sequence[Sequence[Any]]) -> int | None:
    """The largest change that was seen of a score; None where it never changes, or jumps."""
    if not all(_is_number(value) for one in series for value in one):
        return None
    changes = {abs(new - old) for one in series for old, new in pairwise(one) if new != old}
    if not changes or not all(float(change).is_integer() for change in changes):
        return None
    largest = int(max(changes))
    # 1 in football, 3 in basketball, and up to 8 at once in rugby and American football.
    return largest if largest <= 3 else 8 if largest <= 8 else None


class _Seen:
    """The values of the timeline's fields, activity by activity, in the order of their times."""

    def __init__(self, campaign: Campaign, timeline: Timeline, times: Times, keys: Sequence[Key]) -> None:
        self._activities = [
            guarded_rows(timeline.for_key(key), planned_for(campaign, timeline, key, whole=times).starts_at)
            for key in keys[:_MOST_ACTIVITIES]
            if timeline.for_key(key)
        ]
        self._series: dict[str, list[list[Any]]] = {}
        for rows in self._activities:
            one: dict[str, list[Any]] = {}
            for row in rows:
                for path, value in _leaves(row.state):
                    one.setdefault(path, []).append(value)
            for path, values in one.items():
                self._series.setdefault(path, []).append(values)

    @property
    def fields(self) -> tuple[str, ...]:
        """The paths that any row has."""
        return tuple(self._series)

    def of(self, path: str) -> Sequence[Sequence[Any]]:
        """The values of a field: a series for each activity."""
        return self._series.get(path, ())

    def holds(self, guard: Guard) -> bool:
        """Whether the guard would hold any row."""
        for rows in self._activities:
            if not rows:
                continue
            if judge([guard], rows, GuardMemory(), rows[-1].due).held:
                return True
        return False


def _leaves(value: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    for name, part in value.items():
        inner = f"{path}.{name}" if path else name
        if isinstance(part, Mapping):
            yield from _leaves(part, inner)
        elif part is not None:
            yield inner, part
