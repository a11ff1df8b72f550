"""A halted run is resumed after another one took the campaign over: it changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from live_activity.campaign.model import Campaign
from live_activity.core.settings import settings
from live_activity.ledger import (
    Database,
    EditionLedger,
    EditionRecord,
    EditionRequest,
    LostLease,
    folders_of,
    open_edition,
    take,
)
from live_activity.segment import StagedSegment
from tests.fake_vendor import BEGIN, LAST_SCORE, Run, Time, Vendor
from tests.ledger.edition_requests import ELSEWHERE, run_out

ROWS = "".join(
    f"{BEGIN + timedelta(minutes=10 * score):%Y-%m-%dT%H:%M:%SZ},{event},Derby,so it stands,{score}\n"
    for score, event in enumerate(("start", *["update"] * (LAST_SCORE - 1), "end"))
)


class Stage:
    """One campaign that several runs play, and the vendor that they call."""

    def __init__(self, database: Database, folder: Path) -> None:
        (folder / "people.csv").write_text("insider_id\nu1\nu2\nu3\n")
        (folder / "rows.csv").write_text("at,event,title,message,score\n" + ROWS)
        self.database = database
        self.time = Time()
        self.vendor = Vendor(database, self.time)
        self.campaign = Campaign.model_validate(
            {
                "name": "derby",
                "activity_type": "Match",
                "segment": str(folder / "people.csv"),
                "timeline": str(folder / "rows.csv"),
                "register_ahead_minutes": 5,
                "min_seconds_between_updates": 0,
            }
        )
        request = EditionRequest("sandbox", "run", "derby", BEGIN, self.campaign.model_dump(mode="json"))
        self.record: EditionRecord = open_edition(database, request, now=self.time.now())[0]

    def run(self, who: str) -> Run:
        """Starts a run that takes the campaign over, after the lease of the last one has run out."""
        run_out(self.database, self.record.id)
        return Run(self.database, self.record, self.campaign, self.vendor, self.time, who=who)


@pytest.fixture
def stage(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    monkeypatch.setenv("LIVE_ACTIVITY_STORAGE", str(tmp_path / "segments"))
    settings.cache_clear()
    yield Stage(database, tmp_path)
    settings.cache_clear()


async def test_a_signal_to_a_halted_run_does_not_end_the_campaign(stage: Stage) -> None:
    halted = stage.run("anna")
    while not stage.vendor.activities:
        await halted.step()
    ours = stage.run("ben")
    with pytest.raises(LostLease, match="run ben"):
        halted.edition.request_stop("cancelled")
    halted.heartbeat.stop()
    while await ours.step():
        ours.take_stop_request()
    ours.heartbeat.stop()
    (activity,) = stage.vendor.activities.values()
    assert activity.shown[-1] == LAST_SCORE
    assert [each.status for each in ours.edition.ledger.activities()] == ["ended"]


def test_a_run_that_wakes_while_it_stages_writes_into_a_folder_that_nobody_reads(
    stage: Stage, tmp_path: Path
) -> None:
    halted = EditionLedger(stage.database, take(stage.database, stage.record.id, owner=ELSEWHERE))
    theirs = tmp_path / "segments" / halted.lease_token.folder_name
    halted.begin_folder(str(theirs), at=BEGIN)
    theirs.mkdir(parents=True)
    (theirs / "people.parquet.part").write_text("half of it")
    ours = stage.run("ben")
    (theirs / "people.parquet").write_text("the other half")
    with pytest.raises(LostLease):
        halted.note(folder=str(theirs))
    named = ours.edition.ledger.edition().folder
    assert named is not None
    assert named != str(theirs)
    assert StagedSegment.load(named).batch(0) == ["u1", "u2"]
    assert set(folders_of(stage.database, stage.record.id)) == {named, str(theirs)}
    ours.heartbeat.stop()


def test_the_next_run_uses_the_segment_that_the_ledger_names(stage: Stage) -> None:
    first = stage.run("anna")
    second = stage.run("ben")
    assert second.edition.folder == first.edition.folder
    for run in (first, second):
        run.heartbeat.stop()


async def test_a_stop_that_the_ledger_does_not_take_is_written_beside_the_segment(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = stage.run("anna")
    monkeypatch.setattr(stage.database, "file", "/no/such/ledger.db")
    assert run.edition.request_stop("cancelled")
    assert run.is_stopping
    run.heartbeat.stop()
    folder = Path(run.edition.folder)
    assert (folder / f"stop-{run.edition.ledger.lease_token.token}.json").exists()
