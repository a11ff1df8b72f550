"""The heart: what one activity does next. Pure, so that every rule of DESIGN's "Time and content" is in one place.

    before the start      wait -> enrol -> refresh -> start
    while it lives        wait, update, repeat what left phones behind
    once it must close    settle while phones are left behind -> end
    over                  nothing any more

Of every step that sends content, `place` is the row that it comes from (None: sent by hand, or again) and `passed`
how many rows that came before are overtaken unsent.

Running, resuming, cancelling, device-started campaigns and the reconciler all loop over `next_step`; they differ
only in what is recorded.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from live_activity.core.content import Content, Json
from live_activity.decision.schedule import Place, Schedule
from live_activity.decision.state import SPACED, ActivityState, Kind, Outcome, Push, StopRequest

# When the final content is sent again to phones that were left behind (Time and content 5).
SETTLING = tuple(timedelta(seconds=seconds) for seconds in (0, 5, 15, 35, 75))
# Past this, what is left of the settling is dropped (a resumed activity does not begin it afresh).
SETTLED_BY = timedelta(seconds=90)
# A stop that must fit into Prefect's 30 s settles for no longer than this.
HURRIED = timedelta(seconds=10)
# So long before the vendor's expiry an end that waits for a stale timeline waits no more: the time to settle and end.
LAST_CALL = timedelta(minutes=3)
# Of an activity that phones opened nobody knows the expiry.
UNKNOWN_EXPIRY = timedelta(hours=1)
# After so many failures in a row a close is left to the reconciler: about eight minutes of backoff.
GIVE_UP_AFTER = 12


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing to do before `until` (None: before something new is known)."""

    until: datetime | None


@dataclass(frozen=True, slots=True)
class Enrol:
    """Register, and add everybody."""


@dataclass(frozen=True, slots=True)
class Refresh:
    """Add once more the batches that had phones without a token."""


@dataclass(frozen=True, slots=True)
class MarkUnchanged:
    """The newest row says what is shown already: book it, send nothing."""

    content: Content
    place: Place
    passed: int


@dataclass(frozen=True, slots=True)
class Start:
    """Start with this content. `again` asks whether an earlier start of unknown outcome had arrived."""

    content: Content
    attributes: Mapping[str, Json]
    title: str | None
    message: str | None
    place: Place | None
    passed: int
    again: bool


@dataclass(frozen=True, slots=True)
class Update:
    """Send this content; `repeat` when it was sent before and left phones behind."""

    content: Content
    place: Place | None
    passed: int
    repeat: bool = False


@dataclass(frozen=True, slots=True)
class Settle:
    """Send the final content again to the phones that were left behind, before the end."""

    content: Content
    place: Place | None
    passed: int


@dataclass(frozen=True, slots=True)
class End:
    """End with this content."""

    content: Content
    place: Place | None
    passed: int


@dataclass(frozen=True, slots=True)
class Finished:
    """Nothing more is sent; `status` is how the activity finished, `why` tells it in a line.

    `left_open`: it could not be closed by this run, and the reconciler has to try again.
    """

    status: str
    why: str | None = None
    left_open: bool = False


Step = Wait | Enrol | Refresh | MarkUnchanged | Start | Update | Settle | End | Finished


@dataclass(frozen=True, slots=True)
class _Wanted:
    content: Content
    place: Place | None
    passed: int


def next_step(rows: Schedule, state: ActivityState, now: datetime) -> Step:
    """What the activity does at `now`, given its rows (in order of their places) and what is recorded of it."""
    if state.over is not None:
        return Finished(state.over, state.why)
    if state.plan.expires_at is not None and now >= state.plan.expires_at:
        return Finished("expired", "the vendor's expiry passed before it could be ended")
    end = _end(rows, state)
    closing = closes(rows, state, now)
    if not closing and end is not None and now >= end:
        return Wait(end_held_until(state, end))
    if not state.started and not (closing and state.start_unknown):
        return _left_alone(state) if closing else _before_start(rows, state, now, end)
    return _close(rows, state, now) if closing else _live(rows, state, now, end)


def end_of(rows: Schedule, state: ActivityState) -> datetime | None:
    """When we end: the end row's time, at the latest `ends_at`; for rows without either, the last one's time."""
    latest = state.plan.ends_at
    if state.plan.at_once:
        return latest
    if rows.end is not None:
        return _earliest(rows.end.due, latest)
    return latest if latest is not None or not rows.rows else rows.rows[-1].due


def _end(rows: Schedule, state: ActivityState) -> datetime | None:
    # Who asks for approval also says by when: before it is given, no end comes.
    if state.undecided:
        return None
    end = end_of(rows, state)
    if end is None and state.plan.expires_at is not None:
        # Nobody knows its end, as whoever took it over cannot read its rows: it comes to one all the same.
        return state.plan.expires_at - LAST_CALL
    return end


def closes(rows: Schedule, state: ActivityState, now: datetime) -> bool:
    """Whether it is being brought to its end; one that an end may have reached is, whatever moves its end."""
    if state.stop_request is not None or state.end_sent:
        return True
    if not rows.rows and state.final is not None:
        return True  # its end had come by rows that cannot be read any more
    end = _end(rows, state)
    if end is None or now < end:
        return False
    held = end_held_until(state, end)
    return held is None or now >= held


def end_held_until(state: ActivityState, end: datetime) -> datetime | None:
    """How long the last content stays though the end has come, because the timeline is stale; None if it does not.

    Shortly before the vendor's expiry it ends all the same: past that, phones see no end at all.
    """
    if not state.stale or state.stop_request is not None:
        return None
    if not state.started and not state.start_unknown:
        return None
    return (state.plan.expires_at or end + UNKNOWN_EXPIRY) - LAST_CALL


def _left_alone(state: ActivityState) -> Finished:
    status = state.stop_request.why if state.stop_request is not None else "expired"
    if state.plan.expires_at is None:
        return Finished(status, "never registered: nobody was sent anything")
    return Finished(status, "never started: nobody was sent anything, and the registration is left to expire")


def _before_start(rows: Schedule, state: ActivityState, now: datetime, end: datetime | None) -> Step:
    plan = state.plan
    if not state.enrolled:
        return _once(plan.registers_at, Enrol(), now, end)
    if not state.refreshed:
        return _once(plan.starts_at - plan.refresh_before, Refresh(), now, end)
    if state.undecided:
        return Wait(None)
    if now < plan.starts_at:
        return Wait(_earliest(plan.starts_at, end))
    if state.frozen or state.blocked:
        return Wait(end)
    wanted = _wanted(rows, state, now)
    if wanted is None:
        return Wait(_earliest(rows.next_due(now), end))
    return _once(state.not_before, _start(rows, state, wanted), now, end)


def _start(rows: Schedule, state: ActivityState, wanted: _Wanted) -> Start:
    opening, content = rows.opening, wanted.content
    return Start(
        content=content,
        attributes=opening.attributes if opening is not None else {},
        # The API refuses a start without them, so a late start of a row that has none borrows the start row's.
        title=content.title or (opening.content.title if opening is not None else None),
        message=content.message or (opening.content.message if opening is not None else None),
        place=wanted.place,
        passed=wanted.passed,
        again=state.start_unknown,
    )


def _live(rows: Schedule, state: ActivityState, now: datetime, end: datetime | None) -> Step:
    if state.frozen:
        return Wait(end)
    something_new = _earliest(rows.next_due(now), end)
    step, not_before = _owed(_wanted(rows, state, now) or _sent_last(state), state)
    return _once(not_before, step, now, something_new) if step is not None else Wait(something_new)


def _sent_last(state: ActivityState) -> _Wanted | None:
    """What stays wanted where no row is known any more: phones that lack it are still owed it."""
    return _Wanted(state.shown.content, None, 0) if state.shown is not None else None


def _owed(
    wanted: _Wanted | None, state: ActivityState
) -> tuple[Update | MarkUnchanged | None, datetime | None]:
    """What the phones are still owed of the wanted content, and before when it must not leave."""
    if wanted is None or wanted.content.fingerprint in state.refused:
        return None, None
    shown = state.shown
    if shown is None or shown.outcome is not Outcome.DONE or wanted.content != shown.content:
        update = Update(wanted.content, wanted.place, wanted.passed)
        return update, _latest(_pause_of(wanted, state), _gap_after(shown, wanted, state))
    if wanted.place is not None and _is_new(wanted.place, state.place):
        return MarkUnchanged(wanted.content, wanted.place, wanted.passed), None
    if state.unsynced and not state.clean and state.repeats < len(SPACED):
        repeat = Update(shown.content, None, 0, repeat=True)
        return repeat, _latest(shown.at + SPACED[state.repeats], state.not_before)
    return None, None


def _pause_of(wanted: _Wanted, state: ActivityState) -> datetime | None:
    # A 412 makes only the same content wait: what is new may find phones that have synced since.
    same = wanted.content.fingerprint == state.tried
    return state.not_before if state.failures or same else None


def _gap_after(shown: Push | None, wanted: _Wanted, state: ActivityState) -> datetime | None:
    # The gap is between updates of different content: the first one after the start does not wait.
    if shown is None or shown.kind is Kind.START or wanted.content == shown.content:
        return None
    return shown.at + state.plan.gap


def _close(rows: Schedule, state: ActivityState, now: datetime) -> Step:
    final = _final(rows, state, now)
    if final is None:
        return Finished("failed", "nothing was ever due, so there is no content to end with")
    if state.end_failures >= GIVE_UP_AFTER:
        return Finished("failed", "could not be closed: too many calls failed in a row", left_open=True)
    # An end that may have arrived is followed by nothing but itself.
    settles = not state.end_sent and (state.stop_request is None or state.stop_request.settles)
    if settles and not state.clean and final.content.fingerprint not in state.refused:
        if (step := _settle(final, state, now)) is not None:
            return step
        if state.end_tried and state.not_synced:
            return _unreached()
    if state.end_tried and state.not_synced > len(SETTLING):
        return _unreached()
    pause = state.end_not_before if state.end_failures or not settles else None
    if pause is not None and now < pause:
        return Wait(pause)
    return End(final.content, final.place, final.passed)


def _settle(final: _Wanted, state: ActivityState, now: datetime) -> Settle | Wait | None:
    """The next of the times at which the final content is sent again; None when the last of them is over."""
    since = state.settling_since or now
    hurried = state.stop_request is not None and state.stop_request.hurry and not state.end_tried
    until = since + (HURRIED if hurried else SETTLED_BY)
    left = [since + each for each in SETTLING[state.settles :] if since + each < until]
    if not left:
        return None
    # What a 412 asked for does not hold the settling up: it has times of its own.
    at = _latest(left[0], state.not_before if state.failures else None) or left[0]
    if at > until or now > until:
        return None
    return Wait(at) if now < at else Settle(final.content, final.place, final.passed)


def _unreached() -> Finished:
    return Finished("expired", "no phone had synced when the grace was over: it is left to expire")


def _final(rows: Schedule, state: ActivityState, now: datetime) -> _Wanted | None:
    """The content that the activity ends with (Time and content 7): never a row that is still to come."""
    stop_request = state.stop_request
    if stop_request is not None and stop_request.content is not None:
        return _Wanted(stop_request.content, None, 0)
    if stop_request is None and not rows.rows and state.final is not None:
        return _Wanted(state.final, state.place, 0)
    wanted = _wanted(rows, state, min(now, stop_request.at) if stop_request is not None else now)
    if wanted is None or wanted.content.fingerprint in state.refused or _overtaken(wanted, state):
        if state.shown is None:
            return None
        wanted = _Wanted(state.shown.content, state.place, 0)
    if stop_request is None and wanted.place is not None and _ends_by_row(rows, state, wanted.place):
        return wanted
    title, message = _said(stop_request, state)
    return replace(
        wanted,
        content=replace(
            wanted.content, title=title or wanted.content.title, message=message or wanted.content.message
        ),
    )


def _overtaken(wanted: _Wanted, state: ActivityState) -> bool:
    """Whether something newer left between the wish to stop and its being heard: nothing older follows it."""
    return wanted.place is not None and state.place is not None and wanted.place < state.place


def _said(stop_request: StopRequest | None, state: ActivityState) -> tuple[str | None, str | None]:
    title = (stop_request.title if stop_request is not None else None) or state.plan.cancel_title
    message = (stop_request.message if stop_request is not None else None) or state.plan.cancel_message
    return title, message


def _wanted(rows: Schedule, state: ActivityState, now: datetime) -> _Wanted | None:
    """The content the activity should show: its newest row whose time has come, or what was sent by hand since."""
    due = rows.due_by(now)
    newest = rows.rows[due - 1] if due else None
    by_hand = state.sent_now
    if by_hand is not None and (newest is None or newest.due <= by_hand.at):
        return _Wanted(by_hand.content, None, 0)
    if newest is None:
        return None
    passed = max(0, due - 1 - rows.until(state.place))
    return _Wanted(newest.row.content, newest.place, passed)


def _is_new(place: Place, decided: Place | None) -> bool:
    return decided is None or place > decided


def _ends_by_row(rows: Schedule, state: ActivityState, place: Place) -> bool:
    """Whether the row there is the end row; without one and without `ends_at`, the last row is."""
    if rows.end is not None or state.plan.ends_at is not None:
        return rows.end is not None and rows.end.place == place
    return bool(rows.rows) and rows.rows[-1].place == place


def _once(due: datetime | None, step: Step, now: datetime, otherwise: datetime | None) -> Step:
    """The step when it is due, and until then a wait that ends at the latest when something else comes."""
    return step if due is None or now >= due else Wait(_earliest(due, otherwise))


def _earliest(*moments: datetime | None) -> datetime | None:
    return min((moment for moment in moments if moment is not None), default=None)


def _latest(*moments: datetime | None) -> datetime | None:
    return max((moment for moment in moments if moment is not None), default=None)
