"""`check` reports what a run would do now."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from live_activity.campaign.inputs import Inputs, read_inputs
from live_activity.campaign.model import Campaign, read_campaign
from live_activity.campaign.paths import resolved
from live_activity.core.events import Event
from live_activity.core.settings import settings
from live_activity.engine.check import check
from live_activity.engine.run_preview import run_preview
from live_activity.engine.run_request import RunRequest
from live_activity.ledger import Database, EditionLedger, EditionRequest, open_edition, take, this_process

START = datetime(2026, 7, 19, 17, tzinfo=UTC)
MORNING = START - timedelta(hours=8)
ROWS = "at,event,title,message,state.score\n0m,start,T,M,0-0\n90m,end,T,M,1-0\n"


@pytest.fixture
def campaign(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Campaign]:
    monkeypatch.setenv("LIVE_ACTIVITY_DATABASE_URL", f"sqlite:///{tmp_path / 'ledger.db'}")
    settings.cache_clear()
    (tmp_path / "rows.csv").write_text(ROWS)
    (tmp_path / "people.csv").write_text("insider_id\n" + "".join(f"u{n}\n" for n in range(1200)))
    values = {"name": "derby", "activity_type": "Match", "segment": "people.csv", "timeline": "rows.csv"}
    more = {"starts_at": "2026-07-19 20:00", "time_zone": "Europe/Istanbul", "account": "club"}
    yield resolved(read_campaign({**values, **more}, where="derby.yaml"), str(tmp_path))
    settings.cache_clear()


def preview(campaign: Campaign, now: datetime) -> str:
    return run_preview(campaign, looked(campaign, now), now=now)


def looked(campaign: Campaign, now: datetime) -> Inputs:
    return read_inputs(campaign, now=now, mode="check", with_people=True)


def begin(campaign: Campaign, database: Database) -> str:
    request = EditionRequest("club", "run", "derby", START, campaign.model_dump(mode="json"))
    return open_edition(database, request, now=MORNING)[0].id


def test_times_people_and_account_of_a_run_started_now(campaign: Campaign, tmp_path: Path) -> None:
    assert preview(campaign, MORNING) == (
        "a run started now would register at 2026-07-19 19:30, start at 2026-07-19 20:00 Europe/Istanbul, "
        "1,200 people, on account club, and end at 2026-07-19 21:30 Europe/Istanbul"
    )
    assert "would register at once, start at" in preview(campaign, START - timedelta(minutes=10))
    assert "would register and start at once" in preview(campaign, START + timedelta(minutes=10))
    assert not (tmp_path / "ledger.db").exists()


def test_a_timeline_in_the_past_starts_nothing(campaign: Campaign) -> None:
    assert "would start nothing: the whole timeline is past" in preview(campaign, START + timedelta(days=1))


def test_an_edition_that_was_begun_is_continued_unless_another_run_plays_it_or_it_is_over(
    campaign: Campaign,
) -> None:
    database = Database(settings().database_url)
    edition_id = begin(campaign, database)
    assert "would continue the edition begun at 2026-07-19 12:00" in preview(campaign, MORNING)
    other = campaign.model_copy(update={"activity_type": "Other"})
    assert "would be refused: was 'Match' when this edition began" in preview(other, MORNING)
    token = take(database, edition_id, owner=this_process(None), parameters=campaign.model_dump(mode="json"))
    assert "would be refused: another run plays the edition" in preview(campaign, MORNING)
    ledger = EditionLedger(database, token)
    ledger.note(status="ended", ended_at=MORNING)
    ledger.release()
    assert "would be refused: this edition of 'derby' is over (ended" in preview(campaign, MORNING)
    database.close()


def test_errors_keep_a_run_from_starting(campaign: Campaign) -> None:
    Path(str(campaign.timeline)).write_text(ROWS.replace("T,M,0-0", ",,0-0"))
    assert "would be refused: " in preview(campaign, MORNING)


def test_check_emits_it_as_a_line(campaign: Campaign) -> None:
    lines: list[Event] = []
    check(RunRequest(campaign, "check"), event_handlers=(lines.append,))
    assert any("a run started now would " in str(line) for line in lines)
