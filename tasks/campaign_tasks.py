"""The calls of a campaign as Prefect tasks: a task run each, or shared task runs where there are very many."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from live_activity.engine import campaign_calls
from live_activity.engine.activity import LiveActivity
from live_activity.engine.campaign_calls import CampaignCalls, OpenCalls
from live_activity.engine.edition import Edition
from live_activity.prefect_integration.run_log import RunLog
from tasks import api_calls
from tasks.call_grain import CallGrain
from tasks.grouped_calls import GroupedCalls
from tasks.segment import stage
from tasks.timeline import poll

Call = Callable[..., Awaitable[str]]


def campaign_tasks(log: RunLog) -> OpenCalls:
    """Makes the calls of an edition as tasks; lines of calls that share a task run are taken out of the run's log."""

    @asynccontextmanager
    async def open_calls(edition: Edition) -> AsyncIterator[CampaignCalls]:
        groups = GroupedCalls(edition.clock)
        made = _Calls(groups, CallGrain(edition.clock), log)
        try:
            yield CampaignCalls(
                stage=stage,
                poll=poll,
                register=made.either(api_calls.register, campaign_calls.register),
                add_users=made.either(api_calls.add_users, campaign_calls.add_users),
                remove_users=made.either(api_calls.remove_users, campaign_calls.remove_users),
                start=made.either(api_calls.start, campaign_calls.start),
                update=made.either(api_calls.update, campaign_calls.update),
                settle=made.either(api_calls.settle, campaign_calls.settle),
                end=made.either(api_calls.end, campaign_calls.end),
            )
        finally:
            await groups.close()

    return open_calls


class _Calls:
    """Chooses for each call of one edition whether it is a task run of its own or shares one."""

    def __init__(self, groups: GroupedCalls, grain: CallGrain, log: RunLog) -> None:
        self._groups = groups
        self._grain = grain
        self._log = log

    def either(self, as_task: Call, direct: Call) -> Any:
        """A call that is made as its own task run, or in a group once there are too many."""

        async def call(edition: Edition, activity: LiveActivity, *batch: int) -> str:
            if not self._grain.is_grouped(edition.activities):
                return await as_task(edition, activity, *batch)
            self._log.divert = self._groups.log
            name = " ".join(map(str, (direct.__name__, activity, *batch)))
            return await self._groups.make(name, lambda: direct(edition, activity, *batch))

        return call
