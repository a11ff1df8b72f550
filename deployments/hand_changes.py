"""Keeps changes that people made to deployments in Prefect's UI when they are deployed again.

A preset's `version` has a fingerprint of its file's parameters and one of its schedule. If the fingerprint of a part is
the same at the next deploy, the part keeps the server's values; if the part was changed in the file, the file wins.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.actions import DeploymentScheduleCreate, DeploymentUpdate
from prefect.client.schemas.filters import DeploymentFilter, DeploymentFilterName
from prefect.client.schemas.objects import DeploymentSchedule
from prefect.client.schemas.responses import DeploymentResponse
from prefect.exceptions import ObjectNotFound, PrefectHTTPStatusError

from live_activity.core.formatting import count_of

_VERSION = re.compile(r"parameters-(?P<parameters>[0-9a-f]{12}) schedule-(?P<schedule>[0-9a-f]{12})")


@dataclass(frozen=True, slots=True)
class MergedPreset:
    """A preset as it is deployed. `by_hand` says whether changes from the UI are kept; `line` reports them."""

    parameters: Mapping[str, Any] = field(repr=False)
    schedules: Sequence[DeploymentScheduleCreate]
    version: str
    by_hand: bool
    line: str | None


async def find_deployment(client: PrefectClient, name: str) -> DeploymentResponse | None:
    """The deployment `flow/name`; None if there is none yet."""
    try:
        return await client.read_deployment_by_name(name)
    except ObjectNotFound:
        return None


async def read_deployments(names: Sequence[str]) -> list[DeploymentResponse]:
    """The deployments of those names as they are on the server."""
    async with get_client() as client:
        named = DeploymentFilter(name=DeploymentFilterName(any_=list(names)))
        return await client.read_deployments(deployment_filter=named)


async def put_back(before: Sequence[DeploymentResponse]) -> list[str]:
    """Restores the parameters of deployments, and whether they were paused.

    `prefect deploy` resets both if its file does not name them, and keeps schedules. Parameters that the flow no longer
    has are left out. Returns a line for each deployment whose parameters the server no longer accepts.
    """
    lines = []
    async with get_client() as client:
        for each in before:
            now = await client.read_deployment(each.id)
            accepted = (now.parameter_openapi_schema or {}).get("properties", {})
            parameters = {key: value for key, value in each.parameters.items() if key in accepted}
            if parameters != now.parameters:
                try:
                    await client.update_deployment(each.id, DeploymentUpdate(parameters=parameters))
                except PrefectHTTPStatusError:
                    words = f"resets {_differing(parameters, now.parameters)}: the flow no longer accepts what was set"
                    lines.append(f"deployment {each.name}: {words}")
            if each.paused and not now.paused:
                await client.pause_deployment(each.id)
    return lines


def merge(
    there: DeploymentResponse | None,
    *,
    parameters: Mapping[str, Any],
    schedules: Sequence[DeploymentScheduleCreate],
    accepted: frozenset[str],
) -> MergedPreset:
    """Merges a preset's file with its deployment `there`; a part that did not change in the file keeps the old values.

    `accepted` are the parameters that the flow has; others on the server are dropped.
    """
    wanted = {"parameters": _fingerprint(parameters), "schedule": _fingerprint(_schedule_values(schedules))}
    version = f"parameters-{wanted['parameters']} schedule-{wanted['schedule']}"
    if there is None:
        return MergedPreset(parameters, schedules, version, by_hand=False, line=None)
    found = _VERSION.fullmatch(there.version or "")
    before = found.groupdict() if found is not None else {}
    set_there = {key: value for key, value in there.parameters.items() if key in accepted}
    schedules_there = [_again(each) for each in there.schedules]
    now = {"parameters": _fingerprint(set_there), "schedule": _fingerprint(_schedule_values(schedules_there))}
    names = {"parameters": _differing(set_there, parameters), "schedule": "the schedule"}
    kept, said = [], []
    for part, words in names.items():
        if now[part] == wanted[part]:
            continue
        if before.get(part) == wanted[part]:
            kept.append(part)
            said.append(f"keeps {words} as changed in Prefect")
        else:
            by_hand = part in before and before[part] != now[part]
            said.append(f"takes {words} from its file{', over changes in Prefect' if by_hand else ''}")
    if there.paused:
        said.append("stays paused")
    return MergedPreset(
        set_there if "parameters" in kept else parameters,
        schedules_there if "schedule" in kept else schedules,
        version,
        by_hand=bool(kept),
        line="; ".join(said) if said else None,
    )


def _again(schedule: DeploymentSchedule) -> DeploymentScheduleCreate:
    return DeploymentScheduleCreate(
        schedule=schedule.schedule,
        active=schedule.active,
        max_scheduled_runs=schedule.max_scheduled_runs,
        parameters=schedule.parameters,
        slug=schedule.slug,
    )


def _schedule_values(schedules: Sequence[DeploymentScheduleCreate]) -> list[Any]:
    return sorted((each.model_dump(mode="json") for each in schedules), key=_json)


def _differing(on_server: Mapping[str, Any], parameters: Mapping[str, Any]) -> str:
    """The names of the parameters that differ; never their values."""
    names = sorted(
        name
        for name in {*on_server, *parameters}
        if _json(on_server.get(name)) != _json(parameters.get(name))
    )
    return f"{count_of(len(names), 'parameter')} ({', '.join(names)})"


def _fingerprint(values: Any) -> str:
    return hashlib.sha256(_json(values).encode()).hexdigest()[:12]


def _json(values: Any) -> str:
    return json.dumps(values, sort_keys=True, default=str)
