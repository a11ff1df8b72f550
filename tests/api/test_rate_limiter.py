from __future__ import annotations

import asyncio
import contextlib
import json
import sqlite3
from bisect import bisect_right
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from live_activity.api import RateLimiter
from live_activity.api.rate_buckets import (
    MARGIN,
    WINDOW,
    FileBucket,
    Limit,
    MemoryBucket,
    RateBucket,
    hashed,
    shared_file,
)
from live_activity.core.clock import run_all, sleep
from live_activity.core.virtual_clock import VirtualClock
from tests.api.client_calls import NOW
from tests.barrier import run_together

MakeLimiter = Callable[[int, VirtualClock], RateLimiter]
LATEST = NOW + WINDOW + MARGIN + timedelta(seconds=0.1)


@pytest.fixture(params=["in_memory", "of_machine"])
def make_limiter(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[MakeLimiter]:
    made: list[RateLimiter] = []

    def make(requests_per_minute: int, clock: VirtualClock) -> RateLimiter:
        limiter = (
            RateLimiter.in_memory(requests_per_minute, clock)
            if request.param == "in_memory"
            else RateLimiter.of_machine(requests_per_minute, clock, folder=tmp_path, account="demo")
        )
        made.append(limiter)
        return limiter

    yield make
    for limiter in made:
        limiter.close()


def most_in_a_window(moments: list[datetime], window: timedelta = WINDOW) -> int:
    ordered = sorted(moments)
    return max(bisect_right(ordered, moment + window) - place for place, moment in enumerate(ordered))


class Vendor:
    """Records calls as they arrive: some time after they got their slot and some time before their answer."""

    def __init__(self, limiter: RateLimiter, clock: VirtualClock) -> None:
        self.limiter = limiter
        self.clock = clock
        self.arrived: list[tuple[int, datetime]] = []

    async def call(
        self, who: int = 0, *, endpoint: str = "update", way: float = 0, work: float = 0, fails: bool = False
    ) -> None:
        with contextlib.suppress(ConnectionError):
            async with self.limiter.slot(endpoint):
                await sleep(self.clock, way)
                self.arrived.append((who, self.clock.now()))
                await sleep(self.clock, work)
                if fails:
                    raise ConnectionError

    @property
    def moments(self) -> list[datetime]:
        return [moment for _, moment in self.arrived]


async def all_of(clock: VirtualClock, work: list[Awaitable[None]]) -> None:
    with clock.working():
        await run_all(clock, work)


async def test_a_full_minute_of_calls_may_go_at_once_and_the_next_waits(make_limiter: MakeLimiter) -> None:
    clock = VirtualClock(NOW)
    vendor = Vendor(make_limiter(5, clock), clock)
    await all_of(clock, [vendor.call(who) for who in range(12)])
    assert vendor.moments[:5] == [NOW] * 5
    assert min(vendor.moments[5:10]) > NOW + WINDOW
    assert max(vendor.moments[5:10]) <= LATEST
    assert min(vendor.moments[10:]) > vendor.moments[5] + WINDOW
    assert most_in_a_window(vendor.moments) == 5


async def test_calls_get_their_slots_in_order(make_limiter: MakeLimiter) -> None:
    clock = VirtualClock(NOW)
    vendor = Vendor(make_limiter(3, clock), clock)
    await all_of(clock, [vendor.call(who) for who in range(20)])
    assert [who for who, _ in vendor.arrived] == list(range(20))


async def test_an_end_does_not_wait_behind_updates(make_limiter: MakeLimiter) -> None:
    clock = VirtualClock(NOW)
    vendor = Vendor(make_limiter(2, clock), clock)
    updates = [vendor.call(who) for who in range(10)]
    await all_of(clock, [*updates, vendor.call(99, endpoint="end")])
    assert (99, NOW) in vendor.arrived


async def test_an_end_does_not_wait_behind_updates_that_hang() -> None:
    clock = VirtualClock(NOW)
    vendor = Vendor(RateLimiter.in_memory(0, clock), clock)
    updates = [vendor.call(who, work=100) for who in range(300)]
    await all_of(clock, [*updates, vendor.call(999, endpoint="end")])
    assert (999, NOW) in vendor.arrived
    # No more calls are in flight than the number of connections that a program may open.
    assert most_in_a_window(vendor.moments, timedelta(seconds=99)) == 101


async def test_a_call_that_gives_up_waiting_takes_no_slot(make_limiter: MakeLimiter) -> None:
    clock = VirtualClock(NOW)
    vendor = Vendor(make_limiter(1, clock), clock)

    async def gives_up(who: int) -> None:
        waiting = asyncio.ensure_future(all_of(clock, [vendor.call(who)]))
        await clock.sleep_until(NOW + timedelta(seconds=5))
        waiting.cancel()
        await clock.wait(waiting)

    # 1 is first in the queue when it gives up, and 3 in the middle.
    await all_of(clock, [vendor.call(0), gives_up(1), vendor.call(2), gives_up(3), vendor.call(4)])
    assert [who for who, _ in vendor.arrived] == [0, 2, 4]
    assert vendor.moments[1] <= LATEST


GAPS = st.sampled_from([0.0, 0.001, 0.4, 7.0, 29.9995, 60.0, 61.5, 200.0])
SECONDS = st.sampled_from([0.0, 0.003, 0.2, 0.9, 5.0, 30.0, 59.9, 90.0])
COMING = st.lists(st.tuples(GAPS, SECONDS, SECONDS, st.booleans()), min_size=1, max_size=60)


@settings(max_examples=60, deadline=None)
@given(coming=COMING, limit=st.integers(1, 7))
def test_no_window_has_more_calls_than_the_limit_for_calls_of_any_duration(
    coming: list[tuple[float, float, float, bool]], limit: int
) -> None:
    async def run() -> None:
        clock = VirtualClock(NOW)
        vendor = Vendor(RateLimiter.in_memory(limit, clock), clock)

        async def comes(after: float, way: float, work: float, fails: bool) -> None:
            await sleep(clock, after)
            await vendor.call(way=way, work=work, fails=fails)

        gaps = [gap for gap, *_ in coming]
        await all_of(clock, [comes(sum(gaps[:place]), *call[1:]) for place, call in enumerate(coming)])
        assert len(vendor.arrived) == len(coming)
        assert most_in_a_window(vendor.moments) <= limit

    asyncio.run(run())


async def test_nearly_the_whole_limit_is_used_if_answers_take_under_a_second() -> None:
    clock = VirtualClock(NOW)
    vendor = Vendor(RateLimiter.in_memory(40, clock), clock)

    async def caller() -> None:
        while clock.now() < NOW + timedelta(minutes=20):
            await vendor.call(way=0.5, work=0.4)

    await all_of(clock, [caller() for _ in range(40)])
    between = [moment for moment in vendor.moments if moment < NOW + timedelta(minutes=20)]
    assert len(between) >= 0.97 * 40 * 20
    assert most_in_a_window(vendor.moments) == 40


async def test_a_thousand_waiters_ask_for_a_slot_only_when_it_is_their_turn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = 0
    take = MemoryBucket.take

    async def counted(bucket: MemoryBucket, slot: str) -> timedelta | None:
        nonlocal asked
        asked += 1
        return await take(bucket, slot)

    monkeypatch.setattr(MemoryBucket, "take", counted)
    clock = VirtualClock(NOW)
    vendor = Vendor(RateLimiter.in_memory(100, clock), clock)
    await all_of(clock, [vendor.call(who) for who in range(1000)])
    assert len(vendor.arrived) == 1000
    assert most_in_a_window(vendor.moments) == 100
    # One refusal for each full minute: nobody polls.
    assert asked <= 1000 + 10


async def test_zero_is_no_limit(make_limiter: MakeLimiter) -> None:
    clock = VirtualClock(NOW)
    vendor = Vendor(make_limiter(0, clock), clock)
    await all_of(clock, [vendor.call() for _ in range(3000)])
    assert set(vendor.moments) == {NOW}


def test_a_negative_limit_is_refused(make_limiter: MakeLimiter) -> None:
    with pytest.raises(ValueError, match="requests_per_minute is -1"):
        make_limiter(-1, VirtualClock(NOW))


async def test_limiters_of_one_folder_share_an_accounts_minute(tmp_path: Path) -> None:
    clock = VirtualClock(NOW)
    limiters = [RateLimiter.of_machine(4, clock, folder=tmp_path, account=name) for name in ("a", "a", "b")]
    vendors = [Vendor(limiter, clock) for limiter in limiters]
    await all_of(clock, [vendor.call(way=1, work=2) for vendor in vendors for _ in range(4)])
    together_ = vendors[0].moments + vendors[1].moments
    assert sum(moment == NOW + timedelta(seconds=1) for moment in together_) == 4
    assert most_in_a_window(together_) == 4
    assert vendors[2].moments == [NOW + timedelta(seconds=1)] * 4
    for limiter in limiters:
        limiter.close()


async def test_a_limiter_that_comes_later_knows_what_was_used(tmp_path: Path) -> None:
    clock = VirtualClock(NOW)
    with clock.working():
        for _ in range(2):
            limiter = RateLimiter.of_machine(1, clock, folder=tmp_path, account="a")
            async with limiter.slot("update"):
                began = clock.now()
            limiter.close()
    assert began > NOW + WINDOW


LIMIT = Limit(2, longest_call=timedelta(seconds=100))


def bucket_of(kind: str, clock: VirtualClock, folder: Path, limit: Limit = LIMIT) -> RateBucket:
    return FileBucket(limit, clock, folder / "slots.sqlite") if kind == "file" else MemoryBucket(limit, clock)


@pytest.mark.parametrize("kind", ["memory", "file"])
async def test_the_slot_of_an_owner_that_died_is_free_again_a_minute_after_its_call_must_be_over(
    kind: str, tmp_path: Path
) -> None:
    clock = VirtualClock(NOW)
    bucket = bucket_of(kind, clock, tmp_path)
    assert await bucket.take("died") is None
    await sleep(clock, 150)
    assert await bucket.take("answered") is None
    await bucket.release("answered", used=True)
    while (wait := await bucket.take("next")) is not None:
        # Another call may be answered at any time, so no wait is longer than a window.
        assert wait <= WINDOW + MARGIN
        await sleep(clock, wait.total_seconds())
    assert NOW + timedelta(seconds=160) <= clock.now() <= NOW + timedelta(seconds=161)
    bucket.close()


@pytest.mark.parametrize("kind", ["memory", "file"])
async def test_a_slot_that_was_not_used_is_free_at_once(kind: str, tmp_path: Path) -> None:
    bucket = bucket_of(kind, VirtualClock(NOW), tmp_path)
    assert [await bucket.take(slot) for slot in "ab"] == [None, None]
    await bucket.release("a", used=False)
    assert await bucket.take("c") is None
    assert await bucket.take("d") is not None
    bucket.close()


ARRIVALS = """
import asyncio, json, sys, time
from datetime import timedelta
from pathlib import Path
from live_activity.api.rate_buckets import FileBucket, Limit
from live_activity.core.clock import RealClock
from tests.barrier import wait_for_start

async def main():
    limit = Limit(5, timedelta(seconds=30), window=timedelta(seconds=0.3), margin=timedelta(0))
    bucket = FileBucket(limit, RealClock(), Path(sys.argv[1]) / "slots.sqlite")
    await bucket.take(sys.argv[2]), await bucket.release(sys.argv[2], used=False)
    wait_for_start()
    arrived = []
    for call in range(12):
        while (wait := await bucket.take(f"{sys.argv[2]}-{call}")) is not None:
            await asyncio.sleep(wait.total_seconds())
        arrived.append(time.time())
        await bucket.release(f"{sys.argv[2]}-{call}", used=True)
    bucket.close()
    print(json.dumps(arrived))

asyncio.run(main())
"""


def test_processes_that_share_a_file_keep_the_limit_together(tmp_path: Path) -> None:
    answers = run_together(ARRIVALS, [[str(tmp_path), name] for name in "abc"])
    moments = [datetime.fromtimestamp(moment, UTC) for each in answers for moment in json.loads(each)]
    assert len(moments) == 36
    # Slots are counted in whole milliseconds.
    assert most_in_a_window(moments, timedelta(seconds=0.298)) <= 5


async def test_the_file_forgets_expired_slots(tmp_path: Path) -> None:
    clock = VirtualClock(NOW)
    bucket = FileBucket(LIMIT, clock, tmp_path / "slots.sqlite")
    with clock.working():
        for slot in "abcde":
            assert await bucket.take(slot) is None
            await bucket.release(slot, used=True)
            await sleep(clock, 120)
    bucket.close()
    with contextlib.closing(sqlite3.connect(tmp_path / "slots.sqlite")) as file:
        assert file.execute("SELECT COUNT(*) FROM slots").fetchone() == (1,)


async def test_without_its_file_each_process_keeps_the_limit_by_itself(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "folder").write_text("not a folder")
    clock = VirtualClock(NOW)
    limiter = RateLimiter.of_machine(2, clock, folder=tmp_path / "folder", account="a")
    vendor = Vendor(limiter, clock)
    await all_of(clock, [vendor.call() for _ in range(3)])
    assert most_in_a_window(vendor.moments) == 2
    assert caplog.text.count("kept by this process alone") == 1


async def test_when_its_file_is_lost_a_process_still_counts_its_own_calls(tmp_path: Path) -> None:
    clock = VirtualClock(NOW)
    limiter = RateLimiter.of_machine(2, clock, folder=tmp_path, account="a")
    vendor = Vendor(limiter, clock)
    await all_of(clock, [vendor.call() for _ in range(2)])
    with contextlib.closing(sqlite3.connect(shared_file(tmp_path, account="a", endpoint="update"))) as file:
        file.execute("DROP TABLE slots")
        file.commit()
    await all_of(clock, [vendor.call()])
    assert most_in_a_window(vendor.moments) == 2
    limiter.close()


class SetBack(VirtualClock):
    """A machine's clock, which the test sets."""

    def set(self, moment: datetime) -> None:
        self._now = moment


@pytest.mark.parametrize("kind", ["memory", "file"])
async def test_a_clock_that_is_set_back_does_not_stop_the_calls(tmp_path: Path, kind: str) -> None:
    clock = SetBack(NOW)
    bucket = bucket_of(kind, clock, tmp_path)
    for slot in "ab":
        assert await bucket.take(slot) is None
        await bucket.release(slot, used=True)
    clock.set(NOW - timedelta(hours=1))
    wait = await bucket.take("c")
    assert wait is not None
    assert wait <= WINDOW + 2 * MARGIN
    clock.set(clock.now() + wait)
    assert await bucket.take("c") is None
    bucket.close()


def test_the_name_of_a_file_does_not_contain_the_accounts_name(tmp_path: Path) -> None:
    file = shared_file(tmp_path, account="../../etc", endpoint="end")
    assert file.parent == tmp_path
    assert file != shared_file(tmp_path, account="other", endpoint="end")
    assert file != shared_file(tmp_path, account="../../etc", endpoint="start")
    assert "derby" not in hashed("derby https://api.example.com")


def test_times_before_1970_work() -> None:
    clock = VirtualClock(datetime(1969, 7, 20, 20, 17, tzinfo=UTC))
    assert asyncio.run(MemoryBucket(LIMIT, clock).take("a")) is None
