"""Rows that were read before are not parsed again; the result equals reading the whole table."""

from __future__ import annotations

import gzip
import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from live_activity.campaign.campaign_timeline import timeline_of
from live_activity.campaign.model import Campaign, read_campaign
from live_activity.campaign.timeline_table import source_of
from live_activity.sources.timeline_source import PolledSource
from live_activity.timeline import FirstSeen, Timeline

NOW = datetime(2026, 7, 19, 12, tzinfo=UTC)
HEAD = "at,event,flight,message,score\n"


def campaign_of(path: Path) -> Campaign:
    values = {
        "name": "a",
        "activity_type": "A",
        "segment": "people.csv",
        "timeline": str(path),
        "split_by": ["flight"],
    }
    return read_campaign(values, where="test")


def reading(campaign: Campaign, source: PolledSource) -> Timeline:
    return timeline_of(campaign, now=NOW, first_seen_times=FirstSeen(), source=source)


def write(path: Path, lines: list[str], stamp: int) -> None:
    path.write_text(HEAD + "".join(f"{line}\n" for line in lines), "utf-8")
    os.utime(path, ns=(stamp, stamp))


ROW = st.builds(
    "{}m,{},{},{},{}".format,
    st.integers(0, 99),
    st.sampled_from(["update", "update", "update", "start", "end", "oops"]),
    st.sampled_from(["A", "B", ""]),
    st.sampled_from(["", "gôal", '"two, words"', '"open', '"a\nb"']),
    st.integers(0, 9),
)


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(ROW, min_size=1, max_size=8), st.lists(ROW, max_size=4), st.data())
def test_a_second_reading_equals_a_fresh_one(
    tmp_path: Path, before: list[str], new: list[str], data: st.DataObject
) -> None:
    path = tmp_path / "rows.csv"
    campaign = campaign_of(path)
    write(path, before, 1)
    source = source_of(campaign)
    source.changed()
    reading(campaign, source)
    first = data.draw(st.integers(0, len(before)))
    last = data.draw(st.integers(first, min(len(before), first + len(new))))
    write(path, before[:first] + new + before[last:], 2)
    fresh = source_of(campaign)
    fresh.changed()
    whole = reading(campaign, fresh)
    source.changed()
    part = reading(campaign, source)
    assert part.rows == whole.rows
    assert part.findings == whole.findings
    assert part.relative == whole.relative


def test_only_what_is_new_is_parsed_and_the_rest_stays_the_same_object(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    campaign = campaign_of(path)
    rows = [f"{n}m,update,{'AB'[n % 2]},m,{n}" for n in range(50)]
    write(path, [*rows[:49], "oops,update,A,m,1"], 1)
    source = source_of(campaign)
    source.changed()
    before = reading(campaign, source)
    assert {row.seen_at for row in before.rows} == {None}
    corrected = [*rows[:20], "20m,update,A,m,777", *rows[21:49], "oops,update,A,m,1", "60m,update,B,m,60"]
    write(path, corrected, 2)
    assert source.changed()
    seen_at = source.seen_at
    after = reading(campaign, source)
    assert not source.changed()
    assert [row.number for row in after.rows] == [*range(1, 50), 51]
    assert after.rows[20].content.state["score"] == 777
    assert all(old is new for old, new in zip(before.rows[:20], after.rows[:20], strict=True))
    # Rows that are new in this reading know when they were first seen.
    assert {row.number for row in after.rows if row.seen_at is not None} == {21, 51}
    assert after.rows[20].seen_at == seen_at
    write(path, ["5m,update,A,m,5", *corrected], 3)
    assert source.changed()
    moved = reading(campaign, source)
    assert [row.number for row in moved.rows if row.seen_at is not None] == [1, 22, 52]
    assert moved.rows[21].seen_at == after.rows[20].seen_at


@pytest.mark.parametrize(
    ("line", "code"), [("60m,update,A,m,1 (P)", "type_changes"), ("60m,update,A,m,", "no_state")]
)
def test_a_new_row_that_is_not_like_the_others_is_found_as_by_a_whole_reading(
    tmp_path: Path, line: str, code: str
) -> None:
    path = tmp_path / "rows.csv"
    campaign = campaign_of(path)
    rows = [f"{n}m,update,A,m,{n}" for n in range(50)]
    write(path, rows, 1)
    source = source_of(campaign)
    source.changed()
    assert reading(campaign, source).findings == ()
    write(path, [*rows, line], 2)
    source.changed()
    assert [each.code for each in reading(campaign, source).findings] == [code]


@pytest.mark.parametrize("name", ["rows.jsonl", "rows.json", "rows.csv.gz"])
def test_only_changed_rows_of_other_formats_are_parsed_again(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    campaign = campaign_of(path)

    def save(rows: list[dict[str, object]]) -> None:
        text = "\n".join(json.dumps(row) for row in rows)
        if name == "rows.json":
            text = json.dumps(rows)
        if name == "rows.csv.gz":
            text = "at,score\n" + "".join(f"{row['at']},{row['score']}\n" for row in rows)
        path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())

    rows: list[dict[str, object]] = [{"at": f"{minute}m", "score": minute} for minute in range(5)]
    save(rows)
    source = source_of(campaign)
    source.changed()
    before = reading(campaign, source)
    # Equal values of different types are different values.
    rows[1]["score"] = True if name != "rows.csv.gz" else "true"
    save([*rows, {"at": "9m", "score": 9}])
    assert source.changed()
    after = reading(campaign, source)
    assert [after.rows[place] is before.rows[place] for place in range(5)] == [True, False, True, True, True]
    assert after.rows[1].content.state["score"] is True
    assert after.rows[5].content.state == {"score": 9}
