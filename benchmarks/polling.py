"""A poll of a long timeline: 200,000 rows, of which a few are new, read and compared in under a second.

python -m benchmarks.polling
"""

from __future__ import annotations

import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from live_activity.campaign.inputs import timeline_of
from live_activity.campaign.model import Campaign, read_campaign
from live_activity.campaign.timeline_table import source_of
from live_activity.decision.schedule import schedule
from live_activity.sources.timeline_source import Source
from live_activity.timeline import FirstSeen, Timeline

ROWS, ACTIVITIES, LIMIT_SECONDS = 200_000, 1_000, 1.0
NOW = datetime(2026, 7, 19, 9, tzinfo=UTC)


def main() -> None:
    """Prints what each poll took; the exit code is 1 where one took too long."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.csv"
        rows = [_row(number) for number in range(ROWS)]
        _write(path, rows)
        campaign = _campaign(path)
        source = source_of(campaign)
        whole, before = _polled(campaign, source, None)
        unchanged, _ = _polled(campaign, source, before)
        rows[ROWS // 2] = rows[ROWS // 2].replace(",on time,", ",late,")
        _write(path, [*rows, *(_row(ROWS + number) for number in range(100))])
        grown, after = _polled(campaign, source, before)
        assert len(after.rows) == ROWS + 100
    sys.stdout.write(
        f"{ROWS:,} rows for {ACTIVITIES:,} activities: first reading {whole:.2f} s, "
        f"unchanged {unchanged * 1000:.2f} ms, 100 new and 1 corrected {grown:.2f} s (limit {LIMIT_SECONDS:g} s)\n"
    )
    sys.exit(0 if grown <= LIMIT_SECONDS else 1)


def _polled(campaign: Campaign, source: Source, before: Timeline | None) -> tuple[float, Timeline]:
    began = time.perf_counter()
    if not source.changed() and before is not None:
        return time.perf_counter() - began, before
    timeline = timeline_of(campaign, now=NOW, first_seen_times=FirstSeen(), source=source)
    for number in range(ACTIVITIES):
        key = {"flight": f"F{number}"}
        rows = timeline.for_key(key)
        if before is None or rows != before.for_key(key):
            schedule(rows, start=NOW)
    return time.perf_counter() - began, timeline


def _row(number: int) -> str:
    minute = number // ACTIVITIES
    return f"2026-07-19T{10 + minute // 60:02d}:{minute % 60:02d}:00Z,F{number % ACTIVITIES},on time,{number}"


def _write(path: Path, rows: list[str]) -> None:
    path.write_text("at,flight,status,gate\n" + "".join(f"{row}\n" for row in rows), "utf-8")


def _campaign(path: Path) -> Campaign:
    values = {"name": "polling", "activity_type": "Flight", "segment": "none.csv", "split_by": ["flight"]}
    return read_campaign({**values, "timeline": str(path)}, where="benchmark")


if __name__ == "__main__":
    main()
