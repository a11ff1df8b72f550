"""What the sandbox tells about itself, as JSON. People's ids are told only phone by phone, when asked for."""

from __future__ import annotations

import json
from datetime import datetime
from itertools import islice
from typing import Any, get_args

from live_activity.sandbox.activity import Activity, Sent
from live_activity.sandbox.answers import time_text
from live_activity.sandbox.content import Kind
from live_activity.sandbox.sandbox import Sandbox
from live_activity.sandbox.screens import Screen, count

View = dict[str, Any]


def activity_view(activity: Activity, *, now: datetime) -> View:
    """One activity in numbers; `stuck` phones could not take what was sent to them last."""
    cohorts = list(activity.cohorts())
    phones = count(cohorts)
    kinds: tuple[Kind, ...] = get_args(Kind)
    sessions = {kind: activity.sessions(kind) for kind in kinds}
    return {
        "activity_id": activity.activity_id,
        "activity_type": activity.activity_type,
        "state": activity.state(now),
        "device_started": activity.device_started,
        "registered_at": time_text(activity.registered_at),
        "started_at": time_text(activity.started_at),
        "ended_at": time_text(activity.ended_at),
        "ends_at": time_text(activity.ends_at),
        "counts": {
            "registered": activity.people.count,
            "reached": phones.reached,
            "synced": sum(cohort.count for cohort in cohorts if cohort.synced(now)),
            "showing_final": phones.showing_final,
            "stuck": phones.stuck,
        },
        "pushes": {kind: {"calls": calls, "phones": sent} for kind, (calls, sent) in sessions.items()},
    }


def screens_view(activity: Activity) -> list[View]:
    """What the phones show, with the number of phones that show it, most first."""
    groups: dict[str, View] = {}
    waiting = activity.people.count - sum(cohort.count for cohort in activity.cohorts())
    shown = [(cohort.screen, cohort.count) for cohort in activity.cohorts()]
    for screen, phones in [*shown, (Screen(), waiting)]:
        if not phones:
            continue
        card = _card(screen)
        group = groups.setdefault(json.dumps(card, sort_keys=True), {**card, "phones": 0})
        group["phones"] += phones
    return sorted(groups.values(), key=lambda group: -group["phones"])


def phones_view(activity: Activity, *, now: datetime, offset: int, limit: int) -> list[View]:
    """One entry a phone, in the order of registration."""
    found = []
    for insider_id, udid, cohort in islice(activity.phones(), offset, offset + limit):
        card = _card(cohort.screen if cohort is not None else Screen())
        synced = cohort is not None and cohort.synced(now)
        found.append({"insider_id": insider_id, "udid": udid, "synced": synced, **card})
    return found


def pushes_view(activity: Activity) -> list[View]:
    """The pushes that were sent, in order, with their content."""
    return [_sent(sent) for sent in activity.sent]


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


def _card(screen: Screen) -> View:
    """`stuck` says why a phone could not take what was sent to it last."""
    return {
        "shows": screen.shows.shown() if screen.shows is not None else None,
        "attributes": screen.attributes,
        "final": screen.final,
        "stuck": screen.stuck,
    }


def _sent(sent: Sent) -> View:
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
