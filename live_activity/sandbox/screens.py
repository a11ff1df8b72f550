"""What phones show, kept for as many of them together as show the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from live_activity.sandbox.content import Content, Push


@dataclass(frozen=True, slots=True)
class PhoneCounts:
    """The phones of a rehearsal (DESIGN, The report).

    `reached` showed anything, `showing_final` show the content of a successful /end, `stuck` could not take what was
    sent to them last: they show older content, or nothing where that was the start.
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
class Screen:
    """One phone's card: what it shows (None: nothing), whether that is final, and why it is stuck (None: it is not).

    A phone is stuck that could not take what was sent to it last. A start that is dropped opens nothing.
    """

    shows: Content | None = None
    attributes: Mapping[str, Any] | None = field(default=None, repr=False)
    final: bool = False
    stuck: str | None = None

    def after(self, push: Push, *, dropped: str | None) -> Screen:
        """The card after a push that arrived."""
        if dropped is not None:
            return replace(self, stuck=dropped)
        attributes = push.content.attributes or {} if push.kind == "start" else self.attributes
        return Screen(shows=push.content, attributes=attributes, final=push.kind == "end")


@dataclass(slots=True, eq=False)
class Cohort:
    """Phones that show the same and sync at the same moment (None: never), so one push to all is one change."""

    screen: Screen
    synced_at: datetime | None = None
    count: int = 0

    def synced(self, now: datetime) -> bool:
        """Whether a push to the activity reaches them."""
        return self.synced_at is not None and self.synced_at <= now


def count(cohorts: Iterable[Cohort]) -> PhoneCounts:
    """What all of them show, in numbers."""
    reached = final = stuck = 0
    for cohort in cohorts:
        screen = cohort.screen
        reached += cohort.count if screen.shows is not None else 0
        final += cohort.count if screen.final else 0
        stuck += cohort.count if screen.stuck is not None else 0
    return PhoneCounts(reached=reached, showing_final=final, stuck=stuck)
