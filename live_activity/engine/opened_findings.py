"""One finding for all activities that phones opened and that came to the same end: how many, and in which rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from live_activity.core.findings import Finding
from live_activity.core.formatting import count_of
from live_activity.decision.not_found import NOT_FOUND
from live_activity.engine.activity import LiveActivity
from live_activity.engine.edition import Edition

# How many rows a message names at most.
MOST_ROWS = 20


def refresh_opened_findings(edition: Edition) -> None:
    """Replaces the findings about activities that cannot be played at the moment."""
    opened = edition.opened
    if opened is None:
        return
    current = list(_findings(edition))
    if current == opened.findings:
        return
    for finding in opened.findings:
        edition.drop_finding(finding)
    opened.findings = [finding for finding in current if edition.add_finding(finding)]


def _findings(edition: Edition) -> Iterator[Finding]:
    groups: dict[str, list[LiveActivity]] = defaultdict(list)
    for activity in edition.activities:
        state = activity.state
        if state.not_found and not state.known:
            groups[NOT_FOUND].append(activity)
        elif state.over == NOT_FOUND:
            groups["closed"].append(activity)
        elif state.over in ("expired", "failed"):
            groups[state.over].append(activity)
    if some := groups[NOT_FOUND]:
        message = (
            f"the API does not know {_how_many(some, edition)}: unknown, ended or expired ({_rows(some, edition)}); "
            "nothing was sent to them; check that the app hands over the right activity_id"
        )
        yield _finding("activities_not_found", message, some, edition)
    if some := groups["closed"]:
        message = (
            f"the API no longer knows {_how_many(some, edition)}, though it had taken pushes to them before "
            f"({_rows(some, edition)}): people or the app ended them, or they expired"
        )
        yield _finding("activities_closed", message, some, edition)
    if some := groups["expired"]:
        message = f"{_how_many(some, edition)} expired without an end ({_rows(some, edition)}): {some[0].why}"
        yield _finding("activities_expired", message, some, edition)
    if some := groups["failed"]:
        message = f"{_how_many(some, edition)} failed ({_rows(some, edition)}): {some[0].why}"
        yield _finding("activities_failed", message, some, edition)


def _how_many(some: Sequence[LiveActivity], edition: Edition) -> str:
    return f"{len(some):,} of {count_of(len(edition.activities), 'activity', 'activities')}"


def _row_numbers(some: Sequence[LiveActivity], edition: Edition) -> list[int]:
    rows = edition.opened.rows if edition.opened is not None else {}
    return sorted(rows[each.number] for each in some if each.number in rows)


def _rows(some: Sequence[LiveActivity], edition: Edition) -> str:
    rows = _row_numbers(some, edition)
    if not rows:
        return "rows not known"
    named = ", ".join(f"{row:,}" for row in rows[:MOST_ROWS])
    more = f" and {len(rows) - MOST_ROWS:,} more" if len(rows) > MOST_ROWS else ""
    return f"{'row' if len(rows) == 1 else 'rows'} {named}{more}"


def _finding(code: str, message: str, some: Sequence[LiveActivity], edition: Edition) -> Finding:
    make = Finding.error if code == "activities_failed" else Finding.warning
    where = edition.opened.source.where if edition.opened is not None else edition.campaign.name
    row = next(iter(_row_numbers(some, edition)), None)
    return make(code, message, where=where, row=row, column=edition.campaign.id_column)
