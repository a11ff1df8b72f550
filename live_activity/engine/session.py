"""Opening and closing an edition: its lease, its clock, its account and the calls that it makes."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

from live_activity.api import Client, RateLimiter
from live_activity.api.account import (
    Account,
    account_of_environment,
    environment_findings,
    shared_rate_limiter,
)
from live_activity.campaign.inputs import Inputs
from live_activity.campaign.placeholders import describe_times
from live_activity.campaign.timeline_table import source_of
from live_activity.core.clock import Clock, RealClock
from live_activity.core.events import EventHandler
from live_activity.core.findings import InvalidInput, invalid
from live_activity.core.report import Report
from live_activity.core.settings import settings
from live_activity.core.statuses import CampaignStatus
from live_activity.engine.build_report import report_of
from live_activity.engine.continued_access import with_functions_read_before
from live_activity.engine.edition import Edition, Feed
from live_activity.engine.edition_inputs import EditionInputs, open_edition_inputs
from live_activity.engine.recorded_calls import RecordedCalls
from live_activity.engine.rehearsal import Rehearsal, clock_for, rehearsal
from live_activity.engine.run_request import RunRequest
from live_activity.engine.words_rule import words_rule_of
from live_activity.ledger import (
    Database,
    EditionLedger,
    LeaseHeartbeat,
    LedgerUnwritable,
    LostLease,
    account_flags,
    stop_beside,
    take,
    this_process,
    withdraw,
)


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
        request = with_functions_read_before(request, database)
        account = _account_of(request)
        opened = await open_edition_inputs(request, database)
        record, inputs = opened.record, opened.inputs
        clock, account, stage = _surroundings(closing, request, inputs, account)
        ledger, heartbeat = _take_lease(closing, database, request, opened)
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
        if opened.continued:
            edition.emit(
                "note", f"continues the edition that was begun at {record.created_at:%Y-%m-%d %H:%M} UTC"
            )
        with clock.working():
            try:
                yield edition
            except InvalidInput:
                if not opened.continued:
                    # A continued edition is kept: calls were made for it already.
                    _ignore_ledger_failure(lambda: withdraw(database, record.id, ledger.lease_token))
                raise


def _surroundings(
    closing: contextlib.AsyncExitStack, request: RunRequest, inputs: Inputs, account: Account | None
) -> tuple[Clock, Account, Rehearsal | None]:
    """The clock and the account that the edition is played with; in a rehearsal those of its own sandbox."""
    if request.mode == "rehearse":
        clock = clock_for(inputs.times, speed=request.speed)
        stage = closing.enter_context(
            rehearsal(clock, batch_size=settings().batch_size, contract=inputs.contract)
        )
        return clock, stage.account, stage
    assert account is not None  # only a rehearsal has none of its own
    return RealClock(), account, None


def _take_lease(
    closing: contextlib.AsyncExitStack, database: Database, request: RunRequest, opened: EditionInputs
) -> tuple[EditionLedger, LeaseHeartbeat]:
    """The ledger of the edition, which this run owns from here on. Raises `Owned` where another live run has it."""
    lease_token = take(
        database,
        opened.record.id,
        owner=this_process(request.run),
        parameters=request.campaign.model_dump(mode="json"),
        stop=stop_beside(database, opened.record) if opened.continued else None,
    )
    ledger = EditionLedger(database, lease_token)
    closing.callback(_ignore_ledger_failure, ledger.release)
    heartbeat = LeaseHeartbeat(database, lease_token)
    closing.callback(heartbeat.stop)
    return ledger, heartbeat


def finish(edition: Edition, status: CampaignStatus | None = None) -> Report:
    """Records how the edition finished and emits its report; `status` is how, if its activities do not say that."""
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


def _feed_of(request: RunRequest, opened: EditionInputs, *, now: datetime) -> Feed:
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
    """The one place from which the edition's calls are sent."""
    account, clock = edition.account, edition.clock
    client = Client(
        base_url=account.base_url,
        api_key=account.api_key,
        rate_limiter=RateLimiter.in_memory(0, clock),
        clock=clock,
    )
    closing.push_async_callback(client.aclose)
    if edition.rehearsal is not None:
        rate_limiter = RateLimiter.in_memory(account.requests_per_minute, clock)
    else:
        rate_limiter = shared_rate_limiter(account, clock, name=edition.campaign.account)
    closing.callback(rate_limiter.close)
    rule = words_rule_of(account)
    if edition.rehearsal is None and account_flags(edition.ledger.database, edition.campaign.account).get(
        "words_required"
    ):
        rule.required = True
    return RecordedCalls(
        client,
        ledger=edition.ledger,
        heartbeat=heartbeat,
        rate_limiter=rate_limiter,
        clock=clock,
        read_batch=lambda batch: edition.roster.read(batch) if edition.roster is not None else [],
        words_rule=rule,
        account_name=edition.campaign.account,
    )


def _ignore_ledger_failure(doing: Callable[[], None]) -> None:
    # The lease ends by itself in 15 s; a ledger that is gone must not hide what really went wrong.
    with contextlib.suppress(LedgerUnwritable):
        doing()
