"""The calls of a campaign as Prefect tasks: one task run each, or shared task runs if there are very many calls."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from live_activity.api import ApiError
from live_activity.core.findings import InvalidInput
from live_activity.engine import campaign_calls
from live_activity.engine.activity import LiveActivity
from live_activity.engine.campaign_calls import CampaignCalls, OpenCalls
from live_activity.engine.direct_calls import with_retries
from live_activity.engine.edition import Edition
from live_activity.ledger import LedgerUnwritable, LostLease
from live_activity.prefect_integration.run_log import RunLog
from live_activity.prefect_integration.run_state import RunState, is_prefects
from tasks import api_calls
from tasks.call_grain import CallGrain
from tasks.grouped_calls import GroupedCalls
from tasks.segment import stage
from tasks.timeline import poll

Call = Callable[..., Awaitable[Any]]
# Raised by the call itself; every other error of a task is Prefect's.
_OF_THE_CALL = (ApiError, LedgerUnwritable, LostLease, InvalidInput, asyncio.CancelledError)


def campaign_tasks(log: RunLog, run_state: RunState | None = None) -> OpenCalls:
    """Makes the calls of an edition as tasks; log lines of calls that share a task run go to that task run."""

    @asynccontextmanager
    async def open_calls(edition: Edition) -> AsyncIterator[CampaignCalls]:
        groups = GroupedCalls(edition.clock)
        made = _Calls(groups, CallGrain(edition.clock), log, run_state or RunState())
        try:
            yield CampaignCalls(
                stage=made.as_task(stage, campaign_calls.stage),
                poll=made.as_task(poll, campaign_calls.poll),
                register=made.api_call(api_calls.register, campaign_calls.register),
                add_users=made.api_call(api_calls.add_users, campaign_calls.add_users),
                remove_users=made.api_call(api_calls.remove_users, campaign_calls.remove_users),
                start=made.api_call(api_calls.start, campaign_calls.start),
                update=made.api_call(api_calls.update, campaign_calls.update),
                settle=made.api_call(api_calls.settle, campaign_calls.settle),
                end=made.api_call(api_calls.end, campaign_calls.end),
            )
        finally:
            await groups.close()

    return open_calls


class _Calls:
    """Chooses for each call of one edition whether it is a task run of its own, shares one, or is made directly."""

    def __init__(self, groups: GroupedCalls, grain: CallGrain, log: RunLog, run_state: RunState) -> None:
        self._groups = groups
        self._grain = grain
        self._log = log
        self._run_state = run_state

    def api_call(self, task: Call, direct: Call) -> Any:
        """An API call: its own task run, or in a group once there are too many."""
        as_task = self.as_task(task, with_retries(direct))

        async def call(edition: Edition, activity: LiveActivity, *batch: int) -> Any:
            if self._run_state.suspended or not self._grain.is_grouped(edition.activities):
                return await as_task(edition, activity, *batch)
            self._log.divert = self._groups.log
            whose = " ".join(map(str, (activity, *batch)))
            return await self._groups.make(direct.__name__, whose, lambda: direct(edition, activity, *batch))

        return call

    def as_task(self, task: Call, direct: Call) -> Any:
        """A call as a task run; made directly once Prefect starts no more task runs."""

        async def call(edition: Edition, *args: Any) -> Any:
            if self._run_state.suspended:
                return await direct(edition, *args)
            try:
                return await task(edition, *args)
            except _OF_THE_CALL:
                raise
            except BaseException as error:  # some of Prefect's, as `Pause`, are no `Exception`
                if not is_prefects(error):
                    raise
                self._run_state.goes_on_without_tasks(edition, error)
            # The ledger has what the call did, and `next_step` reads it there: nothing is sent twice.
            return await direct(edition, *args)

        return call
