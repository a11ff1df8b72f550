"""The phones as HTML: one tile for each group of phones that show the same. All values are escaped."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC
from html import escape
from typing import Any

from live_activity.core.formatting import count_of
from live_activity.sandbox.activity import Activity
from live_activity.sandbox.cards import CardRenderer
from live_activity.sandbox.names import type_name
from live_activity.sandbox.sandbox import Sandbox
from live_activity.sandbox.views import View, alerts_of, groups, person_view

WALL_ACTIVITIES = 30
"""How many activities the page shows, the newest first."""

_MOST_GROUPS = 24
_REASONS = {
    "push_permission_disabled": "no push permission",
    "unsupported_platform": "not iOS",
    "unsupported_os_version": "iOS below 17.2",
    "push_to_start_token_missing": "no push-to-start token yet",
    "user_not_found": "no profile",
    "consent_denied": "refused consent",
}
_STATES = {
    "REGISTERED": ("registered", "registered"),
    "STARTED": ("live", "live"),
    "DEAD": ("final", "ended"),
    "EXPIRED": ("unsynced", "expired"),
}
_CONDITIONS = {
    "refused_start": ("refused", "refused the start"),
    "opted_out": ("refused", "opted out"),
    "offline": ("unsynced", "no network"),
}


def wall_html(
    sandbox: Sandbox, *, last: int = WALL_ACTIVITIES, places: Mapping[str, int] | None = None
) -> str:
    """The newest activities; `places` has, by activity id, the push after which that activity is shown."""
    activities = list(sandbox.activities())
    shown = activities[max(0, len(activities) - last) :][::-1]
    if not activities:
        return '<p class="empty">No activity yet. Register one, and its phones appear here.</p>'
    sections = [
        _activity(sandbox, each, (places or {}).get(each.activity_id), cards=sandbox.options.cards)
        for each in shown
    ]
    older = len(activities) - len(shown)
    if older:
        sections.append(
            f'<p class="empty" id="older">{count_of(older, "older activity", "older activities")}.</p>'
        )
    return "".join(sections)


def phone_html(sandbox: Sandbox, insider_id: str) -> str:
    """One person's phones in every activity."""
    phones = person_view(sandbox, insider_id, now=sandbox.clock.now())["phones"]
    if not phones:
        return '<p class="empty" id="nobody">This id has no phone in any activity of this sandbox.</p>'
    tiles = "".join(
        '<div class="one">'
        f'<p class="whose"><bdi>{escape(phone["name"] or type_name(phone["activity_type"]))}</bdi> '
        f"{_pill(*_STATES[phone['state']])}"
        f'<small class="id">{escape(phone["udid"])}</small></p>'
        + _tile(
            {**phone, "phones": 1, "synced": int(phone["synced"]), "alerts": _of_one(phone["alerts"])},
            phone["activity_type"],
            state=phone["state"],
            cards=sandbox.options.cards,
            whole=1,
        )
        + "</div>"
        for phone in phones
    )
    return (
        '<section class="activity" id="found"><header data-part="head">'
        f"<h2>{count_of(len(phones), 'phone')} of this person</h2></header>"
        f'<div class="groups" data-part="cards">{tiles}</div></section>'
    )


def _activity(sandbox: Sandbox, activity: Activity, place: int | None, *, cards: CardRenderer) -> str:
    now = sandbox.clock.now()
    pushes = len(activity.sent)
    at = pushes if place is None else min(place, pushes)
    past = activity.cohorts_after(at)
    cohorts = list(past) if past is not None else activity.cohorts(now)
    waiting = activity.people.count - sum(cohort.count for cohort in cohorts)
    found = groups(cohorts, waiting=waiting)
    state = activity.state(now)
    then = state if past is None else "STARTED" if at else "REGISTERED"
    tiles = [
        _tile(group, activity.activity_type, state=then, cards=cards, whole=activity.people.count)
        for group in found[:_MOST_GROUPS]
    ]
    if len(found) > _MOST_GROUPS:
        rest = found[_MOST_GROUPS:]
        phones = sum(group["phones"] for group in rest)
        tiles.append(
            f'<p class="empty">{count_of(len(rest), "more group")} with {count_of(phones, "phone")}.</p>'
        )
    name = activity.name or type_name(activity.activity_type)
    alerts = alerts_of(cohorts)
    facts = [
        count_of(activity.people.count, "phone"),
        f"{sum(cohort.count for cohort in cohorts if cohort.synced):,} synced",
        count_of(pushes, "push", "pushes"),
        f"{alerts['total']:,} phone alerts" if alerts["total"] != 1 else "1 phone alert",
    ]
    identity = escape(activity.activity_id)
    return (
        f'<section class="activity" id="a-{identity}" data-id="{identity}">'
        '<header data-part="head">'
        f"<h2><bdi>{escape(name)}</bdi> {_pill(*_STATES[state])}</h2>"
        f'<p class="facts">{escape(activity.activity_type)} · {" · ".join(facts)}</p>'
        f'{_left_out(activity)}<small class="id">{identity}</small></header>'
        f"{_scrubber(activity, at)}"
        f'<div class="groups" data-part="cards">{"".join(tiles)}</div></section>'
    )


def _left_out(activity: Activity) -> str:
    left_out = activity.people.left_out()
    if not left_out:
        return ""
    reasons = ", ".join(f"{people:,} {_REASONS.get(reason, reason)}" for reason, people in left_out.items())
    people = count_of(sum(left_out.values()), "person", "people")
    return f'<p class="facts left-out">{_pill("refused", "left out")} {people}: {escape(reasons)}</p>'


def _scrubber(activity: Activity, at: int) -> str:
    pushes = len(activity.sent)
    if not pushes:
        return ""
    if at == 0:
        what = "before the first push"
    else:
        sent = activity.sent[at - 1]
        what = f"push {at} of {pushes} · {sent.push.kind} · {sent.at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
        what += f" · {count_of(sent.sessions, 'phone')}"
        if sent.skipped_not_synced:
            what += f", {sent.skipped_not_synced:,} not synced"
        if sent.push.content.alerts:
            words = ": ".join(part for part in (sent.push.content.title, sent.push.content.message) if part)
            what += f" · phone alert: {words[:120]}"
    live = "" if at < pushes else ' <b class="now">now</b>'
    return (
        f'<div class="scrub" data-part="scrub" data-pushes="{pushes}" data-at="{at}">'
        f'<input type="range" min="0" max="{pushes}" value="{at}" aria-label="Push to look at">'
        f'<output dir="auto">{escape(what)}{live}</output></div>'
    )


def _tile(group: View, activity_type: str, *, state: str, cards: CardRenderer, whole: int) -> str:
    marks, pills = [], []
    if group["final"] and group["shows"] is not None:
        marks.append("final")
        pills.append(_pill("final", "ended"))
    if group["stuck"]:
        marks.append("stuck")
        pills.append(_pill("stuck", "stuck"))
    if group["condition"] in _CONDITIONS:
        mark, text = _CONDITIONS[group["condition"]]
        marks.append(mark)
        pills.append(_pill(mark, text))
    unsynced = group["phones"] - group["synced"]
    if state == "DEAD" and group["shows"] is not None and not marks:
        marks.append("unsynced")
        pills.append(_pill("unsynced", "missed the end"))
    if state == "STARTED" and unsynced:
        marks.append("unsynced")
        pills.append(_pill("unsynced", "not synced" if not group["synced"] else f"{unsynced:,} not synced"))
    phones = group["phones"]
    number = (
        "" if whole == 1 and phones == 1 else f"<b>{phones:,}</b> {'phone' if phones == 1 else 'phones'} "
    )
    share = (
        f'<progress value="{phones}" max="{max(whole, 1)}" aria-hidden="true"></progress>'
        if whole > 1
        else ""
    )
    return (
        f'<article class="group {" ".join(marks)}"><p class="count">{number}{"".join(pills)}</p>{share}'
        f'<div class="screen">{_screen(group, activity_type, cards)}</div>'
        + (f'<p class="why">{escape(group["stuck"])}</p>' if group["stuck"] else "")
        + f'<p class="alerts">{_alerts(group["alerts"], each=phones > 1)}</p></article>'
    )


def _screen(group: View, activity_type: str, cards: CardRenderer) -> str:
    shows = group["shows"]
    if shows is None:
        return '<p class="nothing">shows nothing</p>'
    drawn = cards.card_html(
        activity_type, group["attributes"] or {}, shows["content_state"], final=bool(group["final"])
    )
    words = ""
    if shows.get("title") or shows.get("message"):
        title, message = escape(shows.get("title", "")[:120]), escape(shows.get("message", "")[:240])
        words = f'<p class="words" dir="auto"><b>{title}</b> {message}</p>'
    return f'{words}<div class="card">{drawn}</div>'


def _alerts(alerts: Mapping[str, Any], *, each: bool) -> str:
    fewest, most = alerts["fewest"], alerts["most"]
    if fewest == most:
        return count_of(most, "phone alert") + (" each" if most and each else "")
    return f"{fewest:,} to {most:,} phone alerts each"


def _of_one(alerts: int) -> View:
    return {"fewest": alerts, "most": alerts, "total": alerts}


def _pill(mark: str, text: str) -> str:
    return f'<span class="pill {mark}">{escape(text)}</span>'
