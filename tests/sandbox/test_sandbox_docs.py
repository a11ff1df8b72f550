"""The page on the sandbox agrees with the code."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import get_args

import httpx
import pytest
from click import Group
from ruamel.yaml import YAML
from starlette.routing import Route

from live_activity.cli.main import main
from live_activity.core.clock import RealClock
from live_activity.core.virtual_clock import VirtualClock
from live_activity.sandbox import SandboxOptions, SandboxServer, create_app
from live_activity.sandbox.csv_fleet import read_fleet
from live_activity.sandbox.error_codes import ERROR_CODES
from live_activity.sandbox.faults import ACTIONS, TIMEOUT_SECONDS, Action, Rule, parse_rules
from live_activity.sandbox.fleet_profile import FleetProfile, read_fleet_profile
from live_activity.sandbox.synthetic_fleet import SyntheticFleet
from tests.sandbox.sandbox_process import NOW, fleet_file

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "sandbox.md").read_text("utf-8")


def first_cells(heading: str, column: int = 1, *, section: str = "#") -> set[str]:
    """Returns the code in one cell, the first by default, of each row of the table under this heading."""
    table = PAGE.split(f"\n## {section}" if section != "#" else "\n#", 1)[1]
    table = table.split(f"\n| {heading} |", 1)[1].split("\n\n", 1)[0]
    rows = table.splitlines()[2:]
    return {word for row in rows for word in re.findall(r"`([^`]+)`", row.split("|")[column])}


def fenced(language: str, place: int = 0) -> str:
    blocks: list[str] = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    return blocks[place]


def test_every_option_is_documented_and_no_other() -> None:
    assert isinstance(main, Group)
    assert first_cells("option") == {parameter.opts[0] for parameter in main.commands["sandbox"].params}


def test_every_fault_is_documented_and_the_example_can_be_played() -> None:
    assert first_cells("do") == set(get_args(Action)) == set(ACTIONS)
    assert len(parse_rules(YAML(typ="safe").load(fenced("yaml", 1)))) == 3
    keys = first_cells("key", section="Faults") | {"seed"}
    parameters = {word.strip(":") for word in re.findall(r"`(\w+)`", PAGE.split("| do | what", 1)[1])}
    assert set(Rule.model_fields) <= keys | parameters


@pytest.mark.parametrize("action", get_args(Action))
def test_the_parameters_of_a_fault_are_documented_with_their_defaults(action: Action) -> None:
    row = re.search(rf"^\| `{action}` \|[^|]*\|([^|]*)\|$", PAGE, re.MULTILINE)
    assert row is not None
    spec = ACTIONS[action]
    assert re.findall(r"^ `(\w+)`", row[1]) == [*spec.takes]
    for name in set(spec.takes).difference(spec.needs):
        default = Rule.model_fields[name].default
        spelt = f"{TIMEOUT_SECONDS:.0f}" if default is None else str(default).lower()
        assert spelt in re.findall(r"[\w.]+", row[1])


def test_every_key_of_a_fleet_profile_is_documented_and_the_examples_can_be_read(tmp_path: Path) -> None:
    assert first_cells("key", section="Whose phones there are") == {*FleetProfile.model_fields}
    profile = tmp_path / "profile.yaml"
    profile.write_text(fenced("yaml"), "utf-8")
    assert read_fleet_profile(profile).several_devices.most == 3
    assert read_fleet_profile(ROOT / "examples" / "fleet-profile.yaml").model_fields_set == {
        *FleetProfile.model_fields
    }


def test_the_defaults_of_a_fleet_profile_are_the_shares_without_one() -> None:
    shares = [float(share) for share in re.findall(r"^\| ([\d.]+) % \| ", PAGE, re.MULTILINE)]
    profile = FleetProfile().people()
    assert round(100 * sum(profile.values()), 3) == sum(shares[1:])


def test_every_endpoint_is_documented() -> None:
    routes = create_app(SandboxOptions(), clock=VirtualClock(NOW)).routes
    paths = {route.path.replace("{activity_id}", "ID") for route in routes if isinstance(route, Route)}
    documented = {path for cell in first_cells("request") for path in re.findall(r"/\S+", cell)}
    assert {path for path in paths if not path.startswith("/api/")} == documented


def test_every_error_code_is_documented_with_its_status() -> None:
    documented = re.findall(r"^\| (\d{3}) \| `(\w+)` \|", PAGE, re.MULTILINE)
    assert {code: int(status) for status, code in documented} == {
        code: error.status for code, error in ERROR_CODES.items()
    }


def test_the_shares_of_phones_are_those_of_the_hash() -> None:
    assert SyntheticFleet.__doc__ is not None
    shares = re.compile(r"^ *\| ([\d.]+ %) \| ([^|]+) \|", re.MULTILINE)
    assert shares.findall(PAGE) == shares.findall(SyntheticFleet.__doc__)


def test_the_example_of_a_fleet_is_one(tmp_path: Path) -> None:
    person = read_fleet(fleet_file(tmp_path, fenced("csv")), sync_delay=3).find("ben", now=NOW)
    assert person is not None
    assert ([phone.sync_delay for phone in person.phones], person.skipped) == (
        [30],
        ("unsupported_platform",),
    )


@pytest.mark.skipif(not shutil.which("curl"), reason="the quickstart needs curl")
def test_the_quickstart_plays_a_match(tmp_path: Path) -> None:
    with SandboxServer(SandboxOptions(sync_delay=0), clock=RealClock()) as server:
        script = fenced("", 1).replace("http://127.0.0.1:8700", server.base_url).replace("sleep 4\n", "")
        done = subprocess.run(
            ["bash", "-euc", script],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "no_proxy": "*"},
        )
        (activity,) = httpx.get(server.base_url + "/sandbox/activities").json()["activities"]
    assert done.stdout.count('"status":"success"') == 3
    assert activity["state"] == "DEAD"
    assert activity["counts"]["showing_final"] == activity["counts"]["registered"] > 0
