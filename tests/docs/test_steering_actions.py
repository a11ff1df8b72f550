"""Every steering action and its arguments are in each list that people read: the command, the form and the pages."""

from __future__ import annotations

import inspect
import re
from typing import get_args

from click import Command, Group

from flows.steer import steer
from live_activity.cli.main import main
from live_activity.engine.steering.arguments import ACTIONS, ARGUMENTS, ActivityAction
from live_activity.engine.steering.effects import is_target
from tests.docs.finding_codes import ROOT

NAMES = {name for arguments in ARGUMENTS.values() for name in arguments.names}


def shell_command() -> Command:
    assert isinstance(main, Group)
    return main.commands["steer"]


def test_every_action_has_its_arguments() -> None:
    assert tuple(ARGUMENTS) == ACTIONS


def test_the_help_of_the_command_lists_every_action_and_no_other() -> None:
    text = inspect.cleandoc(shell_command().help or "").split("\b\n")[1]
    assert tuple(line.split()[0] for line in text.splitlines()) == ACTIONS


def test_the_command_takes_every_argument_as_an_option_or_alone_after_the_action() -> None:
    options = {parameter.name for parameter in shell_command().params}
    alone = {arguments.names[0] for arguments in ARGUMENTS.values() if len(arguments.names) == 1}
    assert options >= NAMES - alone


def test_the_form_describes_every_action_and_has_a_field_for_every_argument() -> None:
    schema = steer.parameters.model_dump()["properties"]
    assert set(re.findall(r"\w+", schema["action"]["description"])) >= {*ACTIONS}
    assert schema["action"]["enum"] == [*ACTIONS]
    assert {*schema} == {"name", "action", "author", "activity"} | NAMES


def test_the_page_of_the_campaign_file_says_which_actions_hold_for_activities_that_join_later() -> None:
    page = (ROOT / "docs" / "campaign-file.md").read_text("utf-8")
    found = re.search(
        r"^- (.+?)\s+for the whole campaign also apply to (?s:(.+?)) apply only", page, re.MULTILINE
    )
    assert found is not None
    holds, not_holds = (set(re.findall(r"`(\w+)`", part)) for part in found.groups())
    joined = {
        action for action in get_args(ActivityAction) if is_target(5, {}, {"action": action, "count": 3})
    }
    # After `end_now` for the whole campaign no more activities join.
    assert (holds | {"end_now"}, not_holds) == (joined, {*get_args(ActivityAction)} - joined)
