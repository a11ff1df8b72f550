"""Presets: campaign files that become deployments."""

from __future__ import annotations

from pathlib import Path

import pytest
from prefect.utilities.callables import parameter_schema

from deployments.presets import described, in_form, read_preset, read_presets
from flows.campaign import campaign
from live_activity.core.findings import InvalidInput

ROOT = Path(__file__).parents[2]
PRESET = """
mode: run
approval: true
name: derby
activity_type: Match
segment: fans-{date}.csv
timeline: rows.csv
time_zone: Europe/Istanbul
"""


def preset_file(folder: Path, text: str = PRESET, *, name: str = "derby.yaml") -> Path:
    file = folder / name
    file.write_text(text)
    return file


def test_every_preset_of_the_repository_can_be_deployed() -> None:
    presets = read_presets(ROOT / "deployments" / "campaigns", inputs=str(ROOT))
    assert [each.name for each in presets] == ["world-cup-final"]
    assert presets[0].parameters["segment"] == "examples/world_cup_final/fans.csv.gz"
    assert presets[0].parameters["mode"] == "rehearse"


@pytest.mark.parametrize("key", ["mode", "approval"])
def test_a_preset_that_does_not_say_its_mode_or_approval_is_refused(tmp_path: Path, key: str) -> None:
    text = "\n".join(line for line in PRESET.splitlines() if not line.startswith(key))
    with pytest.raises(InvalidInput, match=f"derby.yaml, {key}.*add '{key}:"):
        read_preset(preset_file(tmp_path, text), inputs=str(tmp_path))


def test_a_schedule_of_starts_fires_as_many_minutes_earlier_and_says_both_times(tmp_path: Path) -> None:
    file = preset_file(tmp_path, PRESET + "schedule: {start: '20:00', days: [sat]}\n")
    preset = read_preset(file, inputs=str(tmp_path))
    assert (preset.cron, preset.time_zone) == ("30 19 * * 6", "Europe/Istanbul")
    both = "sat: registers 19:30, starts 20:00 Europe/Istanbul"
    assert both in described(preset)
    form = in_form(parameter_schema(campaign).model_dump(), preset)
    assert both in form["properties"]["starts_at"]["description"]


def test_a_start_that_a_preset_names_is_in_its_form_with_both_times_and_the_zone(tmp_path: Path) -> None:
    file = preset_file(tmp_path, PRESET + "starts_at: 2026-09-19 00:10\n")
    form = in_form(parameter_schema(campaign).model_dump(), read_preset(file, inputs=str(tmp_path)))
    description = form["properties"]["starts_at"]["description"]
    assert "registers 2026-09-18 23:40, starts 2026-09-19 00:10 Europe/Istanbul" in description


def test_a_start_just_after_midnight_is_registered_the_day_before(tmp_path: Path) -> None:
    file = preset_file(tmp_path, PRESET + "schedule: {start: '00:10', days: [sun]}\n")
    assert read_preset(file, inputs=str(tmp_path)).cron == "40 23 * * 6"


def test_paths_count_from_the_file_where_something_is_there_else_from_the_inputs(tmp_path: Path) -> None:
    (tmp_path / "campaigns").mkdir()
    (tmp_path / "campaigns" / "fans-2026-07-19.csv").touch()
    file = preset_file(tmp_path / "campaigns")
    parameters = read_preset(file, inputs=str(tmp_path)).parameters
    assert parameters["segment"] == "campaigns/fans-{date}.csv"
    assert parameters["timeline"] == "rows.csv"


@pytest.mark.parametrize(
    "schedule", ["20:00", "{start: '25:00'}", "{start: '20:00', days: [samstag]}", "{cron: weekly}"]
)
def test_an_invalid_schedule_is_reported_with_the_two_ways_to_write_one(
    tmp_path: Path, schedule: str
) -> None:
    with pytest.raises(InvalidInput, match="start: '20:00'"):
        read_preset(preset_file(tmp_path, f"{PRESET}schedule: {schedule}\n"), inputs=str(tmp_path))


def test_all_problems_of_all_files_are_reported_at_once(tmp_path: Path) -> None:
    preset_file(tmp_path, "name: a\n", name="a.yaml")
    preset_file(tmp_path, PRESET + "poll_secnds: 3\n", name="b.yaml")
    with pytest.raises(InvalidInput) as failure:
        read_presets(tmp_path, inputs=str(tmp_path))
    lines = str(failure.value)
    assert "a.yaml, mode" in lines
    assert "a.yaml, segment" in lines
    assert "b.yaml, poll_secnds" in lines
