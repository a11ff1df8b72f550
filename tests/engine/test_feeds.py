"""Feeds that shrink, are wrong, fail and recover while a campaign is played; checked by what phones were sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from live_activity.core.events import Event
from live_activity.engine.edition import Edition
from tests.campaign_harness import CampaignHarness, Script, campaign_harness
from tests.sources.web import AdminApi, serving

HEADINGS = "at,event,title,message,score\n"


@pytest.fixture
def harness(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CampaignHarness]:
    with campaign_harness(tmp_path, monkeypatch) as made:
        yield made


@pytest.fixture
def web() -> Iterator[AdminApi]:
    with serving(AdminApi()) as desk:
        yield desk


def feed(*rows: tuple[int, str, int]) -> str:
    """Returns a table of rows (minute, event, score)."""
    return HEADINGS + "".join(f"{minute}m,{event},Derby,{score},{score}\n" for minute, event, score in rows)


def feed_changes(harness: CampaignHarness, web: AdminApi, changes: Mapping[float, str | None]) -> Script:
    """Returns a script that changes the feed at these minutes; None: HTTP 404."""

    async def script(edition: Edition) -> None:
        for minute, body in changes.items():
            await harness.until(edition, minute - 0.5)
            web.status = 200 if body is not None else 404
            web.body = body or "gone"
        await harness.until(edition, 400)

    return script


START = (0, "start", 0)
END = (100, "end", 3)
Sent = list[tuple[int, str, int]]


async def sent(
    harness: CampaignHarness, web: AdminApi, changes: Mapping[float, str | None], **keys: object
) -> tuple[Sent, set[str]]:
    """Plays a campaign of two hours at most; returns minute, kind and score of each push, and finding codes."""
    web.body = changes.get(0) or feed(START)
    starts_at = harness.clock.now() + timedelta(minutes=6)
    times = {"starts_at": starts_at, "ends_at": starts_at + timedelta(minutes=120)}
    script = feed_changes(harness, web, changes)
    report = await harness.play(
        script, **{"timeline": web.url, "poll_seconds": 60, "register_ahead_minutes": 5, **times, **keys}
    )
    assert report["status"] == "ended"
    (activity,) = harness.started()
    pushes: Sent = [
        (
            int((each.at - starts_at).total_seconds() // 60),
            each.push.kind,
            int(each.push.content.state["score"]),
        )
        for each in activity.sent
    ]
    return pushes, {finding["code"] for finding in report["findings"]}


async def test_a_window_of_15_minutes_in_a_quiet_match(harness: CampaignHarness, web: AdminApi) -> None:
    goals = [START, (3, "update", 1), (60, "update", 2), (100, "end", 2)]
    minutes = sorted({*(goal[0] for goal in goals), *(goal[0] + 15.5 for goal in goals)})
    window = {
        minute: feed(*(goal for goal in goals if goal[0] <= minute < goal[0] + 15.5)) for minute in minutes
    }
    pushes, codes = await sent(harness, web, window)
    assert [score for _, _, score in pushes] == [0, 1, 2, 2]
    assert not codes & {"stale_source", "timeline_empty", "rows_lost"}


async def test_a_table_that_is_suddenly_empty_is_not_used(harness: CampaignHarness, web: AdminApi) -> None:
    both = feed(START, (20, "update", 1))
    pushes, codes = await sent(
        harness, web, {0: both, 30: HEADINGS, 32: feed(START, (20, "update", 1), (40, "end", 2))}
    )
    assert [score for _, _, score in pushes] == [0, 1, 2]
    assert "timeline_empty" in codes


async def test_a_corrected_goal_goes_out_and_an_overruled_one_is_taken_back(
    harness: CampaignHarness, web: AdminApi
) -> None:
    pushes, _ = await sent(
        harness,
        web,
        {
            0: feed(START),
            20: feed(START, (20, "update", 1)),
            25: feed(START, (20, "update", 7)),
            30: feed(START),
            100: feed(START, END),
        },
    )
    assert [score for _, kind, score in pushes if kind != "end"] == [0, 1, 7, 0]
    assert pushes[-1] == (100, "end", 3)


async def test_a_feed_whose_time_is_its_time_of_update(harness: CampaignHarness, web: AdminApi) -> None:
    one_row: dict[float, str | None] = {
        minute: feed((minute, "update", minute // 10)) for minute in (10, 20, 21, 50, 90)
    }
    pushes, codes = await sent(harness, web, {0: feed(START), **one_row, 100: feed((99, "end", 9))})
    assert [score for _, _, score in pushes] == [0, 1, 2, 5, 9, 9]
    assert not codes & {"stale_source", "rows_lost"}


async def test_a_file_that_loses_its_last_rows_ends_when_planned(
    harness: CampaignHarness, web: AdminApi
) -> None:
    whole = [START, (20, "update", 1), (60, "update", 2), END]
    pushes, _ = await sent(harness, web, {0: feed(*whole), 30: feed(*whole[:2]), 70: feed(*whole[:1])})
    assert [each for each in pushes if each[1] == "end"] == [(100, "end", 3)]


async def test_a_url_that_is_gone_after_the_end_row_ends_with_that_row(
    harness: CampaignHarness, web: AdminApi
) -> None:
    pushes, _ = await sent(
        harness, web, {0: feed(START, (20, "update", 1)), 98: feed(START, END), 99.5: None}
    )
    assert pushes[-1] == (100, "end", 3)


async def test_a_url_that_is_gone_without_an_end_is_waited_for_and_the_last_good_content_stays(
    harness: CampaignHarness, web: AdminApi
) -> None:
    pushes, codes = await sent(
        harness, web, {0: feed(START, (20, "update", 1)), 90: None}, hold_end_minutes=30, stale_minutes=5
    )
    assert pushes == [(0, "start", 0), (20, "update", 1), (150, "end", 1)]
    assert "stale_source" in codes


async def test_an_end_that_is_held_comes_as_soon_as_the_feed_recovers(
    harness: CampaignHarness, web: AdminApi
) -> None:
    rows = feed(START, (20, "update", 1))
    pushes, _ = await sent(
        harness, web, {0: rows, 90: None, 130: feed(START, (20, "update", 1), (115, "update", 2))}
    )
    assert pushes[-1][1:] == ("end", 2)
    assert 129 <= pushes[-1][0] <= 131


async def test_a_validator_that_never_changes_is_detected(harness: CampaignHarness, web: AdminApi) -> None:
    web.etag = '"always"'
    pushes, codes = await sent(
        harness,
        web,
        {
            0: feed(START),
            20: feed(START, (20, "update", 1)),
            60: feed(START, (20, "update", 1), (60, "end", 2)),
        },
    )
    assert [score for _, _, score in pushes] == [0, 1, 2]
    assert 20 <= pushes[1][0] <= 31, "every tenth poll is unconditional"
    assert "wrong_validator" in codes


@pytest.mark.parametrize(
    ("changes", "alternates"),
    [
        ({20: feed(START, (20, "update", 1)), 22: feed(START, (20, "update", 2))}, False),
        ({20 + 2 * n: feed(START, (20, "update", 1 + n % 2)) for n in range(3)}, False),
        ({20 + 2 * n: feed(START, (20, "update", 1 + n % 2)) for n in range(6)}, True),
        ({20 + 10 * n: feed(START, (20, "update", 1 + n % 2)) for n in range(6)}, False),
        ({20 + n: feed(START, (20, "update", 1 + n % 3)) for n in range(9)}, False),
        (
            {20 + n: feed(START, *((20 + m, "update", 1 + m % 2) for m in range(n + 1))) for n in range(8)},
            False,
        ),
    ],
    ids=[
        "a correction",
        "two flips",
        "turns",
        "turns far apart",
        "three values",
        "rows of a match that say the same",
    ],
)
async def test_a_feed_with_alternating_values_is_reported_once_and_each_change_is_sent(
    harness: CampaignHarness, web: AdminApi, changes: dict[float, str | None], alternates: bool
) -> None:
    events: list[Event] = []
    harness.event_handlers.append(events.append)
    pushes, codes = await sent(harness, web, {0: feed(START), **changes, 100: feed(START, END)})
    updates = [score for _, kind, score in pushes if kind == "update"]
    assert len(updates) == len(changes), "no change is dropped"
    assert ("feed_alternates" in codes) == alternates
    said = [event.message for event in events if event.type == "stale"]
    assert ["went back and forth between two values" in each for each in said] == (
        [True] if alternates else []
    )
