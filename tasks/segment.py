"""The task that stages the segment: once, before anything is sent."""

from __future__ import annotations

from typing import Any

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.states import Completed

from live_activity.engine import campaign_calls
from live_activity.engine.edition import Edition


@task(task_run_name="stage the segment", cache_policy=NO_CACHE, persist_result=False)
async def stage(edition: Edition) -> Any:
    """Stages the segment in batches, or loads what an earlier run of this edition staged."""
    line = await campaign_calls.stage(edition)
    return Completed(message=line, data=line)
