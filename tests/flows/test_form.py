"""The forms in the UI: titles, descriptions, bounds and order come from the declarations of the fields."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
from prefect.settings import PREFECT_API_URL, temporary_settings
from prefect.utilities.callables import parameter_schema

from flows.campaign import campaign
from flows.device_started import device_started
from flows.new_sheet import new_sheet
from flows.recover import recover
from flows.steer import steer
from live_activity.campaign.model import Campaign
from live_activity.core.findings import InvalidInput
from live_activity.core.settings import settings
from live_activity.prefect_integration.form_check import parameters
from live_activity.prefect_integration.form_order import form_order


@pytest.mark.parametrize("flow", [campaign, device_started, steer, new_sheet, recover])
def test_every_parameter_has_a_title_and_a_description(flow: Callable[..., Any]) -> None:
    for name, shown in parameter_schema(flow).properties.items():
        assert shown["title"] != name, name
        assert shown["description"], name


def test_the_mode_comes_first_and_is_a_rehearsal_and_then_what_every_campaign_needs() -> None:
    properties = parameter_schema(campaign).properties
    ordered = sorted(properties, key=lambda name: properties[name]["position"])
    first = "mode name segment activities timeline contract activity_type account starts_at ends_at time_zone"
    assert ordered[:11] == first.split()
    assert ordered[1:] == form_order(Campaign.model_fields)
    assert sorted(ordered[1:]) == sorted(Campaign.model_fields)
    assert parameter_schema(campaign).required == ["name", "timeline", "activity_type"]
    assert properties["mode"]["default"] == "rehearse"
    assert properties["mode"]["enum"] == ["check", "rehearse", "test", "run"]


def test_the_form_describes_bounds_and_the_run_checks_all_of_them_at_once() -> None:
    properties = parameter_schema(campaign).properties
    assert properties["poll_seconds"]["description"].endswith("At least 1, at most 3,600.")
    assert properties["holdout"]["description"].endswith("More than 0, less than 100.")
    for name, shown in properties.items():
        assert not [key for key in shown if "imum" in key or "Length" in key], name


def test_an_optional_parameter_is_one_plain_field() -> None:
    for shown in parameter_schema(campaign).properties.values():
        assert "anyOf" not in shown
        assert shown.get("default", "") is not None


def test_times_are_plain_text_with_a_hint_and_no_zone_of_their_own() -> None:
    properties = parameter_schema(campaign).properties
    for name in ("starts_at", "ends_at"):
        assert properties[name]["type"] == "string"
        assert "format" not in properties[name]
        assert properties[name]["description"].startswith(
            "2026-07-19 20:00 in the campaign's time zone, or 2026-07-19T20:00:00Z."
        )


async def test_all_problems_are_reported_at_once_by_the_titles_of_the_form(
    prefect_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PREFECT__RUNTIME__DEPLOYMENT__ID", "a deployment")
    monkeypatch.setenv("LIVE_ACTIVITY_INPUTS", str(tmp_path))
    settings.cache_clear()
    (tmp_path / "rows.csv").touch()
    wrong = {
        "mode": "check",
        "name": "derby",
        "activity_type": "M",
        "segment": "",
        "timeline": "row.csv",
        "account": "sandbax",
        "starts_at": "yesterday",
        "poll_seconds": 0,
        "exclude": "{day}.csv",
        "defaults": {"language": "en"},
        "source_credentials": "database",
    }
    with temporary_settings({PREFECT_API_URL: prefect_url}):
        state = await cast(Any, campaign)(**wrong, return_state=True)
    settings.cache_clear()
    assert state.message is not None
    lines = dict(line.split(": ", 1) for line in state.message.splitlines())
    assert sorted(lines) == [
        "Account",
        "Defaults of split values",
        "Exclude",
        "Poll every (seconds)",
        "Segment (who)",
        "Source credentials",
        "Starts at",
        "Timeline (what, when)",
    ]
    assert "rows.csv" in lines["Timeline (what, when)"]
    assert "unknown placeholder {day}" in lines["Exclude"]


def test_approval_is_on_unless_somebody_switches_it_off() -> None:
    assert parameter_schema(campaign).properties["approval"]["default"] is True


@pytest.mark.parametrize(
    ("name", "value", "fix"),
    [
        ("name", "a/b", "use plain words"),
        ("starts_at", "yesterday", "write it like 2026-07-19 20:00"),
        ("time_zone", "Istanbul", "did you mean"),
        ("split_by", [7], "put it in quotes"),
    ],
)
def test_what_a_schema_cannot_refuse_is_reported_in_one_line_and_not_in_pydantics_words(
    name: str, value: object, fix: str
) -> None:
    given = {"name": "derby", "activity_type": "M", "segment": "a.csv", "timeline": "b.csv", name: value}
    assert campaign.validate_parameters({"mode": "check", **given})[name] == value
    with pytest.raises(InvalidInput) as failure:
        parameters(given)
    (line,) = str(failure.value).splitlines()
    assert line.startswith(f"parameters, {name}")
    assert fix in line
