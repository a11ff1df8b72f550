from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from bisect import bisect_right
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from live_activity.api import RateLimiter
from live_activity.api.file_buckets import SharedFileBucket, shared_file
from live_activity.api.rate_buckets import MARGIN, WINDOW, OwnBucket
from live_activity.core.clock import VirtualClock
from tests.api.client_calls import NOW
from tests.barrier import together

MakePace = Callable[[int, VirtualClock], RateLimiter]
MINUTE = timedelta(seconds=60)


@pytest.fixture(params=["in_memory", "of_machine"])
def make_pace(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[MakePace]:
    made: list[RateLimiter] = []

    def make(requests_per_minute: int, clock: VirtualClock) -> RateLimiter:
        pace = (
            RateLimiter.in_memory(requests_per_minute, clock)
            if request.param == "in_memory"
            else RateLimiter.of_machine(requests_per_minute, clock, folder=tmp_path, account="demo")
        )
        made.append(pace)
        return pace

    yield make
    for pace in made:
        pace.close()


async def all_of(clock: VirtualClock, work: list[Awaitable[Any]]) -> None:
    async def one(doing: Awaitable[Any]) -> None:
        with clock.working():
            await doing

    async with asyncio.TaskGroup() as group:
        for doing in work:
            group.create_task(one(doing))


def most_in_a_minute(turns: list[datetime]) -> int:
    ordered = sorted(turns)
    return max(bisect_right(ordered, acquire + MINUTE) - place for place, acquire in enumerate(ordered))


class Turns:
    """Takes turns and notes who had one when."""

    def __init__(self, pace: RateLimiter, clock: VirtualClock) -> None:
        self.pace = pace
        self.clock = clock
        self.had: list[tuple[int, datetime]] = []

    async def take(self, who: int = 0, *, endpoint: str = "update") -> None:
        await self.pace.acquire(endpoint)
        self.had.append((who, self.clock.now()))

    @property
    def moments(self) -> list[datetime]:
        return [moment for _, moment in self.had]


async def test_a_minutes_worth_may_go_at_once_and_the_next_waits(make_pace: MakePace) -> None:
    clock = VirtualClock(NOW)
    turns = Turns(make_pace(5, clock), clock)
    await all_of(clock, [turns.take(who) for who in range(12)])
    assert turns.moments[:5] == [NOW] * 5
    assert min(turns.moments[5:10]) > NOW + MINUTE
    assert max(turns.moments[5:10]) <= NOW + WINDOW + MARGIN + timedelta(seconds=0.1)
    assert min(turns.moments[10:]) > turns.moments[5] + MINUTE
    assert most_in_a_minute(turns.moments) == 5


async def test_first_come_is_first_served(make_pace: MakePace) -> None:
    clock = VirtualClock(NOW)
    turns = Turns(make_pace(3, clock), clock)
    await all_of(clock, [turns.take(who) for who in range(20)])
    assert [who for who, _ in turns.had] == list(range(20))


async def test_an_end_does_not_wait_behind_updates(make_pace: MakePace) -> None:
    clock = VirtualClock(NOW)
    turns = Turns(make_pace(2, clock), clock)
    updates = [turns.take(who) for who in range(10)]
    await all_of(clock, [*updates, turns.take(99, endpoint="end")])
    assert (99, NOW) in turns.had


async def test_who_gives_up_waiting_keeps_nobody_from_a_turn(make_pace: MakePace) -> None:
    clock = VirtualClock(NOW)
    turns = Turns(make_pace(1, clock), clock)

    async def gives_up(who: int) -> None:
        waiting = asyncio.ensure_future(all_of(clock, [turns.take(who)]))
        await clock.sleep_until(NOW + timedelta(seconds=5))
        waiting.cancel()
        with clock.idle(), contextlib.suppress(asyncio.CancelledError):
            await waiting

    # 1 stands first in the queue when it gives up, 3 in the middle.
    await all_of(clock, [turns.take(0), gives_up(1), turns.take(2), gives_up(3), turns.take(4)])
    assert [who for who, _ in turns.had] == [0, 2, 4]
    assert turns.moments[1] <= NOW + WINDOW + MARGIN + timedelta(seconds=0.1)


@settings(max_examples=25)
@given(
    gaps=st.lists(
        st.sampled_from([0.0, 0.001, 0.4, 7.0, 29.9995, 60.0, 61.5, 200.0]), min_size=1, max_size=60
    ),
    limit=st.integers(1, 7),
)
def test_a_strict_server_never_counts_too_many(gaps: list[float], limit: int) -> None:
    async def run() -> None:
        clock = VirtualClock(NOW)
        turns = Turns(RateLimiter.in_memory(limit, clock), clock)

        async def comes(after: float) -> None:
            await clock.sleep_until(NOW + timedelta(seconds=after))
            await turns.take()

        await all_of(clock, [comes(sum(gaps[:place])) for place in range(len(gaps))])
        assert len(turns.had) == len(gaps)
        assert most_in_a_minute(turns.moments) <= limit

    asyncio.run(run())


async def test_a_thousand_waiters_ask_for_a_place_only_when_it_is_their_turn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = 0
    take = OwnBucket.take

    async def counted(places: OwnBucket) -> timedelta | None:
        nonlocal asked
        asked += 1
        return await take(places)

    monkeypatch.setattr(OwnBucket, "take", counted)
    clock = VirtualClock(NOW)
    turns = Turns(RateLimiter.in_memory(100, clock), clock)
    await all_of(clock, [turns.take(who) for who in range(1000)])
    assert len(turns.had) == 1000
    assert most_in_a_minute(turns.moments) == 100
    # One refusal for each full minute, no polling.
    assert asked <= 1000 + 10


async def test_zero_is_no_limit(make_pace: MakePace) -> None:
    clock = VirtualClock(NOW)
    turns = Turns(make_pace(0, clock), clock)
    await all_of(clock, [turns.take() for _ in range(3000)])
    assert set(turns.moments) == {NOW}


def test_less_than_nothing_is_told_at_once(make_pace: MakePace) -> None:
    with pytest.raises(ValueError, match="requests_per_minute is -1"):
        make_pace(-1, VirtualClock(NOW))


async def test_two_paces_of_one_folder_share_an_accounts_minute(tmp_path: Path) -> None:
    clock = VirtualClock(NOW)
    paces = [RateLimiter.of_machine(4, clock, folder=tmp_path, account=name) for name in ("a", "a", "b")]
    had = [Turns(pace, clock) for pace in paces]
    await all_of(clock, [turns.take() for turns in had for _ in range(4)])
    assert sum(moment == NOW for moment in had[0].moments + had[1].moments) == 4
    assert most_in_a_minute(had[0].moments + had[1].moments) == 4
    assert had[2].moments == [NOW] * 4
    for pace in paces:
        pace.close()


async def test_a_pace_that_comes_later_knows_what_was_used(tmp_path: Path) -> None:
    clock = VirtualClock(NOW)
    with clock.working():
        first = RateLimiter.of_machine(1, clock, folder=tmp_path, account="a")
        await first.acquire("update")
        first.close()
        second = RateLimiter.of_machine(1, clock, folder=tmp_path, account="a")
        await second.acquire("update")
        second.close()
    assert clock.now() > NOW + MINUTE


TAKES = """
import asyncio, sys
from pathlib import Path
from live_activity.api.file_buckets import FilePlaces
from live_activity.core.clock import RealClock
from tests.barrier import wait_for_the_word

async def main():
    places = [FilePlaces(1, RealClock(), Path(sys.argv[1]) / f"{file}.sqlite") for file in range(150)]
    wait_for_the_word()
    taken = 0
    for each in places:
        taken += await each.take() is None
        each.close()
    print(taken)

asyncio.run(main())
"""


def test_processes_side_by_side_never_take_too_many(tmp_path: Path) -> None:
    # One place in each of many files, so that the processes meet again and again.
    owned_elsewhere = map(int, together(TAKES, [[str(tmp_path)]] * 3))
    assert sum(owned_elsewhere) == 150


async def test_the_file_forgets_what_is_over(tmp_path: Path) -> None:
    clock = VirtualClock(NOW)
    places = SharedFileBucket(10, clock, tmp_path / "calls.sqlite")
    with clock.working():
        for _ in range(5):
            assert await places.take() is None
            await clock.sleep_until(clock.now() + timedelta(minutes=2))
    places.close()
    with contextlib.closing(sqlite3.connect(tmp_path / "calls.sqlite")) as file:
        assert file.execute("SELECT COUNT(*) FROM calls").fetchone() == (1,)


async def test_a_file_that_cannot_be_used_leaves_a_pace_of_its_own(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "folder").write_text("not a folder")
    clock = VirtualClock(NOW)
    turns = Turns(RateLimiter.of_machine(2, clock, folder=tmp_path / "folder", account="a"), clock)
    await all_of(clock, [turns.take() for _ in range(3)])
    assert most_in_a_minute(turns.moments) == 2
    assert caplog.text.count("kept by this process alone") == 1


class SetBack(VirtualClock):
    """A machine's clock that somebody sets."""

    def set(self, moment: datetime) -> None:
        self._now = moment


@pytest.mark.parametrize("shared", [False, True])
async def test_a_clock_that_is_set_back_does_not_stop_the_calls(tmp_path: Path, shared: bool) -> None:
    clock = SetBack(NOW)
    places = SharedFileBucket(2, clock, tmp_path / "calls.sqlite") if shared else OwnBucket(2, clock)
    assert [await places.take() for _ in range(2)] == [None, None]
    clock.set(NOW - timedelta(hours=1))
    wait = await places.take()
    assert wait is not None
    assert wait <= WINDOW + 2 * MARGIN
    clock.set(clock.now() + wait)
    assert await places.take() is None
    places.close()


def test_an_accounts_name_is_no_part_of_a_files_name(tmp_path: Path) -> None:
    file = shared_file(tmp_path, account="../../etc", endpoint="end")
    assert file.parent == tmp_path
    assert file != shared_file(tmp_path, account="other", endpoint="end")
    assert file != shared_file(tmp_path, account="../../etc", endpoint="start")


def test_a_moment_before_1970_is_no_trouble() -> None:
    clock = VirtualClock(datetime(1969, 7, 20, 20, 17, tzinfo=UTC))
    assert asyncio.run(OwnBucket(1, clock).take()) is None
