"""The inputs of a run, read before anything is sent, and the edition that is opened for them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from live_activity.campaign.inputs import Inputs, read_inputs, without_timeline
from live_activity.campaign.planning import default_start
from live_activity.campaign.timeline_table import source_of
from live_activity.core.findings import InvalidInput, invalid
from live_activity.core.table_shape import TableShape
from live_activity.core.threads import run_in_daemon_thread
from live_activity.engine.approval import agreement
from live_activity.engine.run_request import RunRequest
from live_activity.ledger import (
    Database,
    EditionRecord,
    EditionRequest,
    edition_to_continue,
    last_reading,
    open_edition,
    withdraw,
)
from live_activity.tables.file import name_of
from live_activity.timeline import FirstSeen

# How long a run that takes over from a dead one waits for a remote table that does not answer, in real seconds.
TAKEN_OVER_WITHIN = 8.0


@dataclass(frozen=True, slots=True)
class EditionInputs:
    """An edition in the ledger, and the inputs that it is played with."""

    record: EditionRecord
    inputs: Inputs
    first_seen_times: FirstSeen
    continued: bool


async def open_edition_inputs(request: RunRequest, database: Database) -> EditionInputs:
    """Reads the inputs and opens the edition, new or continued. Raises `InvalidInput`."""
    now = datetime.now(UTC)
    first_seen_times = FirstSeen()
    inputs = await _read_inputs(
        request, database, now=now, scheduled=request.scheduled, first_seen_times=first_seen_times
    )
    planned_start = inputs.times.starts_at if inputs.times.given else None
    record, continued = open_edition(database, _edition_request(request, planned_start, now=now), now=now)
    if not continued:
        if inputs.errors:
            withdraw(database, record.id)
            raise InvalidInput(inputs.errors)
        return EditionInputs(record, inputs, first_seen_times, continued)
    # Times count from when the edition began, and for rows without a time from when they were first seen.
    if record.first_seen_times:
        first_seen_times = FirstSeen.from_json(record.first_seen_times)
    if not inputs.unread:
        inputs = await _read_inputs(
            request,
            database,
            now=record.created_at,
            scheduled=request.scheduled or record.scheduled,
            first_seen_times=first_seen_times,
            seen=last_reading(database, record.id, request.campaign.timeline),
        )
    return EditionInputs(record, inputs, first_seen_times, continued)


async def _read_inputs(
    request: RunRequest,
    database: Database,
    *,
    now: datetime,
    scheduled: datetime | None,
    first_seen_times: FirstSeen,
    seen: TableShape | None = None,
) -> Inputs:
    """Reads the inputs. An edition that has begun goes on without its timeline where that cannot be read."""
    begun = edition_to_continue(
        database, _edition_request(request, default_start(request.campaign, scheduled), now=now)
    )
    reading = partial(
        read_inputs,
        request.campaign,
        now=now,
        scheduled=scheduled,
        first_seen_times=first_seen_times,
        mode=request.mode,
        seen=seen,
        access=request.access,
    )
    try:
        inputs = (
            await _in_time(reading, request) if begun is not None else await run_in_daemon_thread(reading)
        )
        problems = () if inputs.timeline.readable else inputs.errors
    except InvalidInput as invalid:
        problems = invalid.findings
    if not problems:
        return inputs
    if begun is None:
        raise InvalidInput(problems)
    return without_timeline(
        request.campaign,
        problems,
        begun_at=begun.created_at,
        planned_start=begun.planned_start,
        scheduled=scheduled or begun.scheduled,
        mode=request.mode,
        seen=last_reading(database, begun.id, request.campaign.timeline),
        access=request.access,
    )


async def _in_time(reading: Callable[[], Inputs], request: RunRequest) -> Inputs:
    """Reads a remote timeline within `TAKEN_OVER_WITHIN`; later polls try again. Raises `InvalidInput`."""
    if not source_of(request.campaign, request.access).far:
        return await run_in_daemon_thread(reading)
    try:
        async with asyncio.timeout(TAKEN_OVER_WITHIN):
            return await run_in_daemon_thread(reading)
    except TimeoutError:
        raise invalid(
            "unreadable",
            "does not answer in time; it is asked again",
            where=name_of(request.campaign.timeline),
        ) from None


def _edition_request(request: RunRequest, planned_start: datetime | None, *, now: datetime) -> EditionRequest:
    return EditionRequest(
        account=request.campaign.account,
        mode=request.mode,
        name=request.campaign.name,
        planned_start=planned_start,
        parameters=request.campaign.model_dump(mode="json"),
        scheduled=request.scheduled,
        flow_run_id=request.flow_run_id,
        again=request.again,
        edition_id=request.edition_id,
        decision=agreement(request.agreed, now=now) if request.agreed and request.mode == "run" else None,
        functions_folder=request.access.folder if request.access.functions else None,
    )
