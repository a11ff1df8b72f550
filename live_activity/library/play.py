"""Campaigns from Python: checked, rehearsed, tested and run from a notebook, a script or another flow."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from collections.abc import Iterator, Sequence
from typing import Any

from live_activity.api.account import Account
from live_activity.campaign.model import Mode
from live_activity.core.events import EventHandler
from live_activity.core.findings import Finding, InvalidInput, invalid
from live_activity.core.report import Report as CampaignReport
from live_activity.core.settings import settings
from live_activity.engine.check import check as check_request
from live_activity.engine.notifications import NotPlayed, notify_if_not_played
from live_activity.engine.play_campaign import Host, play_campaign
from live_activity.engine.run_request import RunRequest
from live_activity.library.given_tables import (
    CampaignLike,
    PeopleLike,
    TableLike,
    base_of,
    name_of,
    read_given,
)
from live_activity.library.report import Report
from live_activity.library.running_loop import run_to_end
from live_activity.tables.stored_frame import stored_kind


def check(
    campaign: CampaignLike,
    *,
    segment: TableLike | None = None,
    activities: TableLike | None = None,
    timeline: TableLike | None = None,
    exclude: PeopleLike | None = None,
) -> Report:
    """Checks a campaign and everything that it names, and returns the report; nothing is sent, and nothing is kept.

    The campaign is the path of a campaign file, a mapping with the same keys, or a `Campaign`. `segment` (or
    `activities`, which phones opened) and `timeline` are paths, DataFrames or lists of dicts, and replace those that
    the campaign names; `exclude` is such a table too, or just the ids. Paths in a campaign file are relative to it, all
    others to the working directory.

    Raises `InvalidInput` with every problem that keeps the campaign from being played.
    """
    with tempfile.TemporaryDirectory() as folder, _plain_names():
        asked, access = read_given(
            campaign,
            "check",
            segment=segment,
            activities=activities,
            timeline=timeline,
            exclude=exclude,
            storage=folder,
        )
        return _with_plain_names(check_request(RunRequest(asked, "check", access=access)))


async def acheck(
    campaign: CampaignLike,
    *,
    segment: TableLike | None = None,
    activities: TableLike | None = None,
    timeline: TableLike | None = None,
    exclude: PeopleLike | None = None,
) -> Report:
    """`check`, without blocking the event loop."""
    return await asyncio.to_thread(
        check, campaign, segment=segment, activities=activities, timeline=timeline, exclude=exclude
    )


def rehearse(
    campaign: CampaignLike,
    *,
    segment: TableLike | None = None,
    activities: TableLike | None = None,
    timeline: TableLike | None = None,
    exclude: PeopleLike | None = None,
    speed: float | None = None,
    event_handlers: Sequence[EventHandler] = (),
) -> Report:
    """Plays a campaign to a sandbox in this process, in virtual time, and returns the report. Phones receive nothing.

    `campaign` and the tables are as for `check`; `speed` plays it so many times faster than real time, instead of at
    once; `event_handlers` are called with each event. Works inside a running event loop, too.

    Raises `InvalidInput` where it cannot be played.
    """
    return run_to_end(
        lambda: arehearse(
            campaign,
            segment=segment,
            activities=activities,
            timeline=timeline,
            exclude=exclude,
            speed=speed,
            event_handlers=event_handlers,
        )
    )


async def arehearse(
    campaign: CampaignLike,
    *,
    segment: TableLike | None = None,
    activities: TableLike | None = None,
    timeline: TableLike | None = None,
    exclude: PeopleLike | None = None,
    speed: float | None = None,
    event_handlers: Sequence[EventHandler] = (),
) -> Report:
    """`rehearse`, to be awaited."""
    if speed is not None and not speed > 0:
        raise invalid("wrong_value", "is not more than 0", where="speed")
    return await _play(
        campaign, "rehearse", segment, activities, timeline, exclude, event_handlers, speed=speed
    )


def test(
    campaign: CampaignLike,
    *,
    agreed: str,
    segment: TableLike | None = None,
    activities: TableLike | None = None,
    timeline: TableLike | None = None,
    exclude: PeopleLike | None = None,
    account: Account | None = None,
    again: bool = False,
    event_handlers: Sequence[EventHandler] = (),
) -> Report:
    """Plays a campaign for real, to the few people of its `test_segment`, or of `segment` or `activities` where given.

    The other arguments are those of `run`.
    """
    return run_to_end(
        lambda: atest(
            campaign,
            agreed=agreed,
            segment=segment,
            activities=activities,
            timeline=timeline,
            exclude=exclude,
            account=account,
            again=again,
            event_handlers=event_handlers,
        )
    )


async def atest(
    campaign: CampaignLike,
    *,
    agreed: str,
    segment: TableLike | None = None,
    activities: TableLike | None = None,
    timeline: TableLike | None = None,
    exclude: PeopleLike | None = None,
    account: Account | None = None,
    again: bool = False,
    event_handlers: Sequence[EventHandler] = (),
) -> Report:
    """`test`, to be awaited."""
    _expect_name(agreed)
    return await _play(
        campaign,
        "test",
        segment,
        activities,
        timeline,
        exclude,
        event_handlers,
        agreed=agreed,
        account=account,
        again=again,
    )


def run(
    campaign: CampaignLike,
    *,
    agreed: str,
    segment: TableLike | None = None,
    activities: TableLike | None = None,
    timeline: TableLike | None = None,
    exclude: PeopleLike | None = None,
    account: Account | None = None,
    again: bool = False,
    event_handlers: Sequence[EventHandler] = (),
) -> Report:
    """Plays a campaign for real, to everybody in its segment, and returns when it is over.

    `agreed` says who approved that. Calls go to `account`, else to the one that LIVE_ACTIVITY_BASE_URL and
    LIVE_ACTIVITY_API_KEY name. A campaign that was left open is continued; `again` begins a new edition of one that is
    over. DataFrames are stored in LIVE_ACTIVITY_STORAGE before anything is sent, so that `live-activity recover`
    finishes the campaign if this process dies. Everything else is as for `rehearse`.

    Raises `InvalidInput` where it cannot be played, and `live_activity.ledger.Owned` where another process plays it.
    """
    return run_to_end(
        lambda: arun(
            campaign,
            agreed=agreed,
            segment=segment,
            activities=activities,
            timeline=timeline,
            exclude=exclude,
            account=account,
            again=again,
            event_handlers=event_handlers,
        )
    )


async def arun(
    campaign: CampaignLike,
    *,
    agreed: str,
    segment: TableLike | None = None,
    activities: TableLike | None = None,
    timeline: TableLike | None = None,
    exclude: PeopleLike | None = None,
    account: Account | None = None,
    again: bool = False,
    event_handlers: Sequence[EventHandler] = (),
) -> Report:
    """`run`, to be awaited. When its task is cancelled, the activities are ended on all phones first."""
    _expect_name(agreed)
    return await _play(
        campaign,
        "run",
        segment,
        activities,
        timeline,
        exclude,
        event_handlers,
        agreed=agreed,
        account=account,
        again=again,
    )


async def _play(
    campaign: CampaignLike,
    mode: Mode,
    segment: TableLike | None,
    activities: TableLike | None,
    timeline: TableLike | None,
    exclude: PeopleLike | None,
    event_handlers: Sequence[EventHandler],
    account: Account | None = None,
    **options: Any,
) -> Report:
    with _plain_names():
        async with notify_if_not_played(NotPlayed(name_of(campaign), mode)):
            if account is not None and (problems := [*account.findings()]):
                raise InvalidInput(problems)
            asked, access = read_given(
                campaign,
                mode,
                segment=segment,
                activities=activities,
                timeline=timeline,
                exclude=exclude,
                storage=settings().storage,
            )
        request = RunRequest(asked, mode, base=base_of(campaign), access=access, account=account, **options)
        return _with_plain_names(await play_campaign(request, Host(event_handlers=tuple(event_handlers))))


def _expect_name(agreed: object) -> None:
    if not isinstance(agreed, str) or not agreed.strip():
        what = 'says who approved that people receive this; write agreed="a name"'
        raise invalid("not_agreed", what, where="agreed")


@contextlib.contextmanager
def _plain_names() -> Iterator[None]:
    """Makes errors name a DataFrame by the argument it was given as, not by the file in which it is stored."""
    try:
        yield
    except InvalidInput as wrong:
        raise InvalidInput(map(_plain_name, wrong.findings)) from None


def _with_plain_names(report: CampaignReport) -> Report:
    return Report.model_validate(
        {**dict(report), "findings": [_plain_name(each) for each in report.findings]}
    )


def _plain_name(finding: Finding) -> Finding:
    what = stored_kind(finding.where or "")
    return finding if what is None else finding.model_copy(update={"where": f"{what} DataFrame"})
