"""Who was reached, from rows to people to phones: lines that add up, for the plan, the reports, the desk and the shell.

The vendor counts those without a profile and those that it did not process as people, and all others as phones. A
person may have several phones or none, so each unit adds up by itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from live_activity.core.formatting import count_of
from live_activity.core.report import Report, SegmentNumbers

_OF_PEOPLE = frozenset({"user_not_found"})
_OF_PHONES = frozenset(
    {
        "push_permission_disabled",
        "unsupported_platform",
        "unsupported_os_version",
        "push_to_start_token_missing",
    }
)
_SIGNS = {"sum": "", "less": "less ", "plus": "plus "}
_UNITS = {
    "people": ("person", "people"),
    "phones": ("phone", "phones"),
    "activities": ("activity", "activities"),
}


@dataclass(frozen=True, slots=True)
class Reached:
    """The vendor's answers about all activities, summed.

    `people` are those who are to be in the activities, changes by hand included. `unprocessed` are those without an
    answer too; where `pending`, they may still be added.
    """

    people: int
    matched: int = 0
    skipped: Mapping[str, int] = field(default_factory=dict)
    gdpr_denied: int = 0
    unprocessed: int = 0
    pending: bool = False

    @classmethod
    def of(cls, report: Report) -> Reached | None:
        """The sums of a report; None where nobody was registered."""
        activities = report.activities
        if report.device_started or not activities:
            return None
        skipped: Counter[str] = Counter()
        for each in activities:
            skipped.update(each.skipped)
        return cls(
            people=sum(each.people for each in activities),
            matched=sum(each.matched for each in activities),
            skipped=skipped,
            gdpr_denied=sum(each.gdpr_denied for each in activities),
            unprocessed=sum(each.unprocessed for each in activities),
            pending=any(each.status == "registered" for each in activities),
        )


@dataclass(frozen=True, slots=True)
class ReachLine:
    """One line, with a number for each unit that it is about.

    A `sum` is the sum above it in the same unit, with the lines between them taken off (`less`) or added (`plus`).
    """

    kind: Literal["sum", "less", "plus"]
    name: str
    numbers: Mapping[str, int]

    @property
    def label(self) -> str:
        """The name, with what it does to the sum above it."""
        return f"{_SIGNS[self.kind]}{self.name}"

    def amount(self, unit: str) -> str:
        """The number with its unit; an empty text where the line is not about that unit."""
        return count_of(self.numbers[unit], *_UNITS[unit]) if unit in self.numbers else ""

    def number(self, unit: str) -> str:
        """The number alone; an empty text where the line is not about that unit."""
        return f"{self.numbers[unit]:,}" if unit in self.numbers else ""

    @property
    def amounts(self) -> str:
        """All numbers with their units."""
        return ", ".join(self.amount(unit) for unit in self.numbers)


@dataclass(frozen=True, slots=True)
class ReachLines:
    """The lines, and their units in order."""

    units: tuple[str, ...]
    lines: tuple[ReachLine, ...]


def who_was_reached(
    segment: SegmentNumbers, reached: Reached | None = None, *, device_started: bool = False
) -> ReachLines:
    """The lines from the rows of the segment to the phones that matched; without `reached`, to the accepted rows.

    `device_started`: the rows are those of a table of activities that phones opened.
    """
    unit = "activities" if device_started else "people"
    table = "table" if device_started else "segment"
    lines = [
        ReachLine("sum", f"rows of the {table}", {unit: segment.rows}),
        *_less("rejected: ", segment.reasons, unit),
        ReachLine("sum", "accepted", {unit: segment.accepted}),
    ]
    if device_started or reached is None:
        return ReachLines((unit,), tuple(lines))
    return ReachLines(("people", "phones"), (*lines, *_vendor(segment.accepted, reached)))


def _vendor(accepted: int, reached: Reached) -> list[ReachLine]:
    by_hand = reached.people - accepted
    lines = [ReachLine("plus", "added by hand since", {"people": by_hand})] if by_hand > 0 else []
    lines += _less("", {"removed by hand since": -by_hand} if by_hand < 0 else {}, "people")
    missing = {why: number for why, number in reached.skipped.items() if why in _OF_PEOPLE}
    missing["not added yet" if reached.pending else "not processed by the vendor"] = reached.unprocessed
    skipped = {
        why if why in _OF_PHONES else f"{why} (a new reason, counted as phones)": number
        for why, number in reached.skipped.items()
        if why not in _OF_PEOPLE
    }
    skipped["consent refused"] = reached.gdpr_denied
    found = {
        "people": reached.people - sum(missing.values()),
        "phones": reached.matched + sum(skipped.values()),
    }
    return [
        *lines,
        *_less("", missing, "people"),
        ReachLine("sum", "found", found),
        *_less("", skipped, "phones"),
        ReachLine("sum", "matched", {"phones": reached.matched}),
    ]


def _less(prefix: str, reasons: Mapping[str, int], unit: str) -> list[ReachLine]:
    return [
        ReachLine("less", f"{prefix}{why.replace('_', ' ')}", {unit: number})
        for why, number in reasons.items()
        if number
    ]
