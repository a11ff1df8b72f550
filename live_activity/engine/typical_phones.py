"""What typical phones of a rehearsal showed over time: one that synced early, one late, one never."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from live_activity.core.content import Content
from live_activity.sandbox.activity import Activity, Sent
from live_activity.sandbox.content import Push
from live_activity.sandbox.sandbox import Sandbox
from live_activity.sandbox.screens import Screen


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
        delays = activity.sync_delays()
        synced = [(delay, phones) for delay, phones in delays if math.isfinite(delay)]
        chosen: list[tuple[str, float, int]] = []
        if synced:
            delay, phones = synced[0]
            chosen.append((f"synced early, {delay:,.0f} s after the start", delay, phones))
        if len(synced) > 1:
            delay = synced[-1][0]
            phones = sum(number for _, number in synced[1:])
            chosen.append((f"synced late, {delay:,.0f} s after the start", delay, phones))
        if len(delays) > len(synced):
            chosen.append(("never synced", math.inf, delays[-1][1]))
        return tuple(
            TypicalPhone(name, phones, _moments(sandbox, activity, delay)) for name, delay, phones in chosen
        )


def _moments(sandbox: Sandbox, activity: Activity, delay: float) -> tuple[PhoneMoment, ...]:
    screen, moments = Screen(), []
    for sent in activity.sent:
        if sent.targeted:
            continue
        missed = _missed(activity, sent, delay)
        if missed is None:
            dropped = activity.dropped(sent.push, sandbox.options.decode)
            screen = _after(screen, sent.push, dropped)
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


def _missed(activity: Activity, sent: Sent, delay: float) -> str | None:
    if sent.push.kind == "start" or activity.started_at is None:
        return None
    if math.isinf(delay):
        return "not reached: it never synced"
    elapsed = (sent.at - activity.started_at).total_seconds()
    return "not reached: not synced yet" if elapsed < delay else None


def _after(screen: Screen, push: Push, dropped: str | None) -> Screen:
    """The card after a push that arrived; one that is dropped leaves it as it is."""
    if dropped is not None:
        return replace(screen, stuck=dropped)
    attributes = push.content.attributes or {} if push.kind == "start" else screen.attributes
    return Screen(shows=push.content, attributes=attributes, final=push.kind == "end")
