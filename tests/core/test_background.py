"""Background work ends with its block."""

from __future__ import annotations

import asyncio

import pytest

from live_activity.core.background import in_background


async def test_work_runs_beside_the_block_and_is_over_after_it() -> None:
    begun, steps = asyncio.Event(), []

    async def work() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            steps.append("cleaned up")

    async with in_background(work()):
        await begun.wait()
        assert steps == []
    assert steps == ["cleaned up"]


async def test_errors_of_the_work_are_raised_after_the_block() -> None:
    failed = asyncio.Event()

    async def work() -> None:
        failed.set()
        raise ValueError("no more")

    with pytest.raises(ValueError, match="no more"):
        async with in_background(work()):
            await failed.wait()
