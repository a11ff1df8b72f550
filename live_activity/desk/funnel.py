"""People as a funnel that adds up: from the rows of the segment to phones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from live_activity.desk.reading import Ledger


@dataclass(frozen=True, slots=True)
class FunnelRow:
    """One line; a line of level 1 is a part of the last line of level 0 above it."""

    label: str
    number: int
    level: int = 0


def funnel(ledger: Ledger) -> tuple[FunnelRow, ...]:
    """Returns lines that add up: rows = rejected + accepted; sent = matched + left out + not answered + difference.

    The vendor counts phones, and a person may have several or none; so the difference is shown as a line of its own.
    """
    segment: Mapping[str, Any] = ledger.edition.segment or {}
    rows, accepted = int(segment.get("rows") or 0), int(segment.get("accepted") or 0)
    rejected = rows - accepted
    reasons: Mapping[str, int] = segment.get("reasons") or {}
    lines = [FunnelRow("rows in the segment", rows), FunnelRow("rejected", rejected, 1)]
    lines += [
        FunnelRow(f"rejected: {reason.replace('_', ' ')}", number, 2) for reason, number in reasons.items()
    ]
    lines += [FunnelRow("accepted", accepted, 1)]
    people = ledger.people
    if not people.sent:
        return tuple(lines)
    skipped = people.skipped or {}
    parts = [
        FunnelRow("matched", people.matched, 1),
        *(
            FunnelRow(f"skipped: {reason.replace('_', ' ')}", number, 1)
            for reason, number in skipped.items()
            if number
        ),
        FunnelRow("without consent", people.gdpr_denied, 1),
        FunnelRow("not processed by the vendor", people.unprocessed, 1),
        FunnelRow("no answer yet", people.unanswered, 1),
    ]
    lines += [FunnelRow("sent to the vendor", people.sent), *(each for each in parts if each.number)]
    rest = people.sent - sum(each.number for each in parts)
    if rest > 0:
        lines.append(FunnelRow("in no counter of the vendor's answer", rest, 1))
    elif rest < 0:
        lines.append(FunnelRow("counted more than once (several phones of one person)", rest, 1))
    return tuple(lines)
