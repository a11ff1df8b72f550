"""Opening and closing an edition: its inputs, its lease, its clock, its account and the calls that it makes."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from live_activity.api import Client, RateLimiter
from live_activity.api.account import (
    Account,
    account_of_environment,
    environment_findings,
    shared_rate_limiter,
)
from live_activity.campaign.inputs import Inputs, look, without_timeline
from live_activity.campaign.model import Campaign, Mode
from live_activity.campaign.placeholders import describe_times
from live_activity.campaign.planning import default_start
from live_activity.campaign.timeline_table import source_of
from live_activity.core.clock import Clock, RealClock
from live_activity.core.events import EventHandler
from live_activity.core.findings import InvalidInput, invalid
from live_activity.core.report import Report
from live_activity.core.settings import settings
from live_activity.core.source_access import PUBLIC_ACCESS, SourceAccess
from live_activity.core.table_shape import TableShape
from live_activity.core.threads import run_in_daemon_thread
from live_activity.engine.approval import agreement
from live_activity.engine.build_report import report_of
from live_activity.engine.edition import Edition, Feed
from live_activity.engine.recorded_calls import RecordedCalls
from live_activity.engine.rehearsal import Rehearsal, clock_for, rehearsal
from live_activity.engine.words_rule import words_rule_of
from live_activity.ledger import (
    Database,
    EditionLedger,
    EditionRecord,
    EditionRequest,
    LeaseHeartbeat,
    LedgerUnwritable,
    LostLease,
    account_flags,
    edition_to_continue,
    last_reading,
    open_edition,
    stop_beside,
    take,
    this_process,
    withdraw,
)
from live_activity.tables.file import name_of
from live_activity.timeline import FirstSeen

# A table far away that does not answer holds up the run that takes a dead one over for so many seconds of real time.
TAKEN_OVER_WITHIN = 8.0


@dataclass(frozen=True, slots=True)
class RunRequest:
    """A campaign to play, and how.

    `run` links to the flow run that plays it, `scheduled` is when a schedule wanted it to begin, `again` opens a new
    edition of one that is over, `speed` plays a rehearsal so many times faster than the world, `base` is where
    relative paths of steering commands begin, `edition_id` names the very edition to continue, `agreed` says who
    approved the start beforehand, and `access` is what opens the tables.
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
    agreed: str | None = None
    access: SourceAccess = PUBLIC_ACCESS


@dataclass(frozen=True, slots=True)
class _Opened:
    """An edition in the ledger, and the inputs that it is played with."""

    record: EditionRecord
    inputs: Inputs
    first_seen_times: FirstSeen
    resumed: bool


@asynccontextmanager
async def open_run(
    request: RunRequest, *, event_handlers: Sequence[EventHandler] = ()
) -> AsyncIterator[Edition]:
    """The edition that the request plays, owned by this run for as long as the block lasts.

    Raises `InvalidInput` where an input keeps it from being played, `Owned` where another live run has it,
    `AlreadyPlayed` where the request's flow run has played it to the end.
    """
    async with contextlib.AsyncExitStack() as closing:
        database = Database(settings().database_url)
        closing.callback(database.close)
        account = _account_of(request)
        opened = await _open_inputs(request, database)
        record, inputs = opened.record, opened.inputs
        clock: Clock = RealClock()
        stage: Rehearsal | None = None
        if request.mode == "rehearse":
            clock = clock_for(inputs.times, speed=request.speed)
            stage = closing.enter_context(
                rehearsal(clock, batch_size=settings().batch_size, contract=inputs.contract)
            )
            account = stage.account
        assert account is not None  # only a rehearsal has none of its own
        lease_token = take(
            database,
            record.id,
            owner=this_process(request.run),
            parameters=request.campaign.model_dump(mode="json"),
            stop=stop_beside(database, record) if opened.resumed else None,
        )
        ledger = EditionLedger(database, lease_token)
        closing.callback(_ignore_ledger_failure, ledger.release)
        heartbeat = LeaseHeartbeat(database, lease_token)
        closing.callback(heartbeat.stop)
        edition = Edition(
            campaign=request.campaign,
            mode=request.mode,
            times=inputs.times,
            feed=_feed_of(request, opened, now=clock.now()),
            findings=inputs.findings,
            clock=clock,
            ledger=ledger,
            account=account,
            rehearsal=stage,
            access=request.access,
            inputs_base=request.base,
            event_handlers=event_handlers,
        )
        edition.calls = await _open_calls(closing, edition, heartbeat)
        edition.emit("planned", describe_times(inputs.times, request.campaign))
        if opened.resumed:
            edition.emit(
                "note", f"continues the edition that was begun at {record.created_at:%Y-%m-%d %H:%M} UTC"
            )
        with clock.working():
            try:
                yield edition
            except InvalidInput:
                if not opened.resumed:
                    # One for which calls were made already stays as it is.
                    _ignore_ledger_failure(lambda: withdraw(database, record.id, lease_token))
                raise


def finish(edition: Edition, status: str | None = None) -> Report:
    """Records how the edition finished and emits its report; `status` where that is more than its activities say."""
    report = report_of(edition, status)
    if edition.left_open:
        with contextlib.suppress(LedgerUnwritable, LostLease):
            edition.ledger.stop_request("failed", at=edition.clock.now())
    elif report.status != "running":
        with contextlib.suppress(LedgerUnwritable, LostLease):
            edition.ledger.note(status=report.status, ended_at=edition.clock.now(), report=report.as_json())
    edition.emit("reported", report.summary if report.failed else report.status, report=report)
    return report


def _account_of(request: RunRequest) -> Account | None:
    """The account that calls go to; a rehearsal needs none. Raises `InvalidInput` where nothing names one."""
    account = request.account or account_of_environment(settings())
    if account is None and request.mode != "rehearse":
        if problems := [*environment_findings(settings())]:
            raise InvalidInput(problems)
        raise invalid(
            "no_account",
            "no account is named; set LIVE_ACTIVITY_BASE_URL and LIVE_ACTIVITY_API_KEY",
            where="account",
        )
    return account


async def _open_inputs(request: RunRequest, database: Database) -> _Opened:
    """Reads the inputs and opens the edition, new or continued. Raises `InvalidInput`."""
    now = datetime.now(UTC)
    first_seen_times = FirstSeen()
    inputs = await _read_inputs(
        request, database, now=now, scheduled=request.scheduled, first_seen_times=first_seen_times
    )
    planned_start = inputs.times.starts_at if inputs.times.given else None
    record, resumed = open_edition(database, _edition_request(request, planned_start, now=now), now=now)
    if not resumed:
        if inputs.errors:
            withdraw(database, record.id)
            raise InvalidInput(inputs.errors)
        return _Opened(record, inputs, first_seen_times, resumed)
    # Times count from when the edition began, and rows without one from when they were first seen.
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
    return _Opened(record, inputs, first_seen_times, resumed)


def _feed_of(request: RunRequest, opened: _Opened, *, now: datetime) -> Feed:
    inputs = opened.inputs
    return Feed(
        timeline=inputs.timeline,
        source=inputs.source or source_of(request.campaign, request.access),
        first_seen_times=opened.first_seen_times,
        polled_at=now,
        changed_at=now,
        contract=inputs.contract,
        unread=inputs.unread,
    )


async def _open_calls(
    closing: contextlib.AsyncExitStack, edition: Edition, heartbeat: LeaseHeartbeat
) -> RecordedCalls:
    """The one place from which the edition's calls leave."""
    account, clock = edition.account, edition.clock
    client = Client(
        base_url=account.base_url,
        api_key=account.api_key,
        rate_limiter=RateLimiter.in_memory(0, clock),
        clock=clock,
    )
    closing.push_async_callback(client.aclose)
    if edition.rehearsal is not None:
        pace = RateLimiter.in_memory(account.requests_per_minute, clock)
    else:
        pace = shared_rate_limiter(account, clock, name=edition.campaign.account)
    closing.callback(pace.close)
    rule = words_rule_of(account)
    if edition.rehearsal is None and account_flags(edition.ledger.database, edition.campaign.account).get(
        "words_required"
    ):
        rule.required = True
    return RecordedCalls(
        client,
        ledger=edition.ledger,
        heartbeat=heartbeat,
        pace=pace,
        clock=clock,
        read_batch=lambda batch: edition.roster.read(batch) if edition.roster is not None else [],
        words_rule=rule,
        account_name=edition.campaign.account,
    )


async def _read_inputs(
    request: RunRequest,
    database: Database,
    *,
    now: datetime,
    scheduled: datetime | None,
    first_seen_times: FirstSeen,
    seen: TableShape | None = None,
) -> Inputs:
    """Reads the inputs. An edition that was begun goes on without its timeline where that cannot be read."""
    begun = edition_to_continue(
        database, _edition_request(request, default_start(request.campaign, scheduled), now=now)
    )
    reading = partial(
        look,
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
    """Reads for no longer than a dead run's campaign can wait; polls go on trying. Raises `InvalidInput`."""
    if not source_of(request.campaign, request.access).far:
        return reading()
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


def _ignore_ledger_failure(doing: Callable[[], None]) -> None:
    # The lease ends by itself in 15 s; a ledger that is gone must not hide what really went wrong.
    with contextlib.suppress(LedgerUnwritable):
        doing()
