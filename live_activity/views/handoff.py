"""How long rows took from feed to handoff, in words."""

from __future__ import annotations

from live_activity.core.formatting import count_of
from live_activity.core.report import HandoffReport
from live_activity.ledger.handoff import HandoffTimes

LABEL = "from feed to handoff"
# Pages of a running campaign show the times of this many of the newest pushes only.
NEWEST = 1_000
_SLOWEST_NAMED = 3


def handoff_line(handoff: HandoffReport | HandoffTimes, *, slowest: int = _SLOWEST_NAMED) -> str:
    """The median, the 99th percentile and the slowest rows."""
    if handoff.p50 is None or handoff.p99 is None:
        return "no row was measured"
    named = ", ".join(
        f"row {each.row:,} in {seconds(each.seconds)}"
        for each in handoff.slowest[:slowest]
        if each.row is not None
    )
    figures = f"p50 {seconds(handoff.p50)}, p99 {seconds(handoff.p99)} over {count_of(handoff.rows, 'row')}"
    return f"{figures}; slowest: {named}" if named else figures


def seconds(value: float) -> str:
    """Seconds as people read them: 0.12 s, 3.4 s, 75 s."""
    return f"{value:.2f} s" if value < 1 else f"{value:.1f} s" if value < 10 else f"{value:,.0f} s"
