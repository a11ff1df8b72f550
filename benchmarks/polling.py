"""Polls of a long timeline: 200,000 rows, of which 100 are new, one is corrected, one is bad and one has no time.

python -m benchmarks.polling [KIND ...]
"""

from __future__ import annotations

import gzip
import json
import os
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from live_activity.campaign.campaign_timeline import timeline_of
from live_activity.campaign.model import Campaign, read_campaign
from live_activity.campaign.timeline_table import source_of
from live_activity.core.credentials import variable_of
from live_activity.decision.activity_change import ActivityView
from live_activity.decision.feed_changes import judge
from live_activity.decision.feed_state import FeedState
from live_activity.decision.schedule import schedule
from live_activity.sources.timeline_source import PolledSource
from live_activity.timeline import FirstSeen, Timeline

ROWS, ACTIVITIES, LIMIT_SECONDS = 200_000, 1_000, 1.5
NOW = datetime(2026, 7, 19, 12, tzinfo=UTC)
COLUMNS = ("at", "flight", "status", "gate", "changed")
Rows = Sequence[tuple[Any, ...]]


def main() -> None:
    """Prints the CPU time of each poll; exits with 1 if one took too long."""
    chosen = sys.argv[1:] or list(KINDS)
    slow = []
    with tempfile.TemporaryDirectory() as folder:
        for kind in chosen:
            whole, unchanged, grown = _measured(kind, Path(folder))
            sys.stdout.write(
                f"{kind:8} {ROWS:,} rows for {ACTIVITIES:,} activities: first reading {whole:.2f} s, unchanged "
                f"{unchanged * 1000:.1f} ms, 100 new rows {grown:.2f} s of CPU (limit {LIMIT_SECONDS:g} s)\n"
            )
            slow += [kind] if grown > LIMIT_SECONDS else []
    sys.exit(1 if slow else 0)


def _measured(kind: str, folder: Path) -> tuple[float, float, float]:
    write, name = KINDS[kind]
    path = folder / name
    rows = [_row(number) for number in range(ROWS)]
    rows[5] = ("oops", *rows[5][1:])
    rows[6] = ("", *rows[6][1:])
    write(path, rows)
    campaign = _campaign(path.with_suffix("") if kind == "query" else path)
    source, seen, poll = source_of(campaign), FirstSeen(), _Poll()
    whole, _ = poll(campaign, source, seen)
    unchanged, _ = poll(campaign, source, seen)
    changed = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}"
    rows[ROWS // 2] = (*rows[ROWS // 2][:2], "late", *rows[ROWS // 2][3:4], changed)
    new = [(*_row(ROWS + number)[:4], changed) for number in range(100)]
    write(path, [*rows, *new])
    grown, after = poll(campaign, source, seen)
    expected = ROWS + 100 - 1
    assert len(after.rows) == expected, (len(after.rows), expected)
    return whole, unchanged, grown


class _Poll:
    """What a poll does before anything is sent: it checks for changes, reads, judges, and orders the changed rows."""

    def __init__(self) -> None:
        self._before: Timeline | None = None
        self._state = FeedState()

    def __call__(self, campaign: Campaign, source: PolledSource, seen: FirstSeen) -> tuple[float, Timeline]:
        began = time.process_time()
        if not source.changed() and self._before is not None:
            return time.process_time() - began, self._before
        timeline = timeline_of(campaign, now=NOW, first_seen_times=seen, source=source)
        keys = [{"flight": f"F{number}"} for number in range(ACTIVITIES)]
        views = [ActivityView(key, "running", lambda row: row.due(NOW), NOW) for key in keys]
        judged = judge(self._state, timeline, views, NOW, where="benchmark")
        for key in keys:
            rows = judged.rows_for(key) or ()
            if self._before is None or rows != self._before.for_key(key):
                schedule(rows, start=NOW)
        self._before, self._state = timeline, judged.state
        return time.process_time() - began, timeline


def _row(number: int) -> tuple[Any, ...]:
    minute = number // ACTIVITIES
    at = f"2026-07-19T{10 + minute // 60:02d}:{minute % 60:02d}:00Z"
    return at, f"F{number % ACTIVITIES}", "on time", str(number), "2020-01-01 00:00:00"


def _objects(rows: Rows) -> list[Mapping[str, Any]]:
    return [dict(zip(COLUMNS, row, strict=True)) for row in rows]


def _csv(path: Path, rows: Rows) -> None:
    path.write_text(_csv_text(rows), "utf-8")


def _csv_text(rows: Rows) -> str:
    return ",".join(COLUMNS) + "\n" + "".join(",".join(row) + "\n" for row in rows)


def _gz(path: Path, rows: Rows) -> None:
    path.write_bytes(gzip.compress(_csv_text(rows).encode(), 1))


def _json(path: Path, rows: Rows) -> None:
    path.write_text(json.dumps(_objects(rows)), "utf-8")


def _jsonl(path: Path, rows: Rows) -> None:
    path.write_text("".join(json.dumps(each) + "\n" for each in _objects(rows)), "utf-8")


def _parquet(path: Path, rows: Rows) -> None:
    import pyarrow
    import pyarrow.parquet

    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(_objects(rows)), path)


def _xlsx(path: Path, rows: Rows) -> None:
    import openpyxl

    workbook = openpyxl.Workbook(write_only=True)
    sheet = workbook.create_sheet()
    sheet.append(COLUMNS)
    for row in rows:
        sheet.append(row)
    workbook.save(path)


def _query(path: Path, rows: Rows) -> None:
    database = path.with_suffix(".db")
    database.unlink(missing_ok=True)
    with sqlite3.connect(database) as connection:
        connection.execute(f"CREATE TABLE rows ({', '.join(COLUMNS)})")
        connection.executemany("INSERT INTO rows VALUES (?, ?, ?, ?, ?)", rows)
    os.environ[variable_of("bench")] = f"sqlite:///{database}"
    select = f"SELECT {', '.join(COLUMNS)} FROM rows WHERE changed > :since OR :since < '2000'"
    path.write_text(f"database: bench\nid: [flight, gate]\nselect: {select}\n", "utf-8")


KINDS: dict[str, tuple[Callable[[Path, Rows], None], str]] = {
    "csv": (_csv, "rows.csv"),
    "gz": (_gz, "rows.csv.gz"),
    "jsonl": (_jsonl, "rows.jsonl"),
    "json": (_json, "rows.json"),
    "parquet": (_parquet, "rows.parquet"),
    "query": (_query, "rows.yaml"),
    "xlsx": (_xlsx, "rows.xlsx"),
}


def _campaign(path: Path) -> Campaign:
    values = {"name": "polling", "activity_type": "Flight", "segment": "none.csv", "split_by": ["flight"]}
    return read_campaign({**values, "timeline": str(path)}, where="benchmark")


if __name__ == "__main__":
    main()
