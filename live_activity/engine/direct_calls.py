"""The calls of a campaign without Prefect: made directly, with the same retries as the tasks."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import wraps
from typing import ParamSpec

from live_activity.api import ApiError
from live_activity.engine import campaign_calls
from live_activity.engine.campaign_calls import RETRIES, CampaignCalls
from live_activity.engine.edition import Edition

Given = ParamSpec("Given")


def with_retries(
    call: Callable[Given, Awaitable[str]], *, on_retry: Callable[[ApiError, int], object] | None = None
) -> Callable[Given, Awaitable[str]]:
    """Repeats a call as its task would: only where its error says that this is safe, and at most `RETRIES` times.

    `on_retry` is called with the error and the number of the retry before each of them. There is no pause here: each
    attempt itself waits for as long as the last answer asked.
    """

    @wraps(call)
    async def retried(*args: Given.args, **kwargs: Given.kwargs) -> str:
        for retry in range(1, RETRIES + 2):
            try:
                return await call(*args, **kwargs)
            except ApiError as failed:
                if not failed.safe_to_repeat or retry > RETRIES:
                    raise
                if on_retry is not None:
                    on_retry(failed, retry)
        raise AssertionError("unreachable: the last attempt returns or raises")

    return retried


@asynccontextmanager
async def direct_calls(edition: Edition) -> AsyncIterator[CampaignCalls]:
    """The calls of an edition, for any Python program that plays it."""
    yield CampaignCalls(
        stage=campaign_calls.stage,
        poll=campaign_calls.poll,
        register=with_retries(campaign_calls.register),
        add_users=with_retries(campaign_calls.add_users),
        remove_users=with_retries(campaign_calls.remove_users),
        start=with_retries(campaign_calls.start),
        update=with_retries(campaign_calls.update),
        settle=with_retries(campaign_calls.settle),
        end=with_retries(campaign_calls.end),
    )
