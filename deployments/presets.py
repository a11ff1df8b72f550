"""Presets: a campaign file in `deployments/campaigns/` becomes a deployment with its parameters filled in."""

from __future__ import annotations

import copy
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, get_args

from live_activity.campaign.model import Campaign, Mode, read_campaign
from live_activity.campaign.paths import PATHS
from live_activity.campaign.preset_keys import PRESET_KEYS
from live_activity.core.findings import Finding, InvalidInput
from live_activity.core.settings import settings
from live_activity.core.yaml_file import read_yaml

WORK_POOL = "live-activity"
PRESET_TAG = "preset"
# The beginning of lines about presets in the output of `prefect deploy`.
PRESET_LINE = "preset "
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
# Names of deployments that prefect.yaml has already.
TAKEN = ("campaign",)

_START = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")


@dataclass(frozen=True, slots=True)
class Preset:
    """One campaign file as a deployment; `cron` says when a run of it begins, in the campaign's time zone.

    `times` says in words when people are registered and when it starts, if that is known beforehand.
    """

    name: str
    description: str
    parameters: Mapping[str, Any] = field(repr=False)
    tags: tuple[str, ...]
    cron: str | None
    time_zone: str
    times: str | None


def read_preset(file: Path, *, inputs: str) -> Preset:
    """Reads the preset in a file.

    Paths are relative to the file if something is there, else to the inputs folder, as in the form.
    Raises `InvalidInput` with every problem, such as a missing `mode` or `approval`.
    """
    values = read_yaml(file, what="campaign file")
    problems = list(_problems(values, file))
    own = {key: value for key, value in values.items() if key not in PRESET_KEYS}
    campaign: Campaign | None = None
    try:
        campaign = read_campaign(own, where=file.name)
    except InvalidInput as invalid:
        problems += invalid.findings
    if campaign is None or problems:
        raise InvalidInput(problems)
    cron, times = _schedule(values.get("schedule") or {}, campaign)
    own |= {name: _seen_from(inputs, file, own[name]) for name in PATHS if isinstance(own.get(name), str)}
    own |= {key: values[key] for key in ("mode", "approval")}
    return Preset(
        name=file.stem,
        description=str(values.get("description") or f"The campaign {campaign.name}.").strip(),
        parameters=own,
        tags=(PRESET_TAG, *map(str, values.get("tags") or [])),
        cron=cron,
        time_zone=campaign.time_zone,
        times=times,
    )


def in_form(schema: Mapping[str, Any], preset: Preset, *, by_hand: bool = False) -> dict[str, Any]:
    """The form of a preset: the campaign's form, with this preset's times in the description of the planned start.

    With `by_hand`, somebody changed the preset in Prefect, so the times may only be those of its file.
    """
    form = copy.deepcopy(dict(schema))
    if preset.times:
        asked = form["properties"]["starts_at"]
        whose = "In the preset's file" if by_hand else "As it stands here"
        asked["description"] = f"{asked['description']} {whose}: {preset.times}"
    return form


def described(preset: Preset, *, by_hand: bool = False) -> str:
    """The description of a preset's deployment, with its times; `by_hand` as in `in_form`."""
    if not preset.times:
        return preset.description
    times = f"In its file, before changes in Prefect: {preset.times}" if by_hand else preset.times
    return f"{preset.description}\n\n{times}"


def read_presets(folder: Path, *, inputs: str) -> list[Preset]:
    """All presets of a folder, by name. Raises `InvalidInput` with every problem of every file."""
    presets: list[Preset] = []
    problems: list[Finding] = []
    for file in sorted((*folder.glob("*.yaml"), *folder.glob("*.yml"))):
        try:
            presets.append(read_preset(file, inputs=inputs))
        except InvalidInput as invalid:
            problems += invalid.findings
    if problems:
        raise InvalidInput(problems)
    return presets


async def deploy_presets(folder: str) -> dict[str, Any]:
    """Registers the presets of a folder, and deletes those whose file is gone: a step of `prefect deploy`.

    Changes that people made in Prefect are kept until the file changes; a line is printed for each preset with changes.
    """
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.actions import DeploymentScheduleCreate
    from prefect.client.schemas.filters import DeploymentFilter, DeploymentFilterTags
    from prefect.client.schemas.schedules import CronSchedule
    from prefect.utilities.callables import parameter_schema

    from deployments.hand_changes import find_deployment, merge
    from flows.campaign import campaign

    presets = read_presets(Path(folder), inputs=_inputs())
    schema = parameter_schema(campaign).model_dump()
    async with get_client() as client:
        flow_id = await client.create_flow_from_name("campaign")
        for preset in presets:
            known = {key: value for key, value in preset.parameters.items() if key in schema["properties"]}
            schedules = [
                DeploymentScheduleCreate(
                    schedule=CronSchedule(cron=preset.cron, timezone=preset.time_zone), active=True
                )
                for _ in range(preset.cron is not None)
            ]
            merged = merge(
                await find_deployment(client, f"campaign/{preset.name}"),
                parameters=known,
                schedules=schedules,
                accepted=frozenset(schema["properties"]),
            )
            if merged.line is not None:
                print(f"{PRESET_LINE}{preset.name}: {merged.line}")  # noqa: T201  # the output of a step of `prefect deploy`
            await client.create_deployment(
                flow_id,
                name=preset.name,
                description=described(preset, by_hand=merged.by_hand),
                version=merged.version,
                tags=["live-activity", *preset.tags],
                parameters=dict(merged.parameters),
                schedules=list(merged.schedules),
                work_pool_name=WORK_POOL,
                entrypoint="flows/campaign.py:campaign",
                pull_steps=[{"prefect.deployments.steps.set_working_directory": {"directory": os.getcwd()}}],
                parameter_openapi_schema=in_form(schema, preset, by_hand=merged.by_hand),
                enforce_parameter_schema=True,
            )
        kept = {preset.name for preset in presets}
        tagged = DeploymentFilter(tags=DeploymentFilterTags(all_=[PRESET_TAG]))
        for deployment in await client.read_deployments(deployment_filter=tagged):
            if deployment.name not in kept and deployment.flow_id == flow_id:
                await client.delete_deployment(deployment.id)
    return {"presets": sorted(kept)}


def _inputs() -> str:
    inputs = settings().inputs
    return inputs if "://" in inputs else str(Path(inputs).resolve())


def _problems(values: Mapping[str, Any], file: Path) -> Iterator[Finding]:
    def problem(message: str, column: str) -> Finding:
        return Finding(severity="error", code="wrong_preset", message=message, where=file.name, column=column)

    if file.stem in TAKEN:
        yield problem("is the name of a deployment that is there already; rename the file", "name")
    if values.get("mode") not in get_args(Mode):
        yield problem(f"a preset says its mode; add 'mode: ' with one of {', '.join(get_args(Mode))}", "mode")
    if not isinstance(values.get("approval"), bool):
        yield problem(
            "a preset says whether a run waits for approval; add 'approval: true' or 'approval: false'",
            "approval",
        )
    if not isinstance(values.get("tags") or [], list):
        yield problem("is not a list; write it like [weekly, football]", "tags")
    schedule = values.get("schedule")
    if schedule is None:
        return
    if not isinstance(schedule, dict) or not _is_schedule(schedule):
        yield problem(
            "is not a schedule; write {start: '20:00', days: [sat]} for planned starts, or {cron: '30 19 * * 6'} "
            "for when a run begins, register_ahead_minutes before its start",
            "schedule",
        )


def _is_schedule(schedule: Mapping[str, Any]) -> bool:
    if set(schedule) == {"cron"}:
        return isinstance(schedule["cron"], str) and len(schedule["cron"].split()) == 5
    days = schedule.get("days", [])
    return (
        set(schedule) <= {"start", "days"}
        and isinstance(schedule.get("start"), str)
        and _START.fullmatch(schedule["start"]) is not None
        and isinstance(days, list)
        and all(day in DAYS for day in days)
    )


def _schedule(schedule: Mapping[str, Any], campaign: Campaign) -> tuple[str | None, str | None]:
    """When a run begins, as cron, and the times of registering and starting in words for the form."""
    ahead = timedelta(minutes=campaign.register_ahead_minutes)
    if not schedule:
        if campaign.starts_at is None:
            return None, None
        there = campaign.starts_at.astimezone(campaign.zone)
        registers = (campaign.starts_at - ahead).astimezone(campaign.zone)
        day = "" if registers.date() == there.date() else f"{there:%Y-%m-%d} "
        return None, _words(f"{registers:%Y-%m-%d %H:%M}", f"{day}{there:%H:%M}", campaign)
    if "cron" in schedule:
        minutes = campaign.register_ahead_minutes
        words = f"registers when it is scheduled (cron {schedule['cron']}), starts {minutes} minutes later"
        return schedule["cron"], f"{words}, {campaign.time_zone}."
    start = datetime.strptime(schedule["start"], "%H:%M")  # noqa: DTZ007  # a time of day in the campaign's zone
    registers = start - ahead
    chosen = schedule.get("days") or DAYS
    earlier = (start.date() - registers.date()).days
    # cron counts from Sunday.
    numbers = sorted({(DAYS.index(day) + 1 - earlier) % 7 for day in chosen})
    days = "*" if len(numbers) == len(DAYS) else ",".join(map(str, numbers))
    on = "every day" if days == "*" else ", ".join(chosen)
    before = " the day before" if earlier else ""
    words = _words(f"{registers:%H:%M}{before}", f"{start:%H:%M}", campaign)
    return f"{registers.minute} {registers.hour} * * {days}", f"{on}: {words}"


def _words(registers: str, starts: str, campaign: Campaign) -> str:
    return f"registers {registers}, starts {starts} {campaign.time_zone}."


def _seen_from(inputs: str, file: Path, path: str) -> str:
    """The path as the form has it: relative to the inputs folder if it is in there, else in full."""
    beside = (file.parent / path).resolve()
    pattern = re.sub(r"\{[^{}]*\}", "*", beside.name)
    if "://" in path or Path(path).is_absolute() or not any(beside.parent.glob(pattern)):
        return path
    if "://" not in inputs and beside.is_relative_to(Path(inputs).resolve()):
        return str(beside.relative_to(Path(inputs).resolve()))
    return str(beside)
