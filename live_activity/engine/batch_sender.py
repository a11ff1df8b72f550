"""Sends the calls that register, add or remove a batch of people, and records intent and answer in the ledger."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from live_activity.api import Added, ApiError, NobodyEligible, Removed
from live_activity.core.threads import run_in_daemon_thread
from live_activity.engine.activity import LiveActivity
from live_activity.engine.call_outcomes import batch_counters, batch_outcome
from live_activity.engine.call_resources import CallResources
from live_activity.ledger import BatchCall

ReadBatch = Callable[[int], list[str]]
BatchRequest = Callable[[list[str]], Awaitable[Added | Removed]]

# How often a batch that waits checks whether its activity is to be closed.
LOOK_AROUND = timedelta(seconds=1)


class BatchSender:
    """Sends batches; after a failure the same call waits out its backoff before it is sent again."""

    def __init__(self, resources: CallResources, read_batch: ReadBatch) -> None:
        self._resources = resources
        self._read_batch = read_batch
        self._failures: dict[object, tuple[int, datetime]] = {}

    async def send(
        self, activity: LiveActivity, batch: int, endpoint: str, request: BatchRequest
    ) -> BatchCall:
        """Makes the call for the people of a batch; nothing is sent where its activity is to be closed.

        Raises `ApiError` where the call fails, and `LostLease`. That nobody is eligible is an answer, not a failure.
        """
        await self._wait_out_backoff(activity, (endpoint, batch))
        since = self._resources.clock.now()
        async with self._resources.slot(endpoint, since=since, number=batch) as slot:
            # Read only once there is a slot: then the batch has the people of that moment, and calls that wait keep no
            # ids in memory. Read in a thread, as the storage may be remote.
            people = [] if activity.stopping else await run_in_daemon_thread(self._read_batch, batch)
            if people and not activity.stopping:
                return await self._send_now(activity, batch, endpoint, people, request)
            await slot.release(used=False)
        if activity.stopping:
            return BatchCall(activity.number, batch, endpoint, "not_sent", {})
        done = BatchCall(activity.number, batch, endpoint, "done", {})  # nobody is in it any more
        activity.people.answered(done)
        return done

    async def _send_now(
        self, activity: LiveActivity, batch: int, endpoint: str, people: list[str], request: BatchRequest
    ) -> BatchCall:
        ledger, clock = self._resources.ledger, self._resources.clock
        self._resources.heartbeat.check()
        entry = ledger.intend_batch(
            activity.number, batch, endpoint=endpoint, people=len(people), at=clock.now()
        )
        counters: Mapping[str, Any] = {}
        error: ApiError | None = None
        outcome = "unknown"
        try:
            answer = await request(people)
            outcome, counters = "done", batch_counters(answer)
        except NobodyEligible as nobody:
            outcome, error = "nobody", nobody
            counters = {"skipped": dict(nobody.skipped), "gdpr_denied": nobody.gdpr_denied_devices}
        except ApiError as failed:
            outcome, error = batch_outcome(failed), failed
            self._count_failure((endpoint, batch), failed)
            raise
        finally:
            ledger.answer_batch(
                entry,
                outcome=outcome,
                at=clock.now(),
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

    async def _wait_out_backoff(self, activity: LiveActivity, call: object) -> None:
        """Waits as long as the last failure of this call asked for, unless the activity is to be closed."""
        clock = self._resources.clock
        _, not_before = self._failures.get(call, (0, None))
        while not_before is not None and not activity.stopping and clock.now() < not_before:
            await clock.sleep_until(min(not_before, clock.now() + LOOK_AROUND))

    def _count_failure(self, call: object, error: ApiError) -> None:
        failures = self._failures.get(call, (0, None))[0] + 1
        wait = self._resources.backoff(failures, error)
        self._failures[call] = (failures, self._resources.clock.now() + wait)
