"""A correction at the desk: previewed, checked against what changed meanwhile, sent as a steering command."""

from __future__ import annotations

from live_activity.engine.edition import Edition
from live_activity.engine.steering.actions import carry_out
from tests.campaign_harness import CampaignHarness
from tests.desk.conftest import OpenDesk, at_minute


async def test_a_correction_is_sent_silently_with_the_edited_field_and_its_author(
    harness: CampaignHarness, open_desk: OpenDesk
) -> None:
    desk = open_desk()

    async def look(edition: Edition) -> None:
        campaign = f"/campaigns/{edition.ledger.edition_id}"
        form = desk.get(f"{campaign}/dialog/correct?number=0").text
        assert 'data-path="score" data-kind="whole"' in form
        edits = {"number": 0, "edits": {"score": "0"}, **desk.drawn(edition)}
        preview = desk.post(f"{campaign}/preview", edits).json()
        assert preview["label"] == "Send score 0 to 25 phones, silently"
        assert preview["questions"] == []
        answer = desk.post(f"{campaign}/commands", {"action": "send_now", **edits})
        assert answer.json()["sent"], answer.text
        (command,) = edition.ledger.commands(waiting=True)
        assert (command.arguments, command.author) == ({"state": {"score": 0}}, "Anna")
        carry_out(edition, command)
        await harness.until(edition, 30)
        assert "score</code> is set to" in desk.get("/").text

    await at_minute(harness, 25, look)
    assert harness.scores()[:3] == [0, 1, 0]


async def test_a_field_that_changed_since_the_form_was_drawn_is_not_sent(
    harness: CampaignHarness, open_desk: OpenDesk
) -> None:
    desk = open_desk()

    async def look(edition: Edition) -> None:
        drawn = desk.drawn(edition)
        await harness.until(edition, 45)  # a goal: the score is 2 by now
        answer = desk.command(edition, "send_now", edits={"score": "0"}, **drawn)
        assert answer.status_code == 409
        (conflict,) = answer.json()["conflicts"]
        assert (conflict["drawn"], conflict["now"], conflict["yours"]) == (1, 2, 0)
        assert edition.ledger.commands() == []

    await at_minute(harness, 25, look)


async def test_a_correction_that_somebody_else_has_just_sent_is_a_conflict(
    harness: CampaignHarness, open_desk: OpenDesk
) -> None:
    desk = open_desk()

    async def look(edition: Edition) -> None:
        drawn = desk.drawn(edition)
        await harness.command(edition, "send_now", state={"score": 5})
        answer = desk.command(edition, "send_now", edits={"score": "0"}, **drawn)
        assert answer.status_code == 409
        assert answer.json()["conflicts"][0]["now"] == 5

    await at_minute(harness, 25, look)


async def test_words_and_broken_guards_need_a_confirmation(
    harness: CampaignHarness, open_desk: OpenDesk
) -> None:
    desk = open_desk()

    async def look(edition: Edition) -> None:
        drawn = desk.drawn(edition)
        words = {"edits": {}, "title": "Correction", "message": "no goal", **drawn}
        assert "alert" in desk.command(edition, "send_now", **words).json()["questions"][0]
        broken = {"edits": {"score": "21"}, **drawn}
        answer = desk.command(edition, "send_now", **broken)
        assert answer.status_code == 428
        assert "guard" in answer.json()["questions"][0]
        assert edition.ledger.commands() == []
        assert desk.command(edition, "send_now", confirmed=True, **broken).json()["sent"]
        (command,) = edition.ledger.commands(waiting=True)
        assert command.arguments["confirm"], "the campaign would ask for confirmation"
        assert carry_out(edition, command).startswith("goes to")

    await at_minute(harness, 25, look, guards=["score: 0 to 20"])


async def test_unusable_form_input_is_refused_in_one_line(
    harness: CampaignHarness, open_desk: OpenDesk
) -> None:
    desk = open_desk()

    async def look(edition: Edition) -> None:
        drawn = desk.drawn(edition)
        for body, part in (
            ({"edits": {"score": "many"}, **drawn}, "whole number"),
            ({"edits": {"nothing": "1"}, **drawn}, "not a field"),
            ({"edits": {}, **drawn}, "nothing was edited"),
            ({"edits": {"score": "1"}, **drawn}, "nothing was edited"),
            ({"edits": {"score": "1"}}, "drawn"),
            ({"edits": ["score"], **drawn}, "object"),
            ({"edits": {"score": "0"}, **drawn, "number": 99}, "no activity is running"),
        ):
            answer = desk.command(edition, "send_now", **body)
            assert answer.status_code in (400, 409), answer.text
            assert part in answer.json()["message"]
        assert edition.ledger.commands() == []

    await at_minute(harness, 25, look)


async def test_content_that_is_too_large_with_the_attributes_of_the_start_is_refused_in_the_form(
    harness: CampaignHarness, open_desk: OpenDesk
) -> None:
    desk = open_desk()
    rows = f"0m,start,Derby,kick-off,on,{'x' * 2000}\n60m,end,Derby,over,off,\n"
    (harness.folder / "rows.csv").write_text("at,event,title,message,text,attributes.route\n" + rows)

    async def look(edition: Edition) -> None:
        answer = desk.command(edition, "send_now", edits={"text": "z" * 3000}, **desk.drawn(edition))
        assert answer.status_code == 400
        assert "attributes and state together" in answer.json()["message"]
        assert edition.ledger.commands() == []

    await at_minute(harness, 25, look)
