"""Every command, option and parameter in the documents exists in the code, and the other way round."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click import Group
from ruamel.yaml import YAML

from live_activity.campaign.model import Campaign, read_campaign
from live_activity.cli.main import main
from live_activity.core.settings import Settings

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
CAMPAIGN_FILE = (ROOT / "docs" / "campaign-file.md").read_text("utf-8")
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")


def test_every_command_of_the_readme_is_there_and_every_command_is_in_the_readme() -> None:
    assert isinstance(main, Group)
    named = set(re.findall(r"`live-activity (\w[\w-]*)", README))
    assert named == {name for name, command in main.commands.items() if not command.hidden}


def test_every_option_of_the_readme_belongs_to_a_command() -> None:
    assert isinstance(main, Group)
    options = {
        name for command in main.commands.values() for parameter in command.params for name in parameter.opts
    }
    assert set(re.findall(r"`(--[a-z-]+)", README)) <= options


@pytest.mark.parametrize("target", re.findall(r"^make (\w+)", README, re.MULTILINE))
def test_every_make_target_of_the_readme_is_there(target: str) -> None:
    assert re.search(rf"^{target}:", MAKEFILE, re.MULTILINE)


def test_the_campaign_file_of_the_readme_is_one() -> None:
    text = re.search(r"```yaml\n(.*?)```", README, re.DOTALL)
    assert text is not None
    asked = read_campaign(YAML(typ="safe").load(text[1]), where="README.md")
    assert isinstance(asked, Campaign)


def test_every_parameter_has_a_description() -> None:
    for name, field in Campaign.model_fields.items():
        assert field.title, name
        assert field.description, name
        assert field.description.endswith((".", "?")), name


def test_the_page_of_the_campaign_file_describes_every_key_as_the_form_does() -> None:
    names = {None: "none", True: "true", False: "false"}
    for name, field in Campaign.model_fields.items():
        default = (
            field.default
            if isinstance(field.default, list | dict)
            else names.get(field.default, field.default)
        )
        shown = "(required)" if field.is_required() else default
        assert f"| `{name}` | {shown} | {field.description} |\n" in CAMPAIGN_FILE


def test_the_page_of_the_campaign_file_lists_every_setting_and_no_other() -> None:
    named = set(re.findall(r"^\| `LIVE_ACTIVITY_(\w+)` \|", CAMPAIGN_FILE, re.MULTILINE))
    assert named == {name.upper() for name in Settings.model_fields}
