"""The overview: every campaign that is running, planned or over, in a table with links."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from live_activity.ledger import EditionRecord
from live_activity.views.markdown import moment, plain, table

MOST_OVER = 50
_MODES = {"run": "live", "rehearse": "rehearsal", "test": "test"}
_HEAD = ("campaign", "mode", "account", "start", "status", "look at")

Link = Callable[[EditionRecord, str], str | None]
"""The address of a page of an edition: `run`, `now` or `report`; None where it has none."""


@dataclass(frozen=True, slots=True)
class ScheduledRun:
    """A run that a schedule or a person planned and that has not begun, so the ledger does not know it yet."""

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
    """The page; each start in its campaign's zone, which is named."""
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
        _MODES.get(run.mode, run.mode),
        plain(run.account),
        _start(run.starts_at, run.time_zone),
        plain(run.status),
        f"[run]({run.url})" if run.url else "",
    )


def _row(edition: EditionRecord, link: Link) -> tuple[str, ...]:
    pages = ("run", "report") if edition.finished else ("run", "now")
    links = [f"[{what}]({url})" for what in pages if (url := link(edition, what))]
    start = edition.planned_start if edition.start_given else None
    zone = str(edition.parameters.get("time_zone") or "UTC")
    return (
        plain(edition.name),
        _MODES.get(edition.mode, edition.mode),
        plain(edition.account),
        _start(start, zone),
        plain(edition.status.replace("_", " ")),
        ", ".join(links),
    )


def _start(at: datetime | None, zone: str) -> str:
    try:
        return moment(at, none="at once", zone=ZoneInfo(zone))
    except (ValueError, OSError, KeyError):  # the run itself says what is wrong with its zone
        return moment(at, none="at once")
