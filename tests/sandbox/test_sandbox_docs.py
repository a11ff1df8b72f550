"""The page on the sandbox says what the code does."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

from click import Group
from ruamel.yaml import YAML
from starlette.routing import Route

from live_activity.cli.main import main
from live_activity.core.clock import VirtualClock
from live_activity.sandbox import SandboxOptions, create_app
from live_activity.sandbox.csv_fleet import read_fleet
from live_activity.sandbox.faults import Deed, parse_rules
from live_activity.sandbox.synthetic_fleet import SyntheticFleet
from tests.sandbox.sandbox_process import NOW, fleet_file

PAGE = (Path(__file__).parents[2] / "docs" / "sandbox.md").read_text("utf-8")


def first_cells(heading: str) -> set[str]:
    """The code in the first cell of each row of the table under this heading."""
    table = PAGE.split(f"\n| {heading} |", 1)[1].split("\n\n", 1)[0]
    rows = table.splitlines()[2:]
    return {word for row in rows for word in re.findall(r"`([^`]+)`", row.split("|")[1])}


def fenced(language: str, place: int = 0) -> str:
    blocks: list[str] = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    return blocks[place]


def test_every_option_is_told_and_no_other() -> None:
    assert isinstance(main, Group)
    assert first_cells("option") == {parameter.opts[0] for parameter in main.commands["sandbox"].params}


def test_every_fault_is_told_and_the_example_can_be_played() -> None:
    assert first_cells("do") == set(get_args(Deed))
    assert len(parse_rules(YAML(typ="safe").load(fenced("yaml")))) == 3


def test_every_page_is_told() -> None:
    routes = create_app(SandboxOptions(), clock=VirtualClock(NOW)).routes
    paths = {route.path.replace("{activity_id}", "ID") for route in routes if isinstance(route, Route)}
    told = {path for cell in first_cells("request") for path in re.findall(r"/sandbox\S*", cell)}
    assert {path for path in paths if path.startswith("/sandbox")} == told


def test_the_shares_of_phones_are_those_of_the_hash() -> None:
    assert SyntheticFleet.__doc__ is not None
    shares = re.compile(r"^ *\| ([\d.]+ %) \| ([^|]+) \|", re.MULTILINE)
    assert shares.findall(PAGE) == shares.findall(SyntheticFleet.__doc__)


def test_the_example_of_a_fleet_is_one(tmp_path: Path) -> None:
    person = read_fleet(fleet_file(tmp_path, fenced("", 1)), sync_delay=3).find("ben", now=NOW)
    assert person is not None
    assert ([phone.sync_delay for phone in person.phones], person.skipped) == (
        [30],
        ("unsupported_platform",),
    )
