"""The sandbox's JSON views. People's ids are shown only in entries for single phones, on request."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from itertools import islice
from typing import Any, get_args

from live_activity.sandbox.activity import Activity, Sent
from live_activity.sandbox.answers import time_text
from live_activity.sandbox.clock import SandboxClock
from live_activity.sandbox.content import Kind
from live_activity.sandbox.request_log import MASKED, LoggedRequest
from live_activity.sandbox.sandbox import Sandbox
from live_activity.sandbox.screens import CONDITIONS, Cohort, Screen, count, count_alerts

View = dict[str, Any]


def activity_view(activity: Activity, *, now: datetime) -> View:
    """One activity in numbers; `stuck` phones could not take what was sent to them last."""
    cohorts = activity.cohorts(now)
    phones = count(cohorts)
    kinds: tuple[Kind, ...] = get_args(Kind)
    sessions = {kind: activity.sessions(kind) for kind in kinds}
    return {
        "activity_id": activity.activity_id,
        "activity_type": activity.activity_type,
        "name": activity.name,
        "state": activity.state(now),
        "device_started": activity.device_started,
        "registered_at": time_text(activity.registered_at),
        "started_at": time_text(activity.started_at),
        "ended_at": time_text(activity.ended_at),
        "ends_at": time_text(activity.ends_at),
        "counts": {
            "registered": activity.people.count,
            "reached": phones.reached,
            "synced": sum(cohort.count for cohort in cohorts if cohort.synced),
            "showing_final": phones.showing_final,
            "stuck": phones.stuck,
        },
        "conditions": {
            condition: sum(cohort.count for cohort in cohorts if cohort.condition == condition)
            for condition in CONDITIONS[1:]
        },
        "alerts": alerts_of(cohorts),
        "left_out": activity.people.left_out(),
        "pushes": {kind: {"calls": calls, "phones": sent} for kind, (calls, sent) in sessions.items()},
    }


def alerts_of(cohorts: Iterable[Cohort]) -> View:
    """The phone alerts of these phones."""
    return asdict(count_alerts(cohorts))


def groups(cohorts: Iterable[Cohort], *, waiting: int = 0) -> list[View]:
    """Groups phones by what they show, the largest group first; `waiting` phones show nothing yet."""
    found: dict[str, tuple[View, list[Cohort]]] = {}
    shown = list(cohorts)
    if waiting > 0:
        shown.append(Cohort(screen=Screen(), count=waiting))
    for cohort in shown:
        card = _card(cohort)
        found.setdefault(json.dumps(card, sort_keys=True), (card, []))[1].append(cohort)
    views = [
        {
            **card,
            "phones": sum(each.count for each in alike),
            "synced": sum(each.count for each in alike if each.synced),
            "alerts": alerts_of(alike),
        }
        for card, alike in found.values()
    ]
    return sorted(views, key=lambda group: -group["phones"])


def screens_view(activity: Activity, *, now: datetime | None = None) -> list[View]:
    """What the phones show, with the number of phones that show it, the largest group first."""
    cohorts = activity.cohorts(now)
    return groups(cohorts, waiting=activity.people.count - sum(cohort.count for cohort in cohorts))


def phones_view(activity: Activity, *, now: datetime, offset: int, limit: int) -> list[View]:
    """One entry for each phone, in the order of registration."""
    return [
        phone_view(insider_id, udid, cohort)
        for insider_id, udid, cohort in islice(activity.phones(now), offset, offset + limit)
    ]


def phone_view(insider_id: str, udid: str, cohort: Cohort) -> View:
    """One phone."""
    return {
        "insider_id": insider_id,
        "udid": udid,
        "synced": cohort.synced,
        "alerts": cohort.alerts,
        **_card(cohort),
    }


def person_view(sandbox: Sandbox, insider_id: str, *, now: datetime) -> View:
    """One person's phones in every activity, the newest activity first."""
    found = [
        {
            "activity_id": activity.activity_id,
            "activity_type": activity.activity_type,
            "name": activity.name,
            "state": activity.state(now),
            **phone_view(insider_id, udid, cohort),
        }
        for activity in reversed(list(sandbox.activities()))
        for udid, cohort in activity.phones_of(insider_id, now)
    ]
    return {"phones": found}


def pushes_view(activity: Activity) -> list[View]:
    """The pushes that were sent, in order, with their content."""
    return [sent_view(sent) for sent in activity.sent]


def calls_view(sandbox: Sandbox) -> View:
    """Requests by endpoint and by outcome, and the pushes of each activity."""
    return {
        "requests": sandbox.call_log.requests(),
        "statuses": sandbox.call_log.outcomes(),
        "activities": [
            {"activity_id": activity.activity_id, "pushes": pushes_view(activity)}
            for activity in sandbox.activities()
        ],
    }


def clock_view(clock: SandboxClock) -> View:
    """The sandbox's time, and how it passes."""
    return {"now": time_text(clock.now()), "running": clock.running, "speed": clock.speed}


def request_view(logged: LoggedRequest) -> View:
    """One request with its answer; keys and people are masked."""
    return {
        "number": logged.number,
        "at": time_text(logged.at),
        "endpoint": logged.endpoint,
        "api_key": MASKED if logged.has_key else None,
        "outcome": logged.outcome,
        "status": logged.status,
        "fault": logged.fault,
        "request": logged.body,
        "answer": logged.answer,
    }


def _card(cohort: Cohort) -> View:
    """What a phone shows; `stuck` says why it could not take what was sent to it last."""
    screen = cohort.screen
    gone = cohort.condition == "opted_out"
    return {
        "shows": screen.shows.shown() if screen.shows is not None and not gone else None,
        "attributes": screen.attributes,
        "final": screen.final,
        "stuck": screen.stuck,
        "condition": cohort.condition,
    }


def sent_view(sent: Sent) -> View:
    """One push."""
    content = sent.push.content
    attributes = {} if content.attributes is None else {"attributes": content.attributes}
    return {
        "at": time_text(sent.at),
        "kind": sent.push.kind,
        "activity_type": sent.push.activity_type,
        "content": {**content.shown(), **attributes},
        "targeted": sent.targeted,
        "sessions_triggered": sent.sessions,
        "skipped_not_synced": sent.skipped_not_synced,
    }
