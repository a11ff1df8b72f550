"""Around every call: lease, pace, intent in the ledger, the call, the answer in the ledger (DESIGN, The house)."""

from __future__ import annotations

import asyncio
import random
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from live_activity.api import (
    Added,
    AlreadyStarted,
    ApiError,
    Client,
    NeverLeft,
    NobodyEligible,
    NotFound,
    OutcomeUnknown,
    ProductDisabled,
    Pushed,
    RateLimiter,
    RefusedRequest,
    Removed,
    TokensNotSynced,
    Unauthorized,
    delay,
)
from live_activity.core.clock import Clock, VirtualClock
from live_activity.core.content import Content
from live_activity.core.priority_semaphore import PrioritySemaphore
from live_activity.decision.next_step import End, Settle, Start, Step, Update
from live_activity.decision.state import Kind, Outcome, Push
from live_activity.engine.activity import LiveActivity
from live_activity.ledger import BatchCall, EditionLedger, LeaseHeartbeat, LedgerUnwritable

ReadBatch = Callable[[int], list[str]]

# How often a batch that waits looks whether its activity is to be closed.
LOOK_AROUND = timedelta(seconds=1)
# Real seconds that a call may take which a stop waits for: two to settle and two to end fit into Prefect's 30.
_HURRIED: dict[type[Step], float] = {Settle: 4.0, End: 8.0}

# Answers to a batch that repeating does not change.
_FOR_GOOD = (RefusedRequest, NotFound, AlreadyStarted)


class RecordedCalls:
    """The one place from which anything is sent. One for each edition, by its owner only."""

    def __init__(
        self,
        client: Client,
        *,
        ledger: EditionLedger,
        heartbeat: LeaseHeartbeat,
        pace: RateLimiter,
        clock: Clock,
        read_batch: ReadBatch,
        chance: random.Random | None = None,
    ) -> None:
        self._client = client
        self._book = ledger
        self._heart = heartbeat
        self._pace = pace
        self._clock = clock
        self._read_batch = read_batch
        self._chance = chance or random.Random()
        # One after the other where time is virtual: so a rehearsal of many activities is the same each time.
        # Otherwise the rate limiter bounds the calls in flight.
        self._line = PrioritySemaphore(1 if isinstance(clock, VirtualClock) else sys.maxsize, clock)
        self._failures: dict[object, tuple[int, datetime]] = {}

    async def register(self, activity: LiveActivity, batch: int, *, expires_at: datetime) -> BatchCall:
        """Registers the activity with its first batch; `counters` say how many devices matched.

        Nobody eligible is an answer, not an error. Raises `ApiError` otherwise, and `LostLease`.
        """

        async def call(people: list[str]) -> Added:
            answer = await self._client.register(
                activity_type=activity.activity_type, insider_ids=people, ends_at=expires_at
            )
            # The id is booked before the batch is: a batch that is done without one would be lost with it.
            self._book.note_activity(
                activity.number, activity_id=answer.activity_id, expires_at=expires_at, status="registered"
            )
            activity.activity_id = answer.activity_id
            activity.why = None
            activity.change(plan=replace(activity.state.plan, expires_at=expires_at))
            return answer

        return await self._batch(activity, batch, "register", call)

    async def add_users(self, activity: LiveActivity, batch: int) -> BatchCall:
        """Adds a batch; repeating it does no harm. Nobody eligible is an answer. Raises `ApiError`, `LostLease`."""

        async def call(people: list[str]) -> Added:
            return await self._client.add_users(
                activity_id=_registered(activity), activity_type=activity.activity_type, insider_ids=people
            )

        return await self._batch(activity, batch, "add_users", call)

    async def remove_users(self, activity: LiveActivity, batch: int) -> BatchCall:
        """Takes a batch out again, before the start; repeating it does no harm. Raises `ApiError`, `LostLease`."""

        async def call(people: list[str]) -> Removed:
            return await self._client.remove_users(
                activity_id=_registered(activity), activity_type=activity.activity_type, insider_ids=people
            )

        return await self._batch(activity, batch, "remove_users", call)

    async def start(self, activity: LiveActivity) -> Push | None:
        """Starts with what is wanted by then, None where it is not to be started any more.

        After an unknown outcome this is the question of the reference: 409 means that it had arrived.
        Raises `ApiError`, `LostLease`.
        """
        return await self._push(activity, Start)

    async def update(self, activity: LiveActivity) -> Push | None:
        """Sends what is wanted by then, None where nothing is. Raises `ApiError`, `LostLease`."""
        return await self._push(activity, Update)

    async def settle(self, activity: LiveActivity) -> Push | None:
        """Sends the final content to phones that were left behind. Raises `ApiError`, `LostLease`."""
        return await self._push(activity, Settle)

    async def end(self, activity: LiveActivity) -> Push | None:
        """Ends with the final content; 404 means that it is closed. Raises `ApiError`, `LostLease`.

        It leaves even when the ledger cannot be written: it is safe to repeat (rule 1).
        """
        return await self._push(activity, End)

    async def _batch(
        self,
        activity: LiveActivity,
        batch: int,
        endpoint: str,
        call: Callable[[list[str]], Awaitable[Added | Removed]],
    ) -> BatchCall:
        await self._patience(activity, (endpoint, batch))
        people = self._read_batch(batch)
        if not people:  # everybody in it was removed again, or added again, since
            done = BatchCall(activity.number, batch, endpoint, "done", {})
            activity.people.answered(done)
            return done
        since = self._clock.now()
        async with (
            self._pace.slot(endpoint, since=since, number=batch),
            self._line.place(endpoint, since, number=batch),
        ):
            return await self._batch_now(activity, batch, endpoint, people, call)

    async def _batch_now(
        self,
        activity: LiveActivity,
        batch: int,
        endpoint: str,
        people: list[str],
        call: Callable[[list[str]], Awaitable[Added | Removed]],
    ) -> BatchCall:
        if activity.stopping:
            return BatchCall(activity.number, batch, endpoint, "not_sent", {})
        self._alive()
        entry = self._book.intend_batch(
            activity.number, batch, endpoint=endpoint, people=len(people), at=self._clock.now()
        )
        counters: Mapping[str, Any] = {}
        error: ApiError | None = None
        outcome = "unknown"
        try:
            answer = await call(people)
            outcome, counters = "done", _counters(answer)
        except NobodyEligible as nobody:
            outcome, error = "nobody", nobody
            counters = {"skipped": dict(nobody.skipped), "gdpr_denied": nobody.gdpr_denied_devices}
        except ApiError as failed:
            outcome, error = _batch_outcome(failed), failed
            self._failed((endpoint, batch), failed)
            raise
        finally:
            self._book.answer_batch(
                entry,
                outcome=outcome,
                at=self._clock.now(),
                status=error.status if error is not None else 200 if outcome == "done" else None,
                code=error.code if error is not None else None,
                counters=counters,
            )
            done = BatchCall(activity.number, batch, endpoint, outcome, counters)
            activity.people.answered(done)
        self._failures.pop((endpoint, batch), None)
        return done

    async def _push(self, activity: LiveActivity, kind: type[Step]) -> Push | None:
        if (coming := await activity.comes_to(kind)) is None:
            return None
        endpoint = "end" if kind is End else "start" if kind is Start else "update"
        since = self._due(coming)
        async with (
            self._pace.slot(endpoint, since=since, number=activity.number),
            self._line.place(endpoint, since, number=activity.number),
        ):
            return await self._push_now(activity, kind)

    def _due(self, step: Step) -> datetime:
        place = step.place if isinstance(step, Start | Update | Settle | End) else None
        now = self._clock.now()
        return min(place.due, now) if place is not None else now

    async def _push_now(self, activity: LiveActivity, kind: type[Step]) -> Push | None:
        # What the wait for a turn has made of it: the newest content leaves, or nothing.
        step = activity.next_step()
        if not isinstance(step, Start | Update | Settle | End) or not isinstance(step, kind):
            return None
        push = Push(_kind(step), step.content, self._clock.now(), Outcome.UNKNOWN, step.place, step.passed)
        entry = self._intend(activity, push)
        error: ApiError | None = None
        activity.starting = isinstance(step, Start)
        try:
            push = replace(push, outcome=Outcome.DONE, **_answered(await self._sent(activity, step)))
        except ApiError as failed:
            error = failed
            if not isinstance(failed, TokensNotSynced):
                activity.last_error = str(failed)
            failures = activity.state.end_failures if kind is End else activity.state.failures
            push = replace(push, outcome=_push_outcome(failed), wait=self._wait(failures + 1, failed))
        finally:
            # Also when somebody cancels in the middle of the call: then nobody knows what became of it.
            activity.starting = False
            activity.records(push)
            self._answer(entry, push, error)
        if error is not None and push.outcome in (
            Outcome.NOT_SENT,
            Outcome.UNKNOWN,
            Outcome.REFUSED,
            Outcome.DENIED,
        ):
            raise error
        return push

    async def _sent(self, activity: LiveActivity, step: Start | Update | Settle | End) -> Pushed:
        content = step.content.body()
        send = self._client.update
        if isinstance(step, Start):
            opening = Content(step.title, step.message, step.content.state)
            send, content = self._client.start, opening.body(step.attributes or None)
        elif isinstance(step, End):
            send = self._client.end
        stop_request = activity.state.stop_request
        try:
            async with asyncio.timeout(
                _HURRIED.get(type(step)) if stop_request is not None and stop_request.hurry else None
            ):
                return await send(
                    activity_id=_registered(activity), activity_type=activity.activity_type, content=content
                )
        except TimeoutError:
            raise OutcomeUnknown("no answer in time for a stop", endpoint=send.__name__) from None

    def _intend(self, activity: LiveActivity, push: Push) -> int | None:
        try:
            self._alive()
            return self._book.intend_push(activity.number, push)
        except LedgerUnwritable:
            if push.kind is Kind.END:
                return None
            raise

    def _answer(self, entry: int | None, push: Push, error: ApiError | None) -> None:
        if entry is None:
            return
        try:
            self._book.answer_push(
                entry,
                push,
                at=self._clock.now(),
                status=error.status if error is not None else 200 if push.outcome is Outcome.DONE else None,
                code="NEVER_LEFT"
                if isinstance(error, NeverLeft)
                else error.code
                if error is not None
                else None,
                told=str(error) if error is not None else None,
            )
        except LedgerUnwritable:
            if push.kind is not Kind.END:
                raise

    def _alive(self) -> None:
        self._heart.check()

    def _wait(self, failures: int, error: ApiError) -> timedelta | None:
        if isinstance(error, TokensNotSynced | AlreadyStarted | NotFound):
            return None
        return timedelta(seconds=delay(failures, error=error, random=self._chance))

    async def _patience(self, activity: LiveActivity, what: object) -> None:
        """Waits out what the last failure of this very call asked for, unless the activity is to be closed."""
        _, not_before = self._failures.get(what, (0, None))
        while not_before is not None and not activity.stopping and self._clock.now() < not_before:
            await self._clock.sleep_until(min(not_before, self._clock.now() + LOOK_AROUND))

    def _failed(self, what: object, error: ApiError) -> None:
        failures = self._failures.get(what, (0, None))[0] + 1
        wait = delay(failures, error=error, random=self._chance)
        self._failures[what] = (failures, self._clock.now() + timedelta(seconds=wait))


def _registered(activity: LiveActivity) -> str:
    if activity.activity_id is None:
        raise RuntimeError(f"{activity} was never registered, so nothing can be sent to it")
    return activity.activity_id


def _kind(step: Start | Update | Settle | End) -> Kind:
    match step:
        case Start():
            return Kind.START
        case Update(repeat=True):
            return Kind.REPEAT
        case Update():
            return Kind.UPDATE
        case Settle():
            return Kind.SETTLE
        case End():
            return Kind.END


def _answered(answer: Pushed) -> dict[str, Any]:
    return {"triggered": answer.sessions_triggered, "unsynced": answer.skipped_not_synced}


def _counters(answer: Added | Removed) -> dict[str, Any]:
    if isinstance(answer, Removed):
        return {"removed": answer.removed}
    return {
        "matched": answer.matched,
        "added": answer.added,
        "refreshed": answer.refreshed,
        "skipped": answer.skipped.counts(),
        "gdpr_denied": answer.gdpr_denied_devices,
        "unprocessed": answer.unprocessed_insider_id_count,
    }


def _batch_outcome(error: ApiError) -> str:
    if isinstance(error, NeverLeft):
        return "never_left"
    if isinstance(error, Unauthorized | ProductDisabled):
        return "denied"
    return "refused" if isinstance(error, _FOR_GOOD) else "failed"


def _push_outcome(error: ApiError) -> Outcome:
    match error:
        case TokensNotSynced():
            return Outcome.NOT_SYNCED
        case AlreadyStarted():
            return Outcome.LOCKED
        case NotFound():
            return Outcome.GONE
        case Unauthorized() | ProductDisabled():
            return Outcome.DENIED
        case RefusedRequest() | NobodyEligible():
            return Outcome.REFUSED
    return Outcome.NOT_SENT if error.unprocessed else Outcome.UNKNOWN
