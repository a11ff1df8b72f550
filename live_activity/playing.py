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

from live_activity.account import Account, account_of_environment, shared_pace
from live_activity.api import Client, Pace
from live_activity.approval import agreement
from live_activity.calls import Calls
from live_activity.campaign import Campaign, Mode
from live_activity.clock import Clock, RealClock
from live_activity.edition import Edition
from live_activity.findings import WrongInput, wrong
from live_activity.inputs import Inputs, look, without_timeline
from live_activity.ledger import (
    Asked,
    Book,
    Heart,
    LedgerUnwritable,
    LostLease,
    Store,
    edition_to_continue,
    give_back,
    last_reading,
    open_edition,
    take,
    this_process,
    withdraw,
)
from live_activity.occasion import in_words
from live_activity.planning import default_start
from live_activity.rehearsal import clock_for, rehearsal
from live_activity.reporting import report_of
from live_activity.settings import settings
from live_activity.source import Shape
from live_activity.tables.source import name_of
from live_activity.telling import Listener, Told
from live_activity.templating import source_of
from live_activity.timeline import Sightings

# A table far away that does not answer holds up the run that takes a dead one over for so many seconds of real time.
TAKEN_OVER_WITHIN = 8.0

LISTENERS: ContextVar[tuple[Listener, ...]] = ContextVar("listeners", default=())
"""Who hears what every edition of this context tells; a console sets itself here before it calls a flow."""


@dataclass(frozen=True, slots=True)
class Order:
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
async def play(order: Order, *, listeners: tuple[Listener, ...] = ()) -> AsyncIterator[Edition]:
    """The edition that the order plays, owned by this run for as long as the block lasts.

    Raises `WrongInput` where anything that was handed over keeps it from being played, `Owned` where another run
    that lives has it.
    """
    async with contextlib.AsyncExitStack() as leaving:
        heard = (*LISTENERS.get(), *listeners)
        store = Store(settings().database_url)
        leaving.callback(store.close)
        account = order.account or account_of_environment(settings())
        if account is None and order.mode != "rehearse":
            raise wrong(
                "no_account",
                "nothing says where calls go; set LIVE_ACTIVITY_BASE_URL and LIVE_ACTIVITY_API_KEY",
                where="account",
            )
        now = datetime.now(UTC)
        sightings = Sightings()
        inputs = await _looked(order, now=now, scheduled=order.scheduled, sightings=sightings, store=store)
        record, resumed = open_edition(
            store, _asked(order, inputs.times.starts_at if inputs.times.given else None, now=now), now=now
        )
        if resumed:
            # Times count from when the edition began, and rows without one from when they were first seen.
            now, scheduled = record.created_at, order.scheduled or record.scheduled
            sightings = Sightings.from_json(record.sightings) if record.sightings else sightings
            if not inputs.unread:
                seen = last_reading(store, record.id, order.campaign.timeline)
                inputs = await _looked(
                    order, now=now, scheduled=scheduled, sightings=sightings, store=store, seen=seen
                )
        elif inputs.errors:
            withdraw(store, record.id)
            raise WrongInput(inputs.errors)
        clock: Clock = RealClock()
        stage = None
        if order.mode == "rehearse":
            clock = clock_for(inputs.times, speed=order.speed)
            stage = leaving.enter_context(
                rehearsal(clock, batch_size=settings().batch_size, contract=inputs.contract)
            )
            account = stage.account
        assert account is not None
        holding = take(store, record.id, owner=this_process(order.run))
        leaving.callback(_let_go, lambda: give_back(store, holding))
        heart = Heart(store, holding)
        leaving.callback(heart.stop)
        book = Book(store, holding)
        edition = Edition(
            campaign=order.campaign,
            mode=order.mode,
            times=inputs.times,
            timeline=inputs.timeline,
            sightings=sightings,
            findings=inputs.findings,
            clock=clock,
            book=book,
            account=account,
            rehearsal=stage,
            inputs_base=order.base,
            contract=inputs.contract,
            source=inputs.source,
            unread=inputs.unread,
        )
        edition.device_started = record.device_started
        edition.listeners.extend(heard)
        client = Client(
            base_url=account.base_url, api_key=account.api_key, pace=Pace.in_memory(0, clock), clock=clock
        )
        leaving.push_async_callback(client.aclose)
        if stage is not None:
            pace = Pace.in_memory(account.requests_per_minute, clock)
        else:
            pace = shared_pace(account, clock, name=order.campaign.account)
        leaving.callback(pace.close)
        edition.calls = Calls(
            client,
            book=book,
            heart=heart,
            pace=pace,
            clock=clock,
            read_batch=lambda batch: edition.crowd.read(batch) if edition.crowd is not None else [],
        )
        edition.tell("planned", in_words(inputs.times, order.campaign, device_started=record.device_started))
        if resumed:
            edition.tell(
                "note", f"continues the edition that was begun at {record.created_at:%Y-%m-%d %H:%M} UTC"
            )
        with clock.working():
            try:
                yield edition
            except WrongInput:
                if not resumed:
                    withdraw(store, record.id)
                raise


def finish(edition: Edition, status: str | None = None) -> dict[str, Any]:
    """Books how the edition finished and tells the report; the report as JSON values."""
    report = report_of(edition, status)
    values = report.as_json()
    if edition.left_open:
        with contextlib.suppress(LedgerUnwritable):
            edition.book.wish("failed", at=edition.clock.now())
    elif report.status != "running":
        with contextlib.suppress(LedgerUnwritable, LostLease):
            edition.book.note(status=report.status, ended_at=edition.clock.now(), report=values)
    told = Told("reported", report.status, edition.clock.now(), None, {"report": report})
    for listener in edition.listeners:
        listener(told)
    return values


async def _looked(
    order: Order,
    *,
    now: datetime,
    scheduled: datetime | None,
    sightings: Sightings,
    store: Store,
    seen: Shape | None = None,
) -> Inputs:
    """What the order was handed. An edition that was begun goes on without its timeline where that cannot be read."""
    begun = edition_to_continue(store, _asked(order, default_start(order.campaign, scheduled), now=now))
    reading = partial(
        look, order.campaign, now=now, scheduled=scheduled, sightings=sightings, mode=order.mode, seen=seen
    )
    try:
        inputs = await _in_time(reading, order.campaign) if begun is not None else reading()
        problems = () if inputs.timeline.readable else inputs.errors
    except WrongInput as wrong:
        problems = wrong.findings
    if not problems:
        return inputs
    if begun is None:
        raise WrongInput(problems)
    return without_timeline(
        order.campaign,
        problems,
        begun_at=begun.created_at,
        planned_start=begun.planned_start,
        scheduled=scheduled or begun.scheduled,
        mode=order.mode,
        seen=last_reading(store, begun.id, order.campaign.timeline),
    )


async def _in_time(reading: Callable[[], Inputs], campaign: Campaign) -> Inputs:
    """Reads for no longer than a dead run's campaign can wait; polls go on trying. Raises `WrongInput`."""
    if not source_of(campaign).far:
        return reading()
    try:
        return await asyncio.wait_for(asyncio.to_thread(reading), TAKEN_OVER_WITHIN)
    except TimeoutError:
        raise wrong(
            "unreadable", "does not answer in time; it is asked again", where=name_of(campaign.timeline)
        ) from None


def _asked(order: Order, planned_start: datetime | None, *, now: datetime) -> Asked:
    return Asked(
        account=order.campaign.account,
        mode=order.mode,
        name=order.campaign.name,
        planned_start=planned_start,
        parameters=order.campaign.model_dump(mode="json"),
        scheduled=order.scheduled,
        flow_run_id=order.flow_run_id,
        again=order.again,
        edition_id=order.edition_id,
        device_started=order.device_started,
        decision=agreement(order.agreed, now=now) if order.agreed and order.mode == "run" else None,
    )


def _let_go(doing: Callable[[], None]) -> None:
    # The lease ends by itself in 15 s; a ledger that is gone must not hide what really went wrong.
    with contextlib.suppress(LedgerUnwritable):
        doing()
