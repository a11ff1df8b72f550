"""Steering commands from the desk, for one campaign and for all."""

from __future__ import annotations

import asyncio
import re

from click.testing import CliRunner, Result

from live_activity.cli.main import main
from live_activity.engine.edition import Edition
from live_activity.engine.steering.actions import carry_out
from live_activity.engine.steering.arguments import ACTIONS, ARGUMENTS
from tests.campaign_harness import CampaignHarness
from tests.desk.conftest import OpenDesk, at_minute


async def test_freeze_everything_freezes_what_runs(harness: CampaignHarness, open_desk: OpenDesk) -> None:
    desk = open_desk()

    async def look(edition: Edition) -> None:
        home = desk.get("/").text
        assert home.index("Freeze everything") < home.index("Running"), "it comes first on the page"
        assert desk.post("/everything", {"action": "freeze"}).json()["sent"]
        (command,) = edition.ledger.commands(waiting=True)
        assert (command.action, command.author) == ("freeze", "Anna")
        carry_out(edition, command)
        assert "frozen by hand" in desk.get("/").text
        assert desk.post("/everything", {"action": "resume"}).status_code == 428, "it asks for confirmation"
        assert desk.post("/everything", {"action": "end_now"}).status_code == 400

    await at_minute(harness, 10, look)
    assert harness.scores("update") == [3] * len(harness.scores("update"))


async def test_ending_now_needs_the_typed_name(harness: CampaignHarness, open_desk: OpenDesk) -> None:
    desk = open_desk()

    async def look(edition: Edition) -> None:
        for wrong in ({}, {"confirmed": True}, {"typed_name": "Derby"}):
            assert desk.command(edition, "end_now", **wrong).status_code == 428
        assert edition.ledger.commands() == []
        assert desk.command(edition, "end_now", typed_name="derby").json()["sent"]
        (command,) = edition.ledger.commands(waiting=True)
        carry_out(edition, command)

    report = await at_minute(harness, 25, look)
    assert report["status"] == "ended"
    assert harness.scores("end") == [1]


async def test_every_command_has_a_form_and_an_unknown_one_an_answer(
    harness: CampaignHarness, open_desk: OpenDesk
) -> None:
    desk = open_desk()

    async def look(edition: Edition) -> None:
        campaign = f"/campaigns/{edition.ledger.edition_id}"
        for action in ACTIONS:
            form = "correct" if action == "send_now" else action
            page = desk.get(f"{campaign}/dialog/{form}")
            assert page.status_code == 200, action
            if action == "send_now":
                continue
            assert f'data-action="{action}"' in page.text
            assert "data-send></button>" not in page.text, f"{action} has a title"
            # Content for `end_now` is made by other programs; the form has the words only.
            fields = {name for name in ARGUMENTS[action].names if name not in ("confirm", "state")}
            assert fields == {*re.findall(r'name="(\w+)"', page.text)} - {"typed_name"}
        assert desk.get(f"{campaign}/dialog/launch").status_code == 404
        assert desk.command(edition, "launch").status_code == 400
        answer = desk.command(edition, "shift", minutes="soon")
        assert answer.status_code == 400
        assert "soon" in answer.json()["message"]

    await at_minute(harness, 25, look)


async def test_the_shell_freezes_everything_too(harness: CampaignHarness) -> None:
    async def look(edition: Edition) -> None:
        result = await asyncio.to_thread(
            CliRunner().invoke, main, ["steer", "--all", "freeze", "--wait", "0"]
        )
        assert result.exit_code == 1, "virtual time stands still, so no command was carried out yet"
        assert "derby: recorded" in result.output
        (command,) = edition.ledger.commands(waiting=True)
        assert command.action == "freeze"
        carry_out(edition, command)

    await at_minute(harness, 10, look)
    nothing = await run("steer", "--all", "freeze")
    assert (nothing.exit_code, nothing.output) == (0, "no campaign is running\n")
    assert (await run("steer", "--all", "end_now")).exit_code == 2
    assert (await run("steer", "derby")).exit_code == 2


async def run(*arguments: str) -> Result:
    """Runs the command in a thread, as it starts an event loop of its own."""
    return await asyncio.to_thread(CliRunner().invoke, main, list(arguments))
