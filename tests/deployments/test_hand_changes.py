"""Changes to a deployment in the Prefect UI are kept by a new deploy."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.actions import DeploymentScheduleCreate, DeploymentUpdate, WorkPoolCreate
from prefect.client.schemas.responses import DeploymentResponse
from prefect.client.schemas.schedules import CronSchedule
from prefect.exceptions import ObjectAlreadyExists
from prefect.settings import PREFECT_API_URL, temporary_settings

from deployments import register
from deployments.presets import WORK_POOL, deploy_presets
from live_activity.core.settings import settings

PRESET = """
mode: run
approval: true
name: hand derby
activity_type: Match
segment: fans.csv
timeline: rows.csv
time_zone: Europe/Istanbul
schedule: {start: '20:00', days: [sat]}
"""
NAME = "campaign/hand-derby"


@pytest.fixture
async def client(prefect_url: str) -> AsyncIterator[PrefectClient]:
    with temporary_settings({PREFECT_API_URL: prefect_url}):
        async with get_client() as client:
            with contextlib.suppress(ObjectAlreadyExists):
                await client.create_work_pool(WorkPoolCreate(name=WORK_POOL, type="process"))
            yield client


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("LIVE_ACTIVITY_INPUTS", str(tmp_path))
    settings.cache_clear()
    folder = tmp_path / "campaigns"
    folder.mkdir()
    (folder / "hand-derby.yaml").write_text(PRESET)
    yield folder
    settings.cache_clear()


async def change_by_hand(client: PrefectClient) -> DeploymentResponse:
    """Changes a parameter, moves the schedule by half an hour, switches it off and pauses it, as the UI does."""
    before = await client.read_deployment_by_name(NAME)
    parameters = before.parameters | {"segment": "members.csv"}
    await client.update_deployment(before.id, DeploymentUpdate(parameters=parameters))
    later = CronSchedule(cron="0 20 * * 6", timezone="Europe/Istanbul")
    await client.update_deployment_schedule(before.id, before.schedules[0].id, active=False, schedule=later)
    await client.pause_deployment(before.id)
    return before


async def test_a_parameter_a_time_and_a_pause_survive_a_new_deploy_until_the_file_changes(
    client: PrefectClient, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await deploy_presets(str(folder))
    first = await change_by_hand(client)
    assert "registers 19:30, starts 20:00" in (first.description or "")
    assert capsys.readouterr().out == ""

    await deploy_presets(str(folder))
    kept = await client.read_deployment_by_name(NAME)
    assert kept.parameters["segment"] == "members.csv"
    [schedule] = kept.schedules
    assert isinstance(schedule.schedule, CronSchedule)
    assert (schedule.schedule.cron, schedule.active, kept.paused) == ("0 20 * * 6", False, True)
    assert "before changes in Prefect: sat: registers 19:30" in (kept.description or "")
    assert capsys.readouterr().out == (
        "preset hand-derby: keeps 1 parameter (segment) as changed in Prefect; "
        "keeps the schedule as changed in Prefect; stays paused\n"
    )

    # Only the parameters of the file change, so the schedule keeps its change by hand.
    (folder / "hand-derby.yaml").write_text(PRESET.replace("rows.csv", "goals.csv"))
    await deploy_presets(str(folder))
    taken = await client.read_deployment_by_name(NAME)
    assert (taken.parameters["segment"], taken.parameters["timeline"]) == ("fans.csv", "goals.csv")
    [schedule] = taken.schedules
    assert isinstance(schedule.schedule, CronSchedule)
    assert (schedule.schedule.cron, schedule.active, taken.paused) == ("0 20 * * 6", False, True)
    assert capsys.readouterr().out == (
        "preset hand-derby: takes 2 parameters (segment, timeline) from its file, over changes in Prefect; "
        "keeps the schedule as changed in Prefect; stays paused\n"
    )

    (folder / "hand-derby.yaml").write_text(PRESET.replace("20:00", "21:00"))
    await deploy_presets(str(folder))
    [schedule] = (await client.read_deployment_by_name(NAME)).schedules
    assert isinstance(schedule.schedule, CronSchedule)
    assert (schedule.schedule.cron, schedule.active) == ("30 20 * * 6", True)
    assert "takes the schedule from its file, over changes in Prefect" in capsys.readouterr().out
    (folder / "hand-derby.yaml").unlink()
    await deploy_presets(str(folder))


async def test_a_schedule_that_was_removed_or_added_by_hand_stays_so(
    client: PrefectClient, folder: Path
) -> None:
    await deploy_presets(str(folder))
    there = await client.read_deployment_by_name(NAME)
    await client.delete_deployment_schedule(there.id, there.schedules[0].id)
    await deploy_presets(str(folder))
    assert (await client.read_deployment_by_name(NAME)).schedules == []
    added = DeploymentScheduleCreate(schedule=CronSchedule(cron="0 1 * * *"))
    await client.create_deployment_schedules(there.id, [added])
    await deploy_presets(str(folder))
    assert len((await client.read_deployment_by_name(NAME)).schedules) == 1
    (folder / "hand-derby.yaml").unlink()
    await deploy_presets(str(folder))


async def test_a_preset_of_an_older_version_takes_its_file(
    client: PrefectClient, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    flow_id = await client.create_flow_from_name("campaign")
    await client.create_deployment(
        flow_id, name="hand-derby", parameters={"segment": "old.csv", "gone": 1}, tags=["preset"]
    )
    await deploy_presets(str(folder))
    there = await client.read_deployment_by_name(NAME)
    assert there.parameters["segment"] == "fans.csv"
    assert "gone" not in there.parameters
    assert len(there.schedules) == 1
    line = capsys.readouterr().out
    assert "from its file;" in line
    assert "over changes" not in line
    (folder / "hand-derby.yaml").unlink()
    await deploy_presets(str(folder))


async def test_defaults_and_a_pause_of_another_deployment_survive_a_new_deploy(
    client: PrefectClient, prefect_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PREFECT_API_URL", prefect_url)
    entry = {"name": "steer", "entrypoint": "flows/steer.py:steer", "description": "Sends a command."}
    file = tmp_path / "prefect.yaml"
    file.write_text(json.dumps({"deployments": [entry | {"work_pool": {"name": WORK_POOL}}]}))
    monkeypatch.setattr(register, "PREFECT_FILE", file)
    flow_id = await client.create_flow_from_name("steer")
    parameters = {"name": "derby", "gone": 1}
    made = await client.create_deployment(
        flow_id, name="steer", parameters=parameters, work_pool_name=WORK_POOL
    )
    await client.pause_deployment(made)
    assert await asyncio.to_thread(register.deploy) == []
    steer = await client.read_deployment(made)
    await client.delete_deployment(made)
    assert steer.description == "Sends a command."
    assert (steer.parameters, steer.paused) == ({"name": "derby"}, True)
