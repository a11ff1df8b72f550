"""Report, exit code and Prefect state agree for every outcome of the calls to an activity and every way to end it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from live_activity.api import Client, NeverLeft, NotFound, OutcomeUnknown, RefusedRequest
from live_activity.core.report import Report
from live_activity.decision.after_push import START_NOT_FOUND
from live_activity.decision.expiring import START_UNKNOWN
from live_activity.engine.edition import Edition
from live_activity.prefect_integration.final_states import state_of
from live_activity.sandbox.content import Content
from tests.campaign_harness import CampaignHarness, Stop, campaign_harness

Call = Callable[[], Awaitable[Any]]
Fate = Callable[[CampaignHarness, Call], Awaitable[Any]]
Expected = Mapping[str, tuple[str, str, str]]
HUNG = timedelta(seconds=120)


@pytest.fixture
def harness(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CampaignHarness]:
    with campaign_harness(tmp_path, monkeypatch, slow_phones=0) as made:
        yield made


async def _lost(_: CampaignHarness, __: Call) -> Any:
    raise OutcomeUnknown("the connection broke", endpoint="start")


async def _answer_lost(_: CampaignHarness, call: Call) -> Any:
    await call()
    raise OutcomeUnknown("the connection broke", endpoint="start")


async def _hung(harness: CampaignHarness, _: Call) -> Any:
    await harness.clock.sleep_until(harness.clock.now() + HUNG)
    raise OutcomeUnknown("no answer in time", endpoint="start")


async def _answer_hung(harness: CampaignHarness, call: Call) -> Any:
    await call()
    return await _hung(harness, call)


async def _late(harness: CampaignHarness, call: Call) -> Any:
    answer = await call()
    await harness.clock.sleep_until(harness.clock.now() + HUNG)
    return answer


async def _refused(_: CampaignHarness, __: Call) -> Any:
    raise RefusedRequest("wrong", endpoint="start", status=400, code="VALIDATION_FAILED")


async def _never_left(_: CampaignHarness, __: Call) -> Any:
    raise NeverLeft("no connection", endpoint="start")


async def _not_found(_: CampaignHarness, __: Call) -> Any:
    raise NotFound("unknown", endpoint="start", status=404, code="NOT_FOUND")


async def _fine(_: CampaignHarness, call: Call) -> Any:
    return await call()


FATES: tuple[Fate, ...] = (
    _fine,
    _late,
    _answer_lost,
    _answer_hung,
    _lost,
    _hung,
    _refused,
    _not_found,
    _never_left,
)
# By the way it ends: the status of the campaign, that of its activity, and Prefect's state.
REACHED = {
    "due": ("ended", "ended", "COMPLETED"),
    "end_now": ("ended", "ended", "COMPLETED"),
    "cancel": ("cancelled", "cancelled", "CANCELLED"),
}
NOBODY = {
    "due": ("failed", "failed", "FAILED"),
    "end_now": ("failed", "failed", "FAILED"),
    "cancel": ("cancelled", "failed", "CANCELLED"),
}
OUTCOMES: dict[Fate, Expected] = {
    **dict.fromkeys((_fine, _late, _answer_lost, _answer_hung), REACHED),
    **dict.fromkeys((_lost, _hung, _refused, _not_found), NOBODY),
    # No call was sent, so nobody was sent anything, and the cancellation is the only outcome to report.
    _never_left: {**NOBODY, "cancel": ("cancelled", "cancelled", "CANCELLED")},
}
WORDS: dict[Fate, str] = {
    _lost: START_UNKNOWN,
    _hung: START_UNKNOWN,
    _refused: "HTTP 400",
    _not_found: START_NOT_FOUND,
    _never_left: "the last answer was: start: no answer: no connection",
}
CASES = [(fate, how) for fate in FATES for how in REACHED]
# A start that is refused fails the campaign at once: nothing is left to end or to cancel.
START_CASES = [(fate, how) for fate, how in CASES if how == "due" or fate not in (_refused, _not_found)]


def _named(case: object) -> str:
    return case if isinstance(case, str) else getattr(case, "__name__", "").strip("_")


def set_fate(harness: CampaignHarness, monkeypatch: pytest.MonkeyPatch, endpoint: str, fate: Fate) -> None:
    """Gives every call to the endpoint this fate."""
    called = getattr(Client, endpoint)

    async def faring(client: Client, **what: Any) -> Any:
        return await fate(harness, lambda: called(client, **what))

    monkeypatch.setattr(Client, endpoint, faring)


def ending(harness: CampaignHarness, how: str) -> Any:
    async def script(edition: Edition) -> None:
        if how == "due":
            return
        await harness.clock.sleep_until(harness.clock.now() + timedelta(seconds=15))
        if how == "cancel":
            raise Stop
        await harness.steer(edition, "end_now")

    return script


def assert_agree(report: dict[str, Any], expected: tuple[str, str, str]) -> str:
    """Asserts that report, exit code and Prefect state agree; returns the message in the Prefect UI."""
    read = Report.model_validate(report)
    status, of_activity, state = expected
    said = state_of(read)
    assert (read.status, [each.status for each in read.activities]) == (status, [of_activity])
    assert said.type.value == state
    assert read.failed == (state != "COMPLETED"), "the exit code"
    return said.message or ""


@pytest.mark.parametrize(("fate", "how"), START_CASES, ids=_named)
async def test_a_start_that_is_not_known_to_have_reached_anybody_is_no_success(
    harness: CampaignHarness, monkeypatch: pytest.MonkeyPatch, fate: Fate, how: str
) -> None:
    harness.write("0s,start,Derby,kick-off,0\n10s,update,Derby,goal,1\n30s,end,Derby,over,2\n")
    set_fate(harness, monkeypatch, "start", fate)
    message = assert_agree(await harness.play(ending(harness, how)), OUTCOMES[fate][how])
    if OUTCOMES[fate][how][1] == "failed":
        assert WORDS[fate] in message


@pytest.mark.parametrize("fate", [_lost, _hung, _refused, _not_found, _never_left], ids=_named)
async def test_an_activity_that_reached_nobody_fails_the_campaign_that_reached_others(
    harness: CampaignHarness, monkeypatch: pytest.MonkeyPatch, fate: Fate
) -> None:
    harness.write("0s,start,Derby,kick-off,0\n10s,update,Derby,goal,1\n30s,end,Derby,over,2\n")
    (harness.folder / "people.csv").write_text("insider_id,team\nu001,red\nu002,blue\n")
    called = Client.start
    unlucky: list[str] = []

    async def one_fares(client: Client, **what: Any) -> Any:
        unlucky[:] = unlucky or [what["activity_id"]]
        if what["activity_id"] in unlucky:
            return await fate(harness, lambda: called(client, **what))
        return await called(client, **what)

    monkeypatch.setattr(Client, "start", one_fares)
    read = Report.model_validate(await harness.play(split_by=["team"]))
    assert (read.status, sorted(each.status for each in read.activities)) == ("ended", ["ended", "failed"])
    assert read.failed
    said = state_of(read)
    assert said.type.value == "FAILED"
    assert (said.message or "").startswith("1 of 2 activities failed")
    assert WORDS[fate] in (said.message or "")


async def test_an_activity_whose_people_could_not_be_registered_is_failed(
    harness: CampaignHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    harness.write("0s,start,Derby,kick-off,0\n10s,update,Derby,goal,1\n30s,end,Derby,over,2\n")
    set_fate(harness, monkeypatch, "register", _never_left)
    starts_at = (harness.clock.now() + timedelta(seconds=10)).isoformat()
    message = assert_agree(await harness.play(starts_at=starts_at), NOBODY["due"])
    assert "never registered: nobody was sent anything; the last answer was: start: no answer" in message


# An activity that a phone opened already shows content; every push to it may fail.
OPENED: dict[Fate, Expected] = {
    **dict.fromkeys(FATES, REACHED),
    _refused: NOBODY,
    # The answer does not say whether it is unknown, ended or expired, so its end is not sent either.
    _not_found: {how: (status, "not_found", state) for how, (status, _, state) in NOBODY.items()},
}


@pytest.mark.parametrize(("fate", "how"), CASES, ids=_named)
async def test_an_activity_that_a_phone_opened_is_ended_after_any_outcome_of_its_updates(
    harness: CampaignHarness, monkeypatch: pytest.MonkeyPatch, fate: Fate, how: str
) -> None:
    harness.write("0s,update,Order,picked up,1\n10s,update,Order,on its way,2\n30s,end,Order,there,3\n")
    with harness.server.sandbox.lock:
        opened = harness.server.sandbox.device_started(
            activity_type="Match", insider_id=None, udid=None, content=Content(state={}, attributes=None)
        )
    (harness.folder / "orders.csv").write_text(f"activity_id\n{opened}\n")
    set_fate(harness, monkeypatch, "update", fate)
    report = await harness.play(
        ending(harness, how), segment=None, activities=str(harness.folder / "orders.csv"), poll_seconds=5
    )
    message = assert_agree(report, OPENED[fate][how])
    assert fate is not _refused or how == "cancel" or "refused all that was sent" in message
