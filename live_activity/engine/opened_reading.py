"""Reading the table of activities that phones opened, and recording those that are new in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from live_activity.campaign.paths import join
from live_activity.core.findings import Finding
from live_activity.core.formatting import count_of
from live_activity.core.settings import settings
from live_activity.engine.edition import Edition
from live_activity.engine.opened_table import OpenedTable
from live_activity.engine.staging import stage_table
from live_activity.ledger import ActivityRecord
from live_activity.segment import StagedSegment
from live_activity.segment.ids import text_of
from live_activity.segment.roster import Roster
from live_activity.tables import TableRow
from live_activity.tables.counted_table import CountedTable

# The vendor keeps an activity that a phone opened for a week at most.
KEPT = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Reading:
    """The table as it was staged in `folder`; `rows` are the first row of each id."""

    folder: str
    people: StagedSegment
    rows: Mapping[str, int] = field(repr=False)


def read_opened(edition: Edition, opened: OpenedTable) -> Reading:
    """Stages the table as its source last read it, in a folder of its own. Raises `InvalidInput`."""
    table = opened.source.table()
    rows = _rows_by_id(table, edition.campaign.id_column)
    opened.readings += 1
    name = edition.ledger.lease_token.folder_name
    folder = join(settings().storage, name if opened.readings == 1 else f"{name}-{opened.readings}")
    edition.ledger.begin_folder(folder, at=edition.clock.now())
    people = stage_table(edition, table.whole, folder=folder)
    opened.source.remembers(None)  # columns that nobody needs may come and go
    opened.source.accept()
    return Reading(folder, people, rows)


def _rows_by_id(table: CountedTable, id_column: str) -> dict[str, int]:
    rows: dict[str, int] = {}
    for row in table.rows():
        if isinstance(row, TableRow) and (name := text_of(row.cells.get(id_column))):
            rows.setdefault(name, row.number)
    return rows


def record_new_activities(
    edition: Edition, opened: OpenedTable, roster: Roster, *, seen_at: datetime | None = None
) -> list[ActivityRecord]:
    """Records the activities of the roster that are not in the edition yet, and returns them.

    `seen_at` is when they joined a running campaign: rows with times since the start count from then.
    """
    rehearsal = edition.rehearsal
    activity_type, now = edition.campaign.activity_type, edition.clock.now()
    new: dict[str, ActivityRecord] = {}
    seen: set[str] = set()
    for part in roster.staged.activities:
        for batch in range(part.first_batch, part.first_batch + part.batches):
            for name in roster.read(batch):
                if name in seen:
                    continue  # it is in the table with other values to split by as well
                seen.add(name)
                if name in opened.numbers:
                    continue
                new[name] = ActivityRecord(
                    number=len(opened.numbers) + len(new),
                    key=part.key,
                    activity_type=activity_type,
                    # A rehearsal's phones open activities of their own, one for each that the table names.
                    activity_id=rehearsal.opened_by_a_phone(activity_type) if rehearsal else name,
                    expires_at=now + KEPT,
                    planned_start=seen_at if not edition.times.given else None,
                    refreshed=True,
                    status="started",
                    why=None,
                )
    if twice := roster.staged.accepted - len(seen):
        edition.add_finding(_standing_twice(edition, twice, where=opened.source.where))
    if new:
        edition.ledger.add_activities(list(new.values()))
        opened.numbers |= {name: record.number for name, record in new.items()}
    return list(new.values())


def _standing_twice(edition: Edition, rows: int, *, where: str) -> Finding:
    message = (
        f"{count_of(rows, 'row')} with an id that stands in an earlier row with other values of "
        f"{', '.join(edition.campaign.split_by)}; an activity follows its first row: correct the others"
    )
    return Finding.warning("activity_twice", message, where=where, column=edition.campaign.id_column)
