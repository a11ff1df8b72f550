"""Every call of an edition, recorded: rate limiter, lease, intent in the ledger, the call, its answer in the ledger."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import datetime

from live_activity.api import Added, Client, RateLimiter, Removed
from live_activity.core.clock import Clock
from live_activity.decision.next_step import End, Settle, Start, Update
from live_activity.decision.state import Push
from live_activity.engine.activity import LiveActivity
from live_activity.engine.batch_sender import BatchSender, ReadBatch
from live_activity.engine.call_resources import CallResources, registered_id
from live_activity.engine.push_sender import PushSender
from live_activity.engine.words_rule import WordsRule
from live_activity.ledger import BatchCall, EditionLedger, LeaseHeartbeat


class RecordedCalls:
    """The one place from which anything is sent. Each edition has one, used by its owner only."""

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
        resources = CallResources(
            client,
            ledger=ledger,
            heartbeat=heartbeat,
            rate_limiter=rate_limiter,
            clock=clock,
            chance=chance or random.Random(),
        )
        self._client = client
        self._batches = BatchSender(resources, read_batch)
        self._pushes = PushSender(resources, words_rule=words_rule or WordsRule(), account_name=account_name)

    async def register(self, activity: LiveActivity, batch: int, *, expires_at: datetime) -> BatchCall:
        """Registers the activity with its first batch; `counters` say how many devices matched.

        Raises `ApiError` where the call fails, and `LostLease`. That nobody is eligible is an answer, not a failure.
        """

        async def call(people: list[str]) -> Added:
            answer = await self._client.register(
                activity_type=activity.activity_type, insider_ids=people, ends_at=expires_at
            )
            activity.activity_id = answer.activity_id
            activity.why = None
            activity.change(plan=replace(activity.state.plan, expires_at=expires_at))
            return answer

        return await self._batches.send(activity, batch, "register", call)

    async def add_users(self, activity: LiveActivity, batch: int) -> BatchCall:
        """Adds a batch; repeating it does no harm. Raises as `register` does."""

        async def call(people: list[str]) -> Added:
            return await self._client.add_users(
                activity_id=registered_id(activity), activity_type=activity.activity_type, insider_ids=people
            )

        return await self._batches.send(activity, batch, "add_users", call)

    async def remove_users(self, activity: LiveActivity, batch: int) -> BatchCall:
        """Takes a batch out again, before the start; repeating it does no harm. Raises `ApiError`, `LostLease`."""

        async def call(people: list[str]) -> Removed:
            return await self._client.remove_users(
                activity_id=registered_id(activity), activity_type=activity.activity_type, insider_ids=people
            )

        return await self._batches.send(activity, batch, "remove_users", call)

    async def start(self, activity: LiveActivity) -> Push | None:
        """Starts with the content that is wanted by then; None where it is not to be started any more.

        After an unknown outcome the call is sent again as a question: 409 means that the first one had arrived.
        Raises `ApiError`, `LostLease`.
        """
        return await self._pushes.send(activity, Start)

    async def update(self, activity: LiveActivity) -> Push | None:
        """Sends the content that is wanted by then; None where there is none. Raises `ApiError`, `LostLease`."""
        return await self._pushes.send(activity, Update)

    async def settle(self, activity: LiveActivity) -> Push | None:
        """Sends the final content to phones that were left behind. Raises `ApiError`, `LostLease`."""
        return await self._pushes.send(activity, Settle)

    async def end(self, activity: LiveActivity) -> Push | None:
        """Ends with the final content; 404 means that it is closed. Raises `ApiError`, `LostLease`.

        An end that is overdue or near its limit is sent even when the ledger cannot be written: it is safe to repeat.
        """
        return await self._pushes.send(activity, End)
