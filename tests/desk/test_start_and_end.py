"""The cards of an approval are those of one activity of the campaign, and say which one."""

from __future__ import annotations

import html
import re
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from live_activity.decision.push import Kind, Outcome
from live_activity.desk.start_and_end import by_rehearsal
from live_activity.engine.edition import Edition
from live_activity.ledger import Database, PushAnswer
from tests.campaign_harness import CampaignHarness
from tests.desk.conftest import Desk, OpenDesk, at_minute
from tests.ledger.edition_requests import NOW, activity, ended, ledger_of, opened, push

ROWS = (
    "at,match,event,title,message,attributes.homeTeam,attributes.awayTeam,state.homeScore,state.awayScore\n"
    "0m,m02,start,Kick-off,go,Ajax,PSV,0,0\n"
    "0m,m01,start,Kick-off,go,Ankara,Bursa,0,0\n"
    "50m,m01,end,Over,end,,,1,0\n"
    "60m,m02,end,Over,end,,,7,0\n"
)
SCORES = {"m01": ("Ankara 0-0 Bursa", "Ankara 1-0 Bursa"), "m02": ("Ajax 0-0 PSV", "Ajax 7-0 PSV")}


def cards(desk: Desk, edition: Edition) -> list[tuple[str, str]]:
    """The headings of the cards on the approval, each with the card's text."""
    edition.ledger.note(
        decision={"reasons": ["asked"], "asked_at": edition.clock.now().isoformat()},
        status="awaiting_approval",
    )
    page = html.unescape(desk.get(f"/campaigns/{edition.ledger.edition_id}").text)
    edition.ledger.note(decision=None, status="running")
    panel = page.partition('id="approval"')[2].partition("</section>")[0]
    drawn = [each.partition("</h3>") for each in panel.split("<h3>")[1:]]
    return [(name, "".join(re.findall(r"\w+ \d-\d \w+", card)[:1])) for name, _, card in drawn]


async def test_the_cards_are_of_the_first_activity_with_its_attributes(
    harness: CampaignHarness, open_desk: OpenDesk
) -> None:
    desk = open_desk()
    (harness.folder / "people.csv").write_text("insider_id,match\nu001,m01\nu002,m02\n")
    (harness.folder / "rows.csv").write_text(ROWS)

    async def look(edition: Edition) -> None:
        name = str(edition.activities[0])
        starts, ends = SCORES[name]
        assert cards(desk, edition) == [
            (f"{name} when it starts, by the timeline", starts),
            (f"{name} when it ends, by the timeline", ends),
        ]

    await at_minute(harness, 5, look, split_by=["match"])


async def test_the_end_by_a_live_timeline_is_not_shown(harness: CampaignHarness, open_desk: OpenDesk) -> None:
    desk = open_desk()
    harness.write(",start,Derby,kick-off,0\n,update,Derby,goal,1\n")

    async def look(edition: Edition) -> None:
        assert [name for name, _ in cards(desk, edition)] == ["when it starts, by the timeline"]

    await at_minute(harness, 5, look, ends_at=harness.clock.now() + timedelta(hours=1))


def test_the_contents_by_the_newest_rehearsal_name_its_first_activity(tmp_path: Path) -> None:
    with closing(Database(f"sqlite:///{tmp_path / 'ledger.db'}")) as database:
        edition = opened(database, mode="rehearse")
        ledger = ledger_of(database, edition)
        ledger.add_activities([activity(n, key={"match": f"m0{n}"}) for n in (0, 1)])
        for number, kind, score in ((0, Kind.START, 0), (1, Kind.START, 5), (0, Kind.END, 2)):
            made = push(kind, score=score, outcome=Outcome.DONE)
            teams = {"homeTeam": f"team {number}"} if kind is Kind.START else None
            entry = ledger.intend_push(number, made, attributes=teams)
            ledger.answer_push(entry, PushAnswer(made, at=NOW, status=200))
        assert by_rehearsal(database, "derby") == (), "it is not over yet"
        ended(database, edition)
        found = by_rehearsal(database, "derby")
    assert [(each.place, each.of, each.content.state, each.attributes) for each in found] == [
        ("first", "m00", {"score": 0}, {"homeTeam": "team 0"}),
        ("last", "m00", {"score": 2}, {"homeTeam": "team 0"}),
    ]
