"""Sends starts, updates, settling pushes and ends, and records intent and answer in the ledger."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from live_activity.api import (
    AlreadyStarted,
    ApiError,
    NeverLeft,
    NotFound,
    OutcomeUnknown,
    Pushed,
    TokensNotSynced,
)
from live_activity.core.content import Content
from live_activity.decision.holding import IOS_LIFE, LAST_CALL
from live_activity.decision.next_step import End, Settle, Start, Step, Update, end_of
from live_activity.decision.state import Kind, Outcome, Push
from live_activity.engine.activity import LiveActivity
from live_activity.engine.call_outcomes import body_of, push_kind, push_outcome, reached
from live_activity.engine.call_resources import CallResources, registered_id
from live_activity.engine.words_rule import WordsRule
from live_activity.ledger import LedgerUnwritable, LostLease
from live_activity.ledger.pushes import PushAnswer

# How long a call may take that a stop waits for, in real seconds: two settling pushes and two ends fit into the 30 s
# that Prefect gives.
_HURRIED: dict[type[Step], float] = {Settle: 4.0, End: 8.0}

# While the ledger cannot be written, an end may be sent that is overdue by `OVERDUE`, or nearer to its limit than
# `LAST_CALL`.
OVERDUE = timedelta(minutes=10)


class PushSender:
    """Sends pushes. The content is decided again once the call may be sent, so that the newest is sent."""

    def __init__(self, resources: CallResources, *, words_rule: WordsRule, account_name: str) -> None:
        self._resources = resources
        self._words_rule = words_rule
        self._account_name = account_name

    async def send(self, activity: LiveActivity, kind: type[Step]) -> Push | None:
        """Sends what `next_step` decides once the call may be sent; None where that is not a step of this kind.

        Raises `ApiError`, and `LostLease`.
        """
        if (coming := await activity.comes_to(kind)) is None:
            return None
        endpoint = "end" if kind is End else "start" if kind is Start else "update"
        since = self._due(coming)
        async with self._resources.slot(endpoint, since=since, number=activity.number) as slot:
            push = await self._send_now(activity, kind)
            if push is None:
                await slot.release(used=False)  # overtaken while it waited: no call was made
            return push

    def _due(self, step: Step) -> datetime:
        place = step.place if isinstance(step, Start | Update | Settle | End) else None
        now = self._resources.clock.now()
        return min(place.due, now) if place is not None else now

    async def _send_now(self, activity: LiveActivity, kind: type[Step]) -> Push | None:
        if self._words_rule.required and not activity.state.words_required:
            # Not by `change`, here and below: the activity itself is sending, so it need not be woken.
            activity.state = replace(activity.state, words_required=True)
        # Decided again after the wait for the rate limiter: the newest content is sent, or nothing.
        step = activity.next_step()
        if not isinstance(step, Start | Update | Settle | End) or not isinstance(step, kind):
            return None
        push = Push(
            push_kind(step),
            step.content,
            self._resources.clock.now(),
            Outcome.UNKNOWN,
            step.place,
            step.passed,
            words=step.words,
        )
        entry = self._intend(activity, push, step.attributes if isinstance(step, Start) else None)
        sent_at = self._resources.clock.now()
        error: ApiError | None = None
        activity.starting = isinstance(step, Start)
        try:
            push = replace(push, outcome=Outcome.DONE, **reached(await self._request(activity, step)))
        except ApiError as failed:
            error = failed
            outcome = push_outcome(failed, words=step.words)
            if outcome not in (Outcome.NOT_SYNCED, Outcome.WORDS_REQUIRED):
                activity.last_error = str(failed)
            failures = activity.state.end_failures if kind is End else activity.state.failures
            push = replace(push, outcome=outcome, wait=self._backoff(failures + 1, failed))
        finally:
            # Also when the call is cancelled in the middle: its outcome stays unknown then.
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

    async def _request(self, activity: LiveActivity, step: Start | Update | Settle | End) -> Pushed:
        content = body_of(activity, step)
        send = self._resources.client.update
        if isinstance(step, Start):
            opening = Content(step.title, step.message, step.content.state)
            send, content = self._resources.client.start, opening.body(step.attributes or None)
        elif isinstance(step, End):
            send = self._resources.client.end
        stop_request = activity.state.stop_request
        try:
            async with asyncio.timeout(
                _HURRIED.get(type(step)) if stop_request is not None and stop_request.hurry else None
            ):
                return await send(
                    activity_id=registered_id(activity), activity_type=activity.activity_type, content=content
                )
        except TimeoutError:
            raise OutcomeUnknown("no answer in time for a stop", endpoint=send.__name__) from None

    def _remember_words_rule(self, activity: LiveActivity) -> None:
        if not activity.state.words_required or self._words_rule.required:
            return
        self._words_rule.required = True
        with contextlib.suppress(LedgerUnwritable, LostLease):
            self._resources.ledger.remember_of_account(
                self._account_name, "words_required", True, at=self._resources.clock.now()
            )

    def _intend(self, activity: LiveActivity, push: Push, attributes: Mapping[str, Any] | None) -> int | None:
        """Records the intent and returns its entry; None for an end that is sent first and recorded afterwards."""
        try:
            self._resources.heartbeat.check()
            return self._resources.ledger.intend_push(
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
                # The time to settle passes also while the ledger cannot be written, so that the end still comes.
                activity.state = replace(activity.state, settling_since=push.at)
            raise

    def _may_end_unrecorded(self, activity: LiveActivity, now: datetime) -> bool:
        """Whether an end may be sent though the ledger cannot be written.

        An overdue end may if the ledger can be read and names this run. An end near the vendor's expiry or the eight
        hours of iOS may in any case, as phones would see no end otherwise.
        """
        state = activity.state
        limits = [state.plan.expires_at]
        if state.started_at is not None:
            limits.append(state.started_at + IOS_LIFE)
        if any(limit is not None and now >= limit - LAST_CALL for limit in limits):
            return True
        end = state.stop_request.at if state.stop_request is not None else end_of(activity.schedule, state)
        if end is None or now < end + OVERDUE:
            return False
        try:
            return self._resources.ledger.names_this_run()
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
            self._resources.clock.now(),
            error.status if error is not None else 200 if push.outcome is Outcome.DONE else None,
            "NEVER_LEFT" if isinstance(error, NeverLeft) else error.code if error is not None else None,
            str(error) if error is not None else None,
            sent_at,
        )
        if entry is None:
            # Kept, and recorded once the ledger can be written.
            with contextlib.suppress(LedgerUnwritable):
                self._resources.ledger.push_without_record(
                    activity.number, answer, words=push.words, row_seen_at=activity.seen_at(push.place)
                )
            return
        self._resources.ledger.answer_push(entry, answer)

    def _backoff(self, failures: int, error: ApiError) -> timedelta | None:
        if isinstance(error, TokensNotSynced | AlreadyStarted | NotFound):
            return None
        return self._resources.backoff(failures, error)
