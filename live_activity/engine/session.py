"""Opening and closing an edition: all that must be there before the first step, and is given back after the last."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from live_activity.api import Client, RateLimiter
from live_activity.api.account import Account, account_of_environment, shared_rate_limiter
from live_activity.campaign.inputs import Inputs, look, without_timeline
from live_activity.campaign.model import Campaign, Mode
from live_activity.campaign.placeholders import describe_times
from live_activity.campaign.planning import default_start
from live_activity.campaign.timeline_table import source_of
from live_activity.core.clock import Clock, RealClock
from live_activity.core.events import Event, EventHandler
from live_activity.core.findings import InvalidInput, invalid
from live_activity.core.settings import settings
from live_activity.engine.approval import agreement
from live_activity.engine.build_report import report_of
from live_activity.engine.edition import Edition
from live_activity.engine.recorded_calls import Calls
from live_activity.engine.rehearsal import clock_for, rehearsal
from live_activity.ledger import (
    Database,
    EditionLedger,
    EditionRequest,
    LeaseHeartbeat,
    LedgerUnwritable,
    LostLease,
    edition_to_continue,
    last_reading,
    open_edition,
    stop_beside,
    take,
    this_process,
    withdraw,
)
from live_activity.sources.timeline_source import Shape
from live_activity.tables.file import name_of
from live_activity.timeline import FirstSeen

# A table far away that does not answer holds up the run that takes a dead one over for so many seconds of real time.
TAKEN_OVER_WITHIN = 8.0

LISTENERS: ContextVar[tuple[EventHandler, ...]] = ContextVar("listeners", default=())
"""Who hears what every edition of this context tells; a console sets itself here before it calls a flow."""


@dataclass(frozen=True, slots=True)
class RunRequest:
    """A campaign that somebody wants played, and how. `run` links to the flow run that plays it.

    `agreed` says who agreed to its start beforehand.
    """

    campaign: Campaign
    mode: Mode
    flow_run_id: str | None = None
    run: str | None = None
    scheduled: datetime | None = None
    again: bool = False
    speed: float | None = None
    account: Account | None = None
    base: str = "."
    edition_id: str | None = None
    device_started: bool = False
    agreed: str | None = None


@asynccontextmanager
async def open_run(
    request: RunRequest, *, event_handlers: tuple[EventHandler, ...] = ()
) -> AsyncIterator[Edition]:
    """The edition that the order plays, owned by this run for as long as the block lasts.

    Raises `InvalidInput` where anything that was handed over keeps it from being played, `Owned` where another run
    that lives has it.
    """
    async with contextlib.AsyncExitStack() as leaving:
        heard = (*LISTENERS.get(), *event_handlers)
        database = Database(settings().database_url)
        leaving.callback(database.close)
        account = request.account or account_of_environment(settings())
        if account is None and request.mode != "rehearse":
            raise invalid(
                "no_account",
                "nothing says where calls go; set LIVE_ACTIVITY_BASE_URL and LIVE_ACTIVITY_API_KEY",
                where="account",
            )
        now = datetime.now(UTC)
        first_seen_times = FirstSeen()
        inputs = await _looked(
            request,
            now=now,
            scheduled=request.scheduled,
            first_seen_times=first_seen_times,
            database=database,
        )
        record, resumed = open_edition(
            database,
            _asked(request, inputs.times.starts_at if inputs.times.given else None, now=now),
            now=now,
        )
        if resumed:
            # Times count from when the edition began, and rows without one from when they were first seen.
            now, scheduled = record.created_at, request.scheduled or record.scheduled
            first_seen_times = (
                FirstSeen.from_json(record.first_seen_times) if record.first_seen_times else first_seen_times
            )
            if not inputs.unread:
                seen = last_reading(database, record.id, request.campaign.timeline)
                inputs = await _looked(
                    request,
                    now=now,
                    scheduled=scheduled,
                    first_seen_times=first_seen_times,
                    database=database,
                    seen=seen,
                )
        elif inputs.errors:
            withdraw(database, record.id)
            raise InvalidInput(inputs.errors)
        clock: Clock = RealClock()
        stage = None
        if request.mode == "rehearse":
            clock = clock_for(inputs.times, speed=request.speed)
            stage = leaving.enter_context(
                rehearsal(clock, batch_size=settings().batch_size, contract=inputs.contract)
            )
            account = stage.account
        assert account is not None
        lease_token = take(
            database,
            record.id,
            owner=this_process(request.run),
            parameters=request.campaign.model_dump(mode="json"),
            stop=stop_beside(database, record) if resumed else None,
        )
        ledger = EditionLedger(database, lease_token)
        leaving.callback(_let_go, ledger.release)
        heartbeat = LeaseHeartbeat(database, lease_token)
        leaving.callback(heartbeat.stop)
        edition = Edition(
            campaign=request.campaign,
            mode=request.mode,
            times=inputs.times,
            timeline=inputs.timeline,
            first_seen_times=first_seen_times,
            findings=inputs.findings,
            clock=clock,
            ledger=ledger,
            account=account,
            rehearsal=stage,
            inputs_base=request.base,
            contract=inputs.contract,
            source=inputs.source,
            unread=inputs.unread,
        )
        edition.device_started = record.device_started
        edition.event_handlers.extend(heard)
        client = Client(
            base_url=account.base_url,
            api_key=account.api_key,
            pace=RateLimiter.in_memory(0, clock),
            clock=clock,
        )
        leaving.push_async_callback(client.aclose)
        if stage is not None:
            pace = RateLimiter.in_memory(account.requests_per_minute, clock)
        else:
            pace = shared_rate_limiter(account, clock, name=request.campaign.account)
        leaving.callback(pace.close)
        edition.calls = Calls(
            client,
            ledger=ledger,
            heartbeat=heartbeat,
            pace=pace,
            clock=clock,
            read_batch=lambda batch: edition.roster.read(batch) if edition.roster is not None else [],
        )
        edition.tell(
            "planned", describe_times(inputs.times, request.campaign, device_started=record.device_started)
        )
        if resumed:
            edition.tell(
                "note", f"continues the edition that was begun at {record.created_at:%Y-%m-%d %H:%M} UTC"
            )
        with clock.working():
            try:
                yield edition
            except InvalidInput:
                if not resumed:
                    # One for which calls were made already stays as it is.
                    _let_go(lambda: withdraw(database, record.id, lease_token))
                raise


def finish(edition: Edition, status: str | None = None) -> dict[str, Any]:
    """Books how the edition finished and tells the report; the report as JSON values."""
    report = report_of(edition, status)
    values = report.as_json()
    if edition.left_open:
        with contextlib.suppress(LedgerUnwritable, LostLease):
            edition.ledger.stop_request("failed", at=edition.clock.now())
    elif report.status != "running":
        with contextlib.suppress(LedgerUnwritable, LostLease):
            edition.ledger.note(status=report.status, ended_at=edition.clock.now(), report=values)
    told = Event("reported", report.status, edition.clock.now(), None, {"report": report})
    for listener in edition.event_handlers:
        listener(told)
    return values


async def _looked(
    request: RunRequest,
    *,
    now: datetime,
    scheduled: datetime | None,
    first_seen_times: FirstSeen,
    database: Database,
    seen: Shape | None = None,
) -> Inputs:
    """What the order was handed. An edition that was begun goes on without its timeline where that cannot be read."""
    begun = edition_to_continue(
        database, _asked(request, default_start(request.campaign, scheduled), now=now)
    )
    reading = partial(
        look,
        request.campaign,
        now=now,
        scheduled=scheduled,
        first_seen_times=first_seen_times,
        mode=request.mode,
        seen=seen,
    )
    try:
        inputs = await _in_time(reading, request.campaign) if begun is not None else reading()
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
    )


async def _in_time(reading: Callable[[], Inputs], campaign: Campaign) -> Inputs:
    """Reads for no longer than a dead run's campaign can wait; polls go on trying. Raises `InvalidInput`."""
    if not source_of(campaign).far:
        return reading()
    try:
        return await asyncio.wait_for(asyncio.to_thread(reading), TAKEN_OVER_WITHIN)
    except TimeoutError:
        raise invalid(
            "unreadable", "does not answer in time; it is asked again", where=name_of(campaign.timeline)
        ) from None


def _asked(request: RunRequest, planned_start: datetime | None, *, now: datetime) -> EditionRequest:
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
        device_started=request.device_started,
        decision=agreement(request.agreed, now=now) if request.agreed and request.mode == "run" else None,
    )


def _let_go(doing: Callable[[], None]) -> None:
    # The lease ends by itself in 15 s; a ledger that is gone must not hide what really went wrong.
    with contextlib.suppress(LedgerUnwritable):
        doing()
