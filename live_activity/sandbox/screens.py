"""What phones show. Phones that are alike are counted together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from live_activity.sandbox.content import Content

Condition = Literal["usual", "refused_start", "opted_out", "offline"]
"""`refused_start`: it took no start, because its budget of starts was used up, or at random.
`opted_out`: its owner has switched Live Activities off. `offline`: without network; pushes wait at Apple."""

CONDITIONS: tuple[Condition, ...] = ("usual", "refused_start", "opted_out", "offline")


@dataclass(frozen=True, slots=True)
class PhoneCounts:
    """The phones of a rehearsal.

    `reached` have shown content, `showing_final` show the content of a successful /end, `stuck` could not take what
    was sent to them last: they show older content, or nothing if that was the start.
    """

    reached: int = 0
    showing_final: int = 0
    stuck: int = 0

    def __add__(self, other: PhoneCounts) -> PhoneCounts:
        return PhoneCounts(
            reached=self.reached + other.reached,
            showing_final=self.showing_final + other.showing_final,
            stuck=self.stuck + other.stuck,
        )


@dataclass(frozen=True, slots=True)
class AlertCounts:
    """Phone alerts: the fewest and the most that a phone had, and all together."""

    fewest: int = 0
    most: int = 0
    total: int = 0


@dataclass(frozen=True, slots=True)
class Screen:
    """One phone's card: what it shows (None: nothing), whether that is final, and why it is stuck (None: it is not).

    A phone is stuck if it could not take what was sent to it last. A start that is dropped opens nothing.
    """

    shows: Content | None = None
    attributes: Mapping[str, Any] | None = field(default=None, repr=False)
    final: bool = False
    stuck: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Cohort:
    """Phones that look alike; `alerts` is the number of phone alerts that each of them had."""

    screen: Screen
    count: int
    synced: bool = False
    alerts: int = 0
    condition: Condition = "usual"


def count(cohorts: Iterable[Cohort]) -> PhoneCounts:
    """Counts what the phones show. A phone whose owner opted out counts as reached, but shows nothing now."""
    reached = final = stuck = 0
    for cohort in cohorts:
        screen = cohort.screen
        there = cohort.condition != "opted_out"
        reached += cohort.count if screen.shows is not None else 0
        final += cohort.count if screen.final and there else 0
        stuck += cohort.count if screen.stuck is not None and there else 0
    return PhoneCounts(reached=reached, showing_final=final, stuck=stuck)


def count_alerts(cohorts: Iterable[Cohort]) -> AlertCounts:
    """Counts the phone alerts of these phones."""
    found = [(cohort.alerts, cohort.count) for cohort in cohorts]
    each = [alerts for alerts, _ in found]
    return AlertCounts(
        fewest=min(each, default=0),
        most=max(each, default=0),
        total=sum(alerts * phones for alerts, phones in found),
    )
