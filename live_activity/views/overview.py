"""The overview: tables of all campaigns that are running, planned or over, with links."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from live_activity.ledger import EditionRecord
from live_activity.views.markdown import plain, table

MOST_OVER = 50
_MODES = {"run": "live", "rehearse": "rehearsal", "test": "test"}
# The links come early: the older UI cuts off a table that is too wide.
_HEAD = ("campaign", "look at", "status", "start", "mode", "account")

Link = Callable[[EditionRecord, str], str | None]
"""The address of a page of an edition: `run`, `now` or `report`; None if it has no such page."""


@dataclass(frozen=True, slots=True)
class ScheduledRun:
    """A run that a schedule or a person planned and that has not begun, so it is not in the ledger yet."""

    name: str
    mode: str
    account: str
    starts_at: datetime | None
    status: str
    url: str | None
    time_zone: str = "UTC"


def overview_page(
    editions: Sequence[EditionRecord],
    *,
    now: datetime,
    link: Link,
    scheduled: Sequence[ScheduledRun] = (),
) -> str:
    """The page; each start is shown in its campaign's zone, with the zone's name."""
    newest = sorted(editions, key=lambda each: each.created_at, reverse=True)
    unfinished = [each for each in newest if not each.finished]
    planned = [each for each in unfinished if _is_planned(each, now)]
    running = [each for each in unfinished if each not in planned]
    over = [each for each in newest if each.finished]
    parts = ["# Live Activity campaigns"]
    for heading, some in (("Running", running), ("Planned", planned), ("Over", over[:MOST_OVER])):
        parts.append(f"## {heading}")
        rows = [_row(each, link) for each in some]
        if heading == "Planned":
            rows += [_scheduled_row(each) for each in scheduled]
        parts.append(table(_HEAD, rows) if rows else "None.")
    if len(over) > MOST_OVER:
        parts.append(f"and {len(over) - MOST_OVER:,} older campaigns, in the ledger")
    return "\n\n".join(parts)


def _is_planned(edition: EditionRecord, now: datetime) -> bool:
    return edition.planned_start is not None and edition.start_given and edition.planned_start > now


def _scheduled_row(run: ScheduledRun) -> tuple[str, ...]:
    return (
        plain(run.name),
        f"[run]({run.url})" if run.url else "",
        plain(run.status),
        _start(run.starts_at, run.time_zone),
        _MODES.get(run.mode, run.mode),
        plain(run.account),
    )


def _row(edition: EditionRecord, link: Link) -> tuple[str, ...]:
    pages = ("run", "report") if edition.finished else ("run", "now")
    links = [f"[{what}]({url})" for what in pages if (url := link(edition, what))]
    start = edition.planned_start if edition.start_given else _started(edition)
    zone = str(edition.parameters.get("time_zone") or "UTC")
    return (
        plain(edition.name),
        ", ".join(links),
        plain(edition.status.replace("_", " ")),
        _start(start, zone),
        _MODES.get(edition.mode, edition.mode),
        plain(edition.account),
    )


def _started(edition: EditionRecord) -> datetime | None:
    """When a campaign without a planned start did start; None if it did not, or that is not known."""
    activities = (edition.report or {}).get("activities") or ()
    times = [datetime.fromisoformat(at) for each in activities if (at := each.get("started_at"))]
    return min(times, default=None)


def _start(at: datetime | None, zone: str) -> str:
    if at is None:
        return "at once"
    try:
        known = ZoneInfo(zone)
    except (ValueError, OSError, KeyError):  # the run itself reports a wrong zone
        known = ZoneInfo("UTC")
    return f"{at.astimezone(known):%Y-%m-%d %H:%M} {known.key}"
