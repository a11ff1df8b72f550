"""The view `now`: what phones should show at this moment, how old that is, what comes next, and what was held back."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from live_activity.core.formatting import count_of
from live_activity.decision.guard_memory import GuardMemory
from live_activity.decision.next_step import end_of
from live_activity.decision.wanted import overrides_in_force
from live_activity.engine.activity import LiveActivity
from live_activity.engine.backlog import waiting_activities
from live_activity.engine.build_report import handoff_of
from live_activity.engine.edition import Edition
from live_activity.views.handoff import LABEL, NEWEST, handoff_line
from live_activity.views.markdown import age, card, moment, phones, plain, table
from live_activity.views.sketcher import sketcher_of

# Cards are shown for at most so many activities.
MOST_ACTIVITIES = 20
MOST_HELD = 15
# Cards are drawn for at most so many activities; a picture is some 7 kB, and the page is written every few seconds.
MOST_DRAWN = 6
CANCEL = (
    "Cancel ends the card on every phone. To correct what phones show, run the deployment steer instead: send_now "
    "changes content, freeze sends nothing for a while, end_now ends it with a last content."
)


def now_page(edition: Edition) -> str:
    """The page as the edition is now."""
    now = edition.clock.now()
    running = [each for each in edition.activities if each.state.over is None]
    rehearsed = "Rehearsal: nobody receives anything.\n\n" if edition.mode == "rehearse" else ""
    return "\n\n".join(
        (
            f"# {plain(edition.campaign.name)} at {moment(now, zone=edition.campaign.zone)}",
            f"{rehearsed}**{status(edition)}**",
            *([CANCEL] if running and edition.mode != "rehearse" else []),
            table(("", "now"), _facts(edition, running, now)),
            f"{LABEL}: {handoff_line(handoff_of(edition, newest=NEWEST))}.",
            "## What phones should show",
            "\n\n".join(_shown(edition, now)),
            "## Set by hand",
            "\n".join(_set_by_hand(edition, now)),
            "## Held back",
            "\n".join(_held_back(edition, now)),
        )
    )


def status(edition: Edition) -> str:
    """What the campaign is doing now, on one line."""
    state = [each.state for each in edition.activities]
    if edition.waits_for_activities and all(each.over is not None for each in state):
        return "waits for activities that phones open"
    if not state:
        return "reads the segment"
    if all(each.over is not None for each in state):
        return "over: " + ", ".join(sorted({str(each.over) for each in state}))
    if any(each.undecided and each.stop_request is None for each in state):
        waiting = all(each.enrolled or each.over is not None for each in state)
        return "waits for approval" if waiting else "adds people, then waits for approval"
    running = [each for each in state if each.over is None]
    if any(each.stop_request is not None for each in running):
        return "is being ended"
    started = sum(each.started for each in running)
    if started == len(running):
        also = [", frozen by hand"] if any(each.frozen for each in running) else []
        also += [", and the timeline is stale"] if any(each.stale for each in running) else []
        return "".join(("running", *also))
    if started:
        return f"running: {started:,} of {len(running):,} activities have started"
    return "waits for the start" if all(each.enrolled for each in running) else "adds people"


def _facts(edition: Edition, running: list[LiveActivity], now: datetime) -> list[tuple[str, str]]:
    sent = [each.state.shown for each in edition.activities if each.state.shown is not None]
    newest = max((push.at for push in sent), default=None)
    polled, changed = edition.feed.polled_at, edition.feed.changed_at
    unsynced = sum(each.state.unsynced for each in edition.activities)
    return [
        ("last push", f"{age((now - newest).total_seconds())} ago" if newest is not None else "none yet"),
        ("last poll that worked", f"{age((now - polled).total_seconds())} ago"),
        ("the data changed", f"{age((now - changed).total_seconds())} ago"),
        ("next row", _next(running, now, edition.campaign.zone)),
        ("handed to Apple by the last push", phones(sum(push.triggered for push in sent))),
        ("left behind by it", phones(unsynced)),
        ("running activities", f"{len(running):,} of {len(edition.activities):,}"),
        ("ends", ends(edition)),
    ]


def ends(edition: Edition) -> str:
    """When the last activity ends; counted from the start if the campaign is to start at once and has not started."""
    times, zone = edition.times, edition.campaign.zone
    if not times.given and edition.campaign.ends_at is None and times.ends_at is not None:
        return f"{age((times.ends_at - times.starts_at).total_seconds())} after the start"
    last = [end for each in edition.activities if (end := end_of(each.schedule, each.state)) is not None]
    return moment(max(last, default=times.ends_at), zone=zone)


def _next(running: list[LiveActivity], now: datetime, zone: ZoneInfo) -> str:
    dues = [
        each.schedule.rows[index]
        for each in running
        if (index := each.schedule.due_by(now)) < len(each.schedule.rows)
    ]
    if not dues:
        return "none is known"
    row = min(dues, key=lambda due: due.place)
    at_once = [each for each in running if each.state.plan.at_once and each.schedule.rows]
    if at_once and len(at_once) == len(running):
        first = at_once[0].schedule.rows[0].row
        return f"when it starts, row {first.number}: {plain(first.content.title or first.event)}"
    said = row.row.content.title or row.row.content.message or row.row.event
    return f"{moment(row.due, zone=zone)}, row {row.row.number}: {plain(said)}"


def _shown(edition: Edition, now: datetime) -> list[str]:
    cards = []
    sketcher = sketcher_of(edition.campaign, edition.feed.contract)
    for place, activity in enumerate(edition.activities[:MOST_ACTIVITIES]):
        push = activity.state.shown
        name = f"{activity}: " if activity.key else ""
        if push is None:
            cards.append(card(f"{name}Nothing was sent yet.", None))
            continue
        caption = f"{name}{push.triggered:,} handed to Apple {age((now - push.at).total_seconds())} ago"
        opening = activity.schedule.opening
        attributes = opening.attributes if opening is not None else {}
        picture = sketcher.picture(push.content, attributes, now) if place < MOST_DRAWN else ""
        cards.append(card(caption, push.content, picture=picture))
    if len(edition.activities) > MOST_ACTIVITIES:
        cards.append(f"and {len(edition.activities) - MOST_ACTIVITIES:,} more activities")
    return cards


def _set_by_hand(edition: Edition, now: datetime) -> list[str]:
    """The corrections by hand that are in force, with author and age."""
    lines: dict[str, int] = {}
    for activity in edition.activities:
        if activity.state.over is None:
            for override in overrides_in_force(activity.schedule, activity.state, now):
                line = plain(override.describe(now))
                lines[line] = lines.get(line, 0) + 1
    return [f"- {line}; in {count_of(n, 'activity', 'activities')}" for line, n in lines.items()] or [
        "Nothing."
    ]


def _held_back(edition: Edition, now: datetime) -> list[str]:
    state = [each.state for each in edition.activities if each.state.over is None]
    reasons = {
        "frozen by hand: nothing is sent before it is resumed": sum(each.frozen for each in state),
        "the start row would be dropped by the phones": sum(each.blocked for each in state),
        "the start waits for approval": sum(each.undecided for each in state),
        "the timeline is stale: what is shown stays, and the end waits for it": sum(
            each.stale for each in state
        ),
        "content that the API refused": sum(bool(each.refused) for each in state),
        "calls that failed, and are tried again": sum(each.failures > 0 for each in state),
        "a backlog: content that has been due for more than a minute": len(waiting_activities(edition, now)),
    }
    lines = [
        f"- {why} ({number:,} {'activity' if number == 1 else 'activities'})"
        for why, number in reasons.items()
        if number
    ]
    guarded = [
        f"- {plain(activity)}, row {each.row}: {plain(each.breach.reason)}; correct it, or send it with steer release"
        for activity in edition.activities
        if activity.state.over is None
        for each in edition.feed.guards.get(activity.number, GuardMemory()).held
    ]
    lines += guarded[-MOST_HELD:]
    # From the newest reading of the timeline: a row that was corrected since is no longer held back.
    rows = [
        each for each in edition.feed.timeline.findings if each.severity == "error" and each.row is not None
    ]
    lines += [f"- {plain(finding)}" for finding in rows[-MOST_HELD:]]
    return lines or ["Nothing."]
