"""The content that an activity should show at a given time, and the content that it ends with.

It is the content of the newest row whose time has come, with the corrections by hand in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from live_activity.core.content import Content, Json
from live_activity.decision.overrides import Override, apply, value_at
from live_activity.decision.schedule import DueRow, Place, Schedule
from live_activity.decision.state import ActivityState
from live_activity.decision.words import Words


@dataclass(frozen=True, slots=True)
class Wanted:
    """Content, the row that it comes from, how many rows it overtakes, and whether its words have yet to be sent."""

    content: Content
    place: Place | None
    passed: int
    words: bool


def wanted(rows: Schedule, state: ActivityState, now: datetime) -> Wanted | None:
    """The content that the activity should show, None where nothing is due."""
    index = _newest(rows, state, now)
    if index is None:
        return _without_row(state)
    newest = rows.rows[index]
    content = apply(
        newest.row.content, overrides_in_force(rows, state, now), newest.row.content.state
    ).content
    by_hand = _said_by_hand(content, newest, state)
    if by_hand is not None:
        return by_hand
    words = Words.of(content, newest.due)
    passed = max(0, index - rows.until(state.place))
    return Wanted(content, newest.place, passed, bool(words) and not state.has_said(words))


def sent_last(state: ActivityState) -> Wanted | None:
    """What was sent last, which stays wanted where no row is known any more: phones that lack it still need it."""
    return Wanted(state.shown.content, None, 0, False) if state.shown is not None else None


def final(rows: Schedule, state: ActivityState, now: datetime) -> Wanted | None:
    """The content that the activity ends with: never a row that is still to come.

    If it ends for any other reason than its end row, the words that were given for that case replace the row's words.
    """
    stop = state.stop_request
    if stop is None and not rows.rows and state.final is not None:
        words = Words.of(state.final, state.place.due if state.place is not None else None)
        return Wanted(state.final, state.place, 0, bool(words) and not state.has_said(words))
    found = wanted(rows, state, min(now, stop.at) if stop is not None else now)
    if found is None or found.content.fingerprint in state.refused or _overtaken(found, rows, state):
        if state.shown is None:
            return None
        found = Wanted(state.shown.content, state.place, 0, False)
    if stop is None and found.place is not None and _ends_by_row(rows, state, found.place):
        return found
    title = (stop.title if stop is not None else None) or state.plan.cancel_title
    message = (stop.message if stop is not None else None) or state.plan.cancel_message
    content = replace(
        found.content, title=title or found.content.title, message=message or found.content.message
    )
    if content == found.content:
        return found
    words = Words.of(content, found.place.due if found.place is not None else None)
    since = stop.at if stop is not None and found.place is None else None
    return Wanted(content, found.place, found.passed, not state.has_said(words, since=since))


def feed_content(rows: Schedule, state: ActivityState, now: datetime) -> Content | None:
    """The content of the feed's newest due row, without corrections.

    Where no row is due, it is what was sent last, and before the start the first row to come.
    """
    index = _newest(rows, state, now)
    if index is not None:
        return rows.rows[index].row.content
    if state.shown is not None:
        return state.shown.content
    return rows.rows[0].row.content if rows.rows else None


def overrides_in_force(rows: Schedule, state: ActivityState, now: datetime) -> tuple[Override, ...]:
    """The overrides that still hold: no row that came due since one was set has another value of its field."""
    found = []
    index = _newest(rows, state, now) if state.overrides else None
    for override in state.overrides:
        since = rows.rows[rows.due_by(override.at) : rows.due_by(now)]
        states: list[Mapping[str, Json]] = [
            each.row.content.state for each in since if each.place not in state.held
        ]
        if index is not None:
            states.append(rows.rows[index].row.content.state)
        if not any(override.lapsed(value_at(each, override.path)) for each in states):
            found.append(override)
    return tuple(found)


_EMPTY = Content(None, None, {})


def _newest(rows: Schedule, state: ActivityState, now: datetime) -> int | None:
    """The index of the newest row that is due, is not held by a guard and is not after the end row.

    The end row says the final content, also where a later row is read together with it. None also where a guard holds
    a correction of the row that is showing: what was sent last is the last good content, and an older row would take
    phones back.
    """
    until = rows.due_by(now)
    if rows.end is not None and not state.plan.at_once:
        until = min(until, rows.until(rows.end.place))
    for index in range(until - 1, -1, -1):
        row = rows.rows[index]
        if row.place not in state.held:
            return index
        if state.shown is not None and state.place is not None and row.due == state.place.due:
            return None
    return None


def _said_by_hand(content: Content, newest: DueRow, state: ActivityState) -> Wanted | None:
    """The content with the words that were given by hand, while they have yet to be sent and no later row is due."""
    words = state.words_by_hand
    if words is None or newest.due > words.at:
        return None
    content = replace(content, title=words.title or content.title, message=words.message or content.message)
    if content.fingerprint in state.refused or state.has_said(Words.of(content, None), since=words.at):
        return None
    return Wanted(content, None, 0, True)


def _without_row(state: ActivityState) -> Wanted | None:
    """Content that was given by hand while no row is due: on top of what was sent last, or on its own."""
    words = state.words_by_hand
    if words is None and not state.overrides:
        return None
    base = state.shown.content if state.shown is not None else _EMPTY
    applied = apply(base, state.overrides, None).content
    if words is None:
        return Wanted(applied, None, 0, False) if state.started else None
    said = replace(applied, title=words.title or applied.title, message=words.message or applied.message)
    if not state.started and (said.title is None or said.message is None):
        return None  # a start needs both
    if said.fingerprint in state.refused:
        return Wanted(applied, None, 0, False)
    return Wanted(said, None, 0, not state.has_said(Words.of(said, None), since=words.at))


def _overtaken(found: Wanted, rows: Schedule, state: ActivityState) -> bool:
    """Whether a newer row, which the feed still has, was sent after a stop request was made and before it was seen.

    A newer row that the feed has withdrawn does not count: the row before it is wanted again.
    """
    if found.place is None or state.place is None or found.place >= state.place:
        return False
    if _ends_by_row(rows, state, found.place):
        return False  # what the end row says is final
    due = state.place.due
    return rows.due_by(due) > 0 and rows.rows[rows.due_by(due) - 1].due == due


def _ends_by_row(rows: Schedule, state: ActivityState, place: Place) -> bool:
    """Whether the row there is the end row; without one and without `ends_at`, the last row is."""
    if rows.end is not None or state.plan.ends_at is not None:
        return rows.end is not None and rows.end.place == place
    return bool(rows.rows) and rows.rows[-1].place == place
