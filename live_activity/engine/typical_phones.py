"""What typical phones of a rehearsal showed over time: one that synced early, one late, one never."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from live_activity.core.content import Content
from live_activity.sandbox.activity import Activity, Sent
from live_activity.sandbox.sandbox import Sandbox
from live_activity.sandbox.screens import Cohort, Screen


@dataclass(frozen=True, slots=True)
class PhoneMoment:
    """What a phone showed after a push: `content` (None: nothing), and why the push did not change it (`missed`)."""

    at: datetime
    kind: str
    content: Content | None
    attributes: Mapping[str, Any]
    missed: str | None = None


@dataclass(frozen=True, slots=True)
class TypicalPhone:
    """A phone that stands for `phones` that behave alike; `name` says how."""

    name: str
    phones: int
    moments: tuple[PhoneMoment, ...]


def typical_phones(sandbox: Sandbox, activity_id: str | None) -> tuple[TypicalPhone, ...]:
    """Up to three phones of an activity, by when they synced; none where nothing was started."""
    with sandbox.lock:
        activity = sandbox.activity(activity_id) if activity_id is not None else None
        if activity is None or activity.started_at is None:
            return ()
        cohorts = [cohort for cohort in activity.cohorts() if cohort.count]
        synced = sorted((one for one in cohorts if one.synced_at is not None), key=_synced_at)
        never = [one for one in cohorts if one.synced_at is None]
        chosen: list[tuple[str, Cohort, int]] = []
        if synced:
            early = [one for one in synced if _synced_at(one) == _synced_at(synced[0])]
            chosen.append((f"synced early, {_after(activity, synced[0])}", synced[0], _phones(early)))
        if synced and _synced_at(synced[-1]) > _synced_at(synced[0]):
            late = [one for one in synced if _synced_at(one) > _synced_at(synced[0])]
            chosen.append((f"synced late, {_after(activity, synced[-1])}", synced[-1], _phones(late)))
        if never:
            chosen.append(("never synced", never[0], _phones(never)))
        return tuple(
            TypicalPhone(name, phones, _moments(sandbox, activity, cohort)) for name, cohort, phones in chosen
        )


def _moments(sandbox: Sandbox, activity: Activity, cohort: Cohort) -> tuple[PhoneMoment, ...]:
    screen, moments = Screen(), []
    for sent in activity.sent:
        if sent.targeted:
            continue
        missed = _missed(sent, cohort)
        if missed is None:
            dropped = sent.push.dropped(opened_as=activity.activity_type, decode=sandbox.options.decode)
            screen = screen.after(sent.push, dropped=dropped)
            missed = f"dropped by the phone: {dropped}" if dropped is not None else None
        shows = screen.shows
        moments.append(
            PhoneMoment(
                at=sent.at,
                kind=sent.push.kind,
                content=Content(shows.title, shows.message, shows.state) if shows is not None else None,
                attributes=screen.attributes or {},
                missed=missed,
            )
        )
    return tuple(moments)


def _missed(sent: Sent, cohort: Cohort) -> str | None:
    if sent.push.kind == "start":
        return None
    if cohort.synced_at is None:
        return "not reached: it never synced"
    return "not reached: not synced yet" if sent.at < cohort.synced_at else None


def _synced_at(cohort: Cohort) -> datetime:
    assert cohort.synced_at is not None  # those that never synced are left out
    return cohort.synced_at


def _after(activity: Activity, cohort: Cohort) -> str:
    begun = activity.started_at or _synced_at(cohort)
    seconds = (_synced_at(cohort) - begun) / timedelta(seconds=1)
    return f"{seconds:,.0f} s after the start"


def _phones(cohorts: list[Cohort]) -> int:
    return sum(cohort.count for cohort in cohorts)
