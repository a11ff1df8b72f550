"""Around every call: lease, rate limiter, intent in the ledger, the call, the answer in the ledger."""

from __future__ import annotations

import asyncio
import contextlib
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
    Pushed,
    RateLimiter,
    Removed,
    TokensNotSynced,
    delay,
)
from live_activity.campaign.planning import IOS_LIFE
from live_activity.core.clock import Clock, VirtualClock
from live_activity.core.content import Content
from live_activity.core.priority_semaphore import PrioritySemaphore
from live_activity.core.threads import run_in_daemon_thread
from live_activity.decision.next_step import End, Settle, Start, Step, Update, end_of
from live_activity.decision.state import Kind, Outcome, Push
from live_activity.engine.activity import LiveActivity
from live_activity.engine.call_outcomes import (
    batch_counters,
    batch_outcome,
    body_of,
    kind_of,
    push_outcome,
    reached,
)
from live_activity.engine.words_rule import WordsRule
from live_activity.ledger import BatchCall, EditionLedger, LeaseHeartbeat, LedgerUnwritable, LostLease
from live_activity.ledger.pushes import PushAnswer

ReadBatch = Callable[[int], list[str]]

# How often a batch that waits looks whether its activity is to be closed.
LOOK_AROUND = timedelta(seconds=1)
# Real seconds that a call may take which a stop waits for: two to settle and two to end fit into Prefect's 30.
_HURRIED: dict[type[Step], float] = {Settle: 4.0, End: 8.0}

# An end that is overdue by so much may leave though the ledger cannot be written, and one so near to its limit.
OVERDUE, LAST_MINUTES = timedelta(minutes=10), timedelta(minutes=3)


class RecordedCalls:
    """The one place from which anything is sent. One for each edition, by its owner only."""

    def __init__(
        self,
        client: Client,
        *,
        ledger: EditionLedger,
        heartbeat: LeaseHeartbeat,
        rate_limiter: RateLimiter,
        clock: Clock,
        read_batch: ReadBatch,
        chance: random.Random | None = None,
        words_rule: WordsRule | None = None,
        account_name: str = "",
    ) -> None:
        self._client = client
        self._ledger = ledger
        self._heartbeat = heartbeat
        self._rate_limiter = rate_limiter
        self._clock = clock
        self._read_batch = read_batch
        self._chance = chance or random.Random()
        self._words_rule = words_rule or WordsRule()
        self._account_name = account_name
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

        After an unknown outcome the call is sent again as a question: 409 means that the first one had arrived.
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

        It leaves even when the ledger cannot be written: it is safe to repeat.
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
        since = self._clock.now()
        async with (
            self._rate_limiter.slot(endpoint, since=since, number=batch) as slot,
            self._line.place(endpoint, since, number=batch),
        ):
            # Not before there is a slot, so that it holds who is in it by then, and nothing is held for those that
            # wait; beside the event loop, as the storage may be far away.
            people = [] if activity.stopping else await run_in_daemon_thread(self._read_batch, batch)
            if people and not activity.stopping:
                return await self._batch_now(activity, batch, endpoint, people, call)
            await slot.release(used=False)
        if activity.stopping:
            return BatchCall(activity.number, batch, endpoint, "not_sent", {})
        done = BatchCall(activity.number, batch, endpoint, "done", {})  # nobody is in it any more
        activity.people.answered(done)
        return done

    async def _batch_now(
        self,
        activity: LiveActivity,
        batch: int,
        endpoint: str,
        people: list[str],
        call: Callable[[list[str]], Awaitable[Added | Removed]],
    ) -> BatchCall:
        self._alive()
        entry = self._ledger.intend_batch(
            activity.number, batch, endpoint=endpoint, people=len(people), at=self._clock.now()
        )
        counters: Mapping[str, Any] = {}
        error: ApiError | None = None
        outcome = "unknown"
        try:
            answer = await call(people)
            outcome, counters = "done", batch_counters(answer)
        except NobodyEligible as nobody:
            outcome, error = "nobody", nobody
            counters = {"skipped": dict(nobody.skipped), "gdpr_denied": nobody.gdpr_denied_devices}
        except ApiError as failed:
            outcome, error = batch_outcome(failed), failed
            self._failed((endpoint, batch), failed)
            raise
        finally:
            self._ledger.answer_batch(
                entry,
                outcome=outcome,
                at=self._clock.now(),
                status=error.status if error is not None else 200 if outcome == "done" else None,
                code=error.code if error is not None else None,
                counters=counters,
                activity_id=activity.activity_id if endpoint == "register" and outcome == "done" else None,
                expires_at=activity.state.plan.expires_at,
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
            self._rate_limiter.slot(endpoint, since=since, number=activity.number) as slot,
            self._line.place(endpoint, since, number=activity.number),
        ):
            push = await self._push_now(activity, kind)
            if push is None:
                await slot.release(used=False)  # overtaken while it waited: no call was made
            return push

    def _due(self, step: Step) -> datetime:
        place = step.place if isinstance(step, Start | Update | Settle | End) else None
        now = self._clock.now()
        return min(place.due, now) if place is not None else now

    async def _push_now(self, activity: LiveActivity, kind: type[Step]) -> Push | None:
        # What the wait for the rate limiter has made of it: the newest content leaves, or nothing.
        if self._words_rule.required and not activity.state.words_required:
            activity.state = replace(activity.state, words_required=True)
        step = activity.next_step()
        if not isinstance(step, Start | Update | Settle | End) or not isinstance(step, kind):
            return None
        push = Push(
            kind_of(step),
            step.content,
            self._clock.now(),
            Outcome.UNKNOWN,
            step.place,
            step.passed,
            words=step.words,
        )
        entry = self._intend(activity, push, step.attributes if isinstance(step, Start) else None)
        sent_at = self._clock.now()
        error: ApiError | None = None
        activity.starting = isinstance(step, Start)
        try:
            push = replace(push, outcome=Outcome.DONE, **reached(await self._sent(activity, step)))
        except ApiError as failed:
            error = failed
            outcome = push_outcome(failed, words=step.words)
            if outcome not in (Outcome.NOT_SYNCED, Outcome.WORDS_REQUIRED):
                activity.last_error = str(failed)
            failures = activity.state.end_failures if kind is End else activity.state.failures
            push = replace(push, outcome=outcome, wait=self._wait(failures + 1, failed))
        finally:
            # Also when somebody cancels in the middle of the call: then nobody knows what became of it.
            activity.starting = False
            activity.records(push)
            self._remember_words_rule(activity)
            self._answer(activity, entry, push, error, sent_at=sent_at)
        if error is not None and push.outcome in (
            Outcome.NOT_SENT,
            Outcome.UNKNOWN,
            Outcome.REFUSED,
            Outcome.DENIED,
        ):
            raise error
        return push

    async def _sent(self, activity: LiveActivity, step: Start | Update | Settle | End) -> Pushed:
        content = body_of(activity, step)
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

    def _remember_words_rule(self, activity: LiveActivity) -> None:
        if not activity.state.words_required or self._words_rule.required:
            return
        self._words_rule.required = True
        with contextlib.suppress(LedgerUnwritable, LostLease):
            self._ledger.remember_of_account(self._account_name, "words_required", True, at=self._clock.now())

    def _intend(self, activity: LiveActivity, push: Push, attributes: Mapping[str, Any] | None) -> int | None:
        """Records the intent; None where an end leaves without a record, which is recorded afterwards."""
        try:
            self._alive()
            return self._ledger.intend_push(
                activity.number,
                push,
                words=push.words,
                row_seen_at=activity.seen_at(push.place),
                attributes=attributes,
            )
        except LedgerUnwritable:
            if push.kind is Kind.END and self._may_end_unrecorded(activity, push.at):
                return None
            if push.kind is Kind.SETTLE and activity.state.settling_since is None:
                # The time to settle passes while the ledger is away, so that the end comes.
                activity.state = replace(activity.state, settling_since=push.at)
            raise

    def _may_end_unrecorded(self, activity: LiveActivity, now: datetime) -> bool:
        """Whether an end may leave though the ledger cannot be written.

        One that is overdue may where the ledger can be read and names this run; one near the vendor's expiry or the
        eight hours of iOS may in any case, as phones would see no end at all.
        """
        state = activity.state
        limits = [state.plan.expires_at]
        if state.started_at is not None:
            limits.append(state.started_at + IOS_LIFE)
        if any(limit is not None and now >= limit - LAST_MINUTES for limit in limits):
            return True
        end = state.stop_request.at if state.stop_request is not None else end_of(activity.schedule, state)
        if end is None or now < end + OVERDUE:
            return False
        try:
            return self._ledger.names_this_run()
        except LedgerUnwritable:
            return False

    def _answer(
        self,
        activity: LiveActivity,
        entry: int | None,
        push: Push,
        error: ApiError | None,
        *,
        sent_at: datetime,
    ) -> None:
        answer = PushAnswer(
            push,
            self._clock.now(),
            error.status if error is not None else 200 if push.outcome is Outcome.DONE else None,
            "NEVER_LEFT" if isinstance(error, NeverLeft) else error.code if error is not None else None,
            str(error) if error is not None else None,
            sent_at,
        )
        if entry is None:
            # Kept, and recorded once the ledger can be written.
            with contextlib.suppress(LedgerUnwritable):
                self._ledger.push_without_record(
                    activity.number, answer, words=push.words, row_seen_at=activity.seen_at(push.place)
                )
            return
        self._ledger.answer_push(
            entry,
            push,
            at=answer.at,
            status=answer.status,
            code=answer.code,
            error=answer.error,
            sent_at=sent_at,
        )

    def _alive(self) -> None:
        self._heartbeat.check()

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
