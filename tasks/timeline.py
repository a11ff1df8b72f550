"""The task that reads the timeline; a poll that finds it unchanged is no task run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.states import Completed

from live_activity.core.findings import Finding
from live_activity.core.formatting import count_of
from live_activity.engine import campaign_calls
from live_activity.engine.edition import Edition


@task(task_run_name="poll the timeline", cache_policy=NO_CACHE, persist_result=False)
async def poll_timeline(edition: Edition) -> Any:
    """Reads the timeline again and hands its rows to the activities."""
    problems = await campaign_calls.poll(edition)
    line = (
        "not read: " + "; ".join(str(finding) for finding in problems)
        if problems
        else f"{count_of(len(edition.feed.timeline.rows), 'row')} read"
    )
    return Completed(message=line[:500], data={"problems": list(problems)})


async def poll(edition: Edition) -> Sequence[Finding]:
    """Polls as a task run. Returns the findings that kept the timeline from being read."""
    # The task returns a state, and the data is read from that.
    polling: Any = poll_timeline(edition, return_state=True)
    state: State[dict[str, list[Finding]]] = await polling
    return (await state.aresult())["problems"]
