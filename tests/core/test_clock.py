from __future__ import annotations

import asyncio
import gc
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from live_activity.core.clock import Clock, RealClock, ScaledClock, Signal, run_all, sleep
from live_activity.core.virtual_clock import VirtualClock

NOON = datetime(2026, 7, 19, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


async def turns(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def test_hours_pass_as_soon_as_no_task_works() -> None:
    clock = VirtualClock(NOON)
    with clock.working():
        woken = await clock.sleep_until(NOON + 7 * DAY)
        assert not woken
        assert clock.now() == NOON + 7 * DAY


async def test_time_passes_for_a_sleeper_that_was_not_marked_as_working() -> None:
    clock = VirtualClock(NOON)
    await sleep(clock, 90)
    assert clock.now() == at(90)


async def test_a_moment_that_is_over_is_not_waited_for() -> None:
    clock = VirtualClock(NOON)
    assert not await clock.sleep_until(NOON)
    assert not await clock.sleep_until(NOON - DAY)
    assert clock.now() == NOON


async def test_time_stands_still_while_any_task_works() -> None:
    clock = VirtualClock(NOON)
    finished = asyncio.Event()

    async def works() -> None:
        with clock.working():
            await finished.wait()

    worker = asyncio.create_task(works())
    sleeper = asyncio.create_task(sleep(clock, 1))
    await turns(100)
    assert clock.now() == NOON
    assert not sleeper.done()
    finished.set()
    await sleeper
    assert clock.now() == at(1)
    await worker


async def test_a_task_that_waits_for_others_does_not_stop_time() -> None:
    clock = VirtualClock(NOON)

    async def one(seconds: float) -> None:
        with clock.working():
            await sleep(clock, seconds)

    with clock.working():
        others = [asyncio.create_task(one(seconds)) for seconds in (5, 60)]
        await clock.wait(*others)
        assert clock.now() == at(60)
        # Working again: time does not move before this task sleeps too.
        third = asyncio.create_task(one(5))
        await turns(50)
        assert clock.now() == at(60)
        await clock.wait(third)


async def test_an_event_wakes_a_sleeper_early() -> None:
    clock = VirtualClock(NOON)
    news = asyncio.Event()

    async def sets() -> None:
        with clock.working():
            await sleep(clock, 10)
            news.set()

    setter = asyncio.create_task(sets())
    with clock.working():
        assert await clock.sleep_until(at(3600), news)
        assert clock.now() == at(10)
    await setter


async def test_an_event_that_is_already_set_ends_a_sleep_at_once() -> None:
    clock = VirtualClock(NOON)
    news = asyncio.Event()
    news.set()
    assert await clock.sleep_until(at(10), news)
    assert clock.now() == NOON


async def test_a_sleep_without_an_end_is_ended_by_an_event_alone() -> None:
    clock = VirtualClock(NOON)
    news = asyncio.Event()
    waiting = asyncio.create_task(clock.sleep_until(None, news))
    await sleep(clock, 3600)
    assert not waiting.done()
    news.set()
    assert await waiting


async def test_a_cancelled_sleeper_does_not_stop_time() -> None:
    clock = VirtualClock(NOON)

    async def sleeps(seconds: float) -> None:
        with clock.working():
            await sleep(clock, seconds)

    with clock.working():
        gone = asyncio.create_task(sleeps(5))
        await turns(1)
        gone.cancel()
        await clock.wait(gone)
        await sleep(clock, 60)
        assert clock.now() == at(60)


async def test_a_failed_task_no_longer_counts_as_working() -> None:
    clock = VirtualClock(NOON)
    with pytest.raises(ValueError, match="broken"), clock.working():
        raise ValueError("broken")
    await sleep(clock, 1)
    assert clock.now() == at(1)


@settings(max_examples=60)
@given(
    st.lists(
        st.lists(st.tuples(st.integers(0, 50), st.integers(0, 12)), min_size=1, max_size=5),
        min_size=1,
        max_size=6,
    )
)
def test_tasks_wake_on_time_in_order_and_never_while_another_works(
    plans: list[list[tuple[int, int]]],
) -> None:
    """Each worker repeatedly sleeps so many seconds and then works for so many turns of the loop."""
    woken: list[datetime] = []

    async def works(clock: VirtualClock, plan: list[tuple[int, int]]) -> None:
        with clock.working():
            for seconds, busy in plan:
                due = clock.now() + timedelta(seconds=seconds)
                await sleep(clock, seconds)
                assert clock.now() == due
                woken.append(clock.now())
                for _ in range(busy):
                    await asyncio.sleep(0)
                    assert clock.now() == due, "time moved while a task worked"

    async def open_run() -> datetime:
        clock = VirtualClock(NOON)
        with clock.working():
            workers = [asyncio.create_task(works(clock, plan)) for plan in plans]
            async with asyncio.timeout(20):
                await clock.wait(*workers)
            for worker in workers:
                worker.result()
        return clock.now()

    ended = asyncio.run(open_run())
    assert woken == sorted(woken)
    assert ended == at(max(sum(seconds for seconds, _ in plan) for plan in plans))


@pytest.mark.parametrize("make", [RealClock, lambda: ScaledClock(NOON, speed=1)], ids=["real", "paced"])
async def test_the_real_clock_wakes_on_an_event_and_does_not_wait_for_the_past(make: type[RealClock]) -> None:
    clock: Clock = make()
    news = asyncio.Event()
    assert not await clock.sleep_until(clock.now() - DAY, news)
    waiting = asyncio.create_task(clock.sleep_until(clock.now() + DAY, news))
    await turns(5)
    news.set()
    assert await waiting
    assert await clock.sleep_until(None, news)
    with clock.working():
        await clock.sleep_until(clock.now() + timedelta(milliseconds=2))


async def test_a_paced_clock_begins_at_its_start_and_runs_so_many_times_as_fast() -> None:
    before = datetime.now(UTC)
    clock = ScaledClock(NOON, speed=3600)
    first = clock.now()
    # A minute of the campaign is a sixtieth of a second.
    assert not await clock.sleep_until(first + timedelta(minutes=1))
    passed = clock.now() - NOON
    assert passed >= timedelta(minutes=1)
    assert passed <= (datetime.now(UTC) - before) * 3600


@pytest.mark.parametrize("event", [asyncio.Event, Signal])
async def test_a_task_woken_by_an_event_works_before_time_moves_on(event: type[asyncio.Event]) -> None:
    clock = VirtualClock(NOON)
    news = event()
    woken: list[datetime] = []

    async def waits() -> None:
        with clock.working():
            assert await clock.sleep_until(None, news)
            woken.append(clock.now())

    async def sets() -> None:
        with clock.working():
            await sleep(clock, 10)
            news.set()

    await run_all(clock, [*(waits() for _ in range(5)), sets(), sleep(clock, 10.5)])
    assert woken == [at(10)] * 5


async def test_when_idle_runs_after_all_ready_tasks_and_before_time_moves_on() -> None:
    clock = VirtualClock(NOON)
    seen: list[object] = []

    async def works() -> None:
        await turns(20)
        clock.when_idle(lambda: seen.append(clock.now()))
        await turns(20)
        seen.append("worked")
        await sleep(clock, 1)
        seen.append("slept")

    await run_all(clock, [works(), works()])
    assert seen == ["worked", "worked", NOON, NOON, "slept", "slept"]


async def test_when_one_fails_the_others_are_cancelled_and_its_error_is_raised() -> None:
    clock = VirtualClock(NOON)
    cancelled: list[datetime] = []

    async def sleeps() -> None:
        try:
            await sleep(clock, 3600)
        except asyncio.CancelledError:
            cancelled.append(clock.now())
            raise

    async def fails() -> None:
        await sleep(clock, 1)
        raise ValueError("broken")

    with clock.working(), pytest.raises(ValueError, match="broken"):
        await run_all(clock, [sleeps(), fails(), sleeps()])
    assert cancelled == [at(1)] * 2
    assert clock.now() == at(1)


async def test_an_error_beside_the_one_that_is_raised_is_not_reported_by_python() -> None:
    clock = VirtualClock(NOON)
    reported: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context["message"]))

    async def fails_as_it_is_cancelled() -> None:
        try:
            await sleep(clock, 3600)
        finally:
            raise ValueError("broken too")

    async def fails() -> None:
        raise ValueError("broken")

    with pytest.raises(ValueError, match=r"broken$"):
        await run_all(clock, [fails(), fails_as_it_is_cancelled()])
    gc.collect()
    assert not reported


@pytest.mark.parametrize("count", range(5))
async def test_a_cancellation_of_a_sleeper_that_is_being_woken_is_not_lost(count: int) -> None:
    wake = asyncio.Event()
    sleeper = asyncio.create_task(RealClock().sleep_until(None, wake))
    await turns(5)
    wake.set()
    await turns(count)
    if sleeper.cancel():
        with pytest.raises(asyncio.CancelledError):
            await sleeper
