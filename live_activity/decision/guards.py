"""Guards: rules on state fields that keep typing errors and wrong feed values away from phones. Pure.

A guard is one line, a field and its rules: `homeScore: 0 to 20, step 1`.

    impossible   `A to B`, `A | B | C`          held until it is corrected or released
    unlikely     `step N`, `up`, `factor N`     held until two good readings 60 s apart agree, then sent with a warning
    ask          `ask`                          each change waits for a person

`judge` is called once per good reading with all rows of one activity in the order of their times, and with what it
remembered after the reading before (`GuardMemory`, which the ledger keeps as JSON). A value is compared with the
activity's previous good row, not with phones. So a row that is withdrawn, content that is sent by hand, an end by
steering and other activities are never held.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from live_activity.core.formatting import quoted
from live_activity.decision.guard_memory import Breach, GoodRow, GuardMemory, Held, Values
from live_activity.decision.guard_rules import Guard, is_same

# An unlikely value is released by two good readings that agree and are this far apart.
AGREE_AFTER = timedelta(seconds=60)
# How many good rows of an activity are remembered, for feeds that show only their newest ones.
_REMEMBERED = 20
_MOST_RELEASED = 200


@dataclass(frozen=True, slots=True)
class GuardedRow:
    """A row of the activity as it is judged; rows come in the order of their times."""

    number: int
    due: datetime
    state: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a row is held (`held` says why) or sent; `warnings` are about unlikely values that were confirmed.

    `until` is when a reading may confirm it at the earliest; None where it waits for a correction or a person. A
    warning comes again with every reading that has the row; it should be reported once.
    """

    number: int
    held: tuple[Breach, ...] = ()
    warnings: tuple[Breach, ...] = ()
    until: datetime | None = None

    @property
    def sends(self) -> bool:
        """Whether the row may be sent."""
        return not self.held

    @property
    def reason(self) -> str:
        """Why it is held, or what the warning is; empty where neither."""
        return "; ".join(breach.reason for breach in (self.held or self.warnings))


@dataclass(frozen=True, slots=True)
class Judged:
    """The verdicts on rows that break a guard, by row number, and the memory to keep. Other rows are sent."""

    verdicts: Mapping[int, Verdict]
    memory: GuardMemory

    @property
    def held(self) -> frozenset[int]:
        """The numbers of the rows that are not to be sent."""
        return frozenset(number for number, verdict in self.verdicts.items() if not verdict.sends)


def judge(
    guards: Sequence[Guard],
    rows: Sequence[GuardedRow],
    memory: GuardMemory,
    now: datetime,
    *,
    enums: frozenset[str] = frozenset(),
) -> Judged:
    """Judges the rows of one activity after a good reading at `now`; an unchanged table (304) is a good reading.

    `enums` are the paths of fields that are enums by the contract; fields with a list of values count as enums too.
    """
    judging = _Judging(guards, memory, now, enums=enums)
    for row in rows:
        judging.take(row)
    return judging.judged()


def breaches_by_hand(
    guards: Sequence[Guard],
    state: Mapping[str, Any],
    memory: GuardMemory,
    *,
    enums: frozenset[str] = frozenset(),
) -> tuple[Breach, ...]:
    """The guards that content sent by hand breaks. Such content is not held, but has to be confirmed."""
    paths = _paths(guards, enums)
    history = _History(memory.good)
    return tuple(_breaches(guards, paths, _values(paths, state), history))


@dataclass(slots=True)
class _History:
    """The good values that the next row is compared with: of each field the last one, and the one before that.

    `newest` are those of the previous good row alone.
    """

    remembered: Sequence[GoodRow]
    last: dict[str, Any] = field(default_factory=dict)
    before: dict[str, Any] = field(default_factory=dict)
    newest: Values | None = None

    def __post_init__(self) -> None:
        for row in self.remembered:
            self.take(row.values)

    def take(self, values: Values) -> None:
        self.newest = values
        for path, value in values.items():
            if path in self.last and not is_same(self.last[path], value):
                self.before[path] = self.last[path]
            self.last[path] = value


class _Judging:
    def __init__(
        self, guards: Sequence[Guard], memory: GuardMemory, now: datetime, *, enums: frozenset[str]
    ) -> None:
        self._guards = guards
        self._memory = memory
        self._now = now
        self._paths = _paths(guards, enums)
        self._history: _History | None = None
        self._good: list[GoodRow] = []
        self._held: list[Held] = []
        self._confirmed: list[Breach] = []
        # Released breaches by their place in the memory. A release is for one change: the same change later is held.
        self._released = dict(enumerate(memory.released))
        self._used: set[int] = set()
        self._verdicts: dict[int, Verdict] = {}

    def take(self, row: GuardedRow) -> None:
        values = _values(self._paths, row.state)
        if self._history is None:
            # A feed may show its newest rows only: those that have left it are remembered.
            self._history = _History([good for good in self._memory.good if good.due < row.due])
        breaches = [*_breaches(self._guards, self._paths, values, self._history)]
        places = [self._place_of_release(each) for each in breaches]
        waiting = [each for each, place in zip(breaches, places, strict=True) if place is None]
        self._used |= {place for place in places if place is not None}
        held = [Held(each, self._since(each), row.number) for each in waiting]
        confirmed = [each for each in held if self._is_confirmed(each)]
        if len(confirmed) < len(held):
            self._held += held
            times = [each.since + AGREE_AFTER for each in held]
            only_unlikely = all(each.kind == "unlikely" for each in waiting)
            self._verdicts[row.number] = Verdict(
                row.number, held=tuple(waiting), until=max(times) if only_unlikely else None
            )
            return
        self._confirmed += waiting
        for breach, place in zip(breaches, places, strict=True):
            if place is not None and breach.kind != "impossible":
                self._released.pop(place, None)
        if unlikely := [each for each in breaches if each.kind == "unlikely"]:
            self._verdicts[row.number] = Verdict(row.number, warnings=tuple(unlikely))
        self._history.take(values)
        if row.due <= self._now:
            self._good.append(GoodRow(row.due, values))

    def judged(self) -> Judged:
        memory = self._memory
        newest = self._good[0].due if self._good else None
        older = [row for row in memory.good if newest is None or row.due < newest]
        return Judged(
            self._verdicts,
            GuardMemory(
                held=tuple(self._held),
                released=(*self._still_released(), *self._confirmed)[-_MOST_RELEASED:],
                good=tuple([*older, *self._good][-_REMEMBERED:]),
            ),
        )

    def _still_released(self) -> Iterator[Breach]:
        """The released changes that the feed still shows; a value that a person confirmed stays confirmed."""
        for place, breach in enumerate(self._memory.released):
            if self._history is None or place in self._used or breach.kind == "impossible":
                yield breach

    def _place_of_release(self, breach: Breach) -> int | None:
        return next((place for place, each in self._released.items() if breach.is_like(each)), None)

    def _since(self, breach: Breach) -> datetime:
        """Since which reading this value, or values that lead to it, have been read."""
        before = [each for each in self._memory.held if each.breach.path == breach.path]
        same = [each for each in before if each.breach.is_like(breach)]
        if not same and breach.kind == "unlikely":
            same = [
                each for each in before if each.breach.kind == "unlikely" and self._leads_to(each, breach)
            ]
        return min((each.since for each in same), default=self._now)

    def _leads_to(self, held: Held, breach: Breach) -> bool:
        """Whether the value is a likely successor of one that is held: the feed went on from there."""
        guards = [guard for guard in self._guards if guard.path == breach.path]
        return not any(guard.unlikely(breach.value, held.breach.value) for guard in guards)

    def _is_confirmed(self, held: Held) -> bool:
        return held.breach.kind == "unlikely" and self._now - held.since >= AGREE_AFTER


def _breaches(
    guards: Sequence[Guard], paths: Mapping[str, bool], values: Values, history: _History
) -> Iterator[Breach]:
    enum_changed = any(
        is_enum and path in values and path in history.last and not is_same(values[path], history.last[path])
        for path, is_enum in paths.items()
    )
    for guard in guards:
        path = guard.path
        value, previous = values.get(path), history.last.get(path)
        if path in values and (problem := guard.impossible(value)) is not None:
            yield Breach(path, "impossible", value, None, f"{path}: {problem}")
            continue
        if history.newest is None:
            continue
        shown = history.newest.get(path)
        if guard.ask and not is_same(value, shown):
            yield Breach(path, "ask", value, shown, f"{path}: {_change(shown, value)}, which waits for a yes")
        if path not in values or path not in history.last or enum_changed or is_same(value, previous):
            continue
        if path in history.before and is_same(value, history.before[path]):
            continue  # it returns to its earlier value, such as when a goal is disallowed
        if (problem := guard.unlikely(value, previous)) is not None:
            yield Breach(path, "unlikely", value, previous, f"{path}: {problem}")


def _change(previous: Any, value: Any) -> str:
    if previous is None:
        return f"becomes {quoted(value)}"
    if value is None:
        return f"is no longer given (it was {quoted(previous)})"
    return f"changes from {quoted(previous)} to {quoted(value)}"


def _paths(guards: Sequence[Guard], enums: frozenset[str]) -> dict[str, bool]:
    """The fields to look at, and whether each is an enum."""
    found = dict.fromkeys(enums, True)
    for guard in guards:
        found[guard.path] = found.get(guard.path, False) or bool(guard.values)
    return found


def _values(paths: Mapping[str, bool], state: Mapping[str, Any]) -> dict[str, Any]:
    found = {}
    for path in paths:
        value: Any = state
        for name in path.split("."):
            value = value.get(name) if isinstance(value, Mapping) else None
        if value is not None:
            found[path] = value
    return found
