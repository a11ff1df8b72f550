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

from live_activity.content import Content, Json
from live_activity.recorded import SPACED, Kind, Outcome, Push, Recorded, Wish
from live_activity.schedule import Place, Schedule

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
class Note:
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
class Over:
    """Nothing more is sent; `status` is how the activity finished, `why` tells it in a line.

    `left_open`: it could not be closed by this run, and the reconciler has to try again.
    """

    status: str
    why: str | None = None
    left_open: bool = False


Step = Wait | Enrol | Refresh | Note | Start | Update | Settle | End | Over


@dataclass(frozen=True, slots=True)
class _Wanted:
    content: Content
    place: Place | None
    passed: int


def next_step(rows: Schedule, recorded: Recorded, now: datetime) -> Step:
    """What the activity does at `now`, given its rows (in order of their places) and what is recorded of it."""
    if recorded.over is not None:
        return Over(recorded.over, recorded.why)
    if recorded.plan.expires_at is not None and now >= recorded.plan.expires_at:
        return Over("expired", "the vendor's expiry passed before it could be ended")
    end = _end(rows, recorded)
    closing = closes(rows, recorded, now)
    if not closing and end is not None and now >= end:
        return Wait(end_held_until(recorded, end))
    if not recorded.started and not (closing and recorded.start_unknown):
        return _left_alone(recorded) if closing else _before_start(rows, recorded, now, end)
    return _close(rows, recorded, now) if closing else _live(rows, recorded, now, end)


def end_of(rows: Schedule, recorded: Recorded) -> datetime | None:
    """When we end: the end row's time, at the latest `ends_at`; for rows without either, the last one's time."""
    latest = recorded.plan.ends_at
    if recorded.plan.at_once:
        return latest
    if rows.end is not None:
        return _earliest(rows.end.due, latest)
    return latest if latest is not None or not rows.rows else rows.rows[-1].due


def _end(rows: Schedule, recorded: Recorded) -> datetime | None:
    # Who asks for approval also says by when: before it is given, no end comes.
    if recorded.undecided:
        return None
    end = end_of(rows, recorded)
    if end is None and recorded.plan.expires_at is not None:
        # Nobody knows its end, as whoever took it over cannot read its rows: it comes to one all the same.
        return recorded.plan.expires_at - LAST_CALL
    return end


def closes(rows: Schedule, recorded: Recorded, now: datetime) -> bool:
    """Whether it is being brought to its end; one that an end may have reached is, whatever moves its end."""
    if recorded.wish is not None or recorded.end_sent:
        return True
    if not rows.rows and recorded.final is not None:
        return True  # its end had come by rows that cannot be read any more
    end = _end(rows, recorded)
    if end is None or now < end:
        return False
    held = end_held_until(recorded, end)
    return held is None or now >= held


def end_held_until(recorded: Recorded, end: datetime) -> datetime | None:
    """How long the last content stays though the end has come, because the timeline is stale; None if it does not.

    Shortly before the vendor's expiry it ends all the same: past that, phones see no end at all.
    """
    if not recorded.stale or recorded.wish is not None:
        return None
    if not recorded.started and not recorded.start_unknown:
        return None
    return (recorded.plan.expires_at or end + UNKNOWN_EXPIRY) - LAST_CALL


def _left_alone(recorded: Recorded) -> Over:
    status = recorded.wish.why if recorded.wish is not None else "expired"
    if recorded.plan.expires_at is None:
        return Over(status, "never registered: nobody was sent anything")
    return Over(status, "never started: nobody was sent anything, and the registration is left to expire")


def _before_start(rows: Schedule, recorded: Recorded, now: datetime, end: datetime | None) -> Step:
    plan = recorded.plan
    if not recorded.enrolled:
        return _once(plan.registers_at, Enrol(), now, end)
    if not recorded.refreshed:
        return _once(plan.starts_at - plan.refresh_before, Refresh(), now, end)
    if recorded.undecided:
        return Wait(None)
    if now < plan.starts_at:
        return Wait(_earliest(plan.starts_at, end))
    if recorded.frozen or recorded.blocked:
        return Wait(end)
    wanted = _wanted(rows, recorded, now)
    if wanted is None:
        return Wait(_earliest(rows.next_due(now), end))
    return _once(recorded.not_before, _start(rows, recorded, wanted), now, end)


def _start(rows: Schedule, recorded: Recorded, wanted: _Wanted) -> Start:
    opening, content = rows.opening, wanted.content
    return Start(
        content=content,
        attributes=opening.attributes if opening is not None else {},
        # The API refuses a start without them, so a late start of a row that has none borrows the start row's.
        title=content.title or (opening.content.title if opening is not None else None),
        message=content.message or (opening.content.message if opening is not None else None),
        place=wanted.place,
        passed=wanted.passed,
        again=recorded.start_unknown,
    )


def _live(rows: Schedule, recorded: Recorded, now: datetime, end: datetime | None) -> Step:
    if recorded.frozen:
        return Wait(end)
    something_new = _earliest(rows.next_due(now), end)
    step, not_before = _owed(_wanted(rows, recorded, now) or _sent_last(recorded), recorded)
    return _once(not_before, step, now, something_new) if step is not None else Wait(something_new)


def _sent_last(recorded: Recorded) -> _Wanted | None:
    """What stays wanted where no row is known any more: phones that lack it are still owed it."""
    return _Wanted(recorded.shown.content, None, 0) if recorded.shown is not None else None


def _owed(wanted: _Wanted | None, recorded: Recorded) -> tuple[Update | Note | None, datetime | None]:
    """What the phones are still owed of the wanted content, and before when it must not leave."""
    if wanted is None or wanted.content.fingerprint in recorded.refused:
        return None, None
    shown = recorded.shown
    if shown is None or shown.outcome is not Outcome.DONE or wanted.content != shown.content:
        update = Update(wanted.content, wanted.place, wanted.passed)
        return update, _latest(_pause_of(wanted, recorded), _gap_after(shown, wanted, recorded))
    if wanted.place is not None and _is_new(wanted.place, recorded.place):
        return Note(wanted.content, wanted.place, wanted.passed), None
    if recorded.unsynced and not recorded.clean and recorded.repeats < len(SPACED):
        repeat = Update(shown.content, None, 0, repeat=True)
        return repeat, _latest(shown.at + SPACED[recorded.repeats], recorded.not_before)
    return None, None


def _pause_of(wanted: _Wanted, recorded: Recorded) -> datetime | None:
    # A 412 makes only the same content wait: what is new may find phones that have synced since.
    same = wanted.content.fingerprint == recorded.tried
    return recorded.not_before if recorded.failures or same else None


def _gap_after(shown: Push | None, wanted: _Wanted, recorded: Recorded) -> datetime | None:
    # The gap is between updates of different content: the first one after the start does not wait.
    if shown is None or shown.kind is Kind.START or wanted.content == shown.content:
        return None
    return shown.at + recorded.plan.gap


def _close(rows: Schedule, recorded: Recorded, now: datetime) -> Step:
    final = _final(rows, recorded, now)
    if final is None:
        return Over("failed", "nothing was ever due, so there is no content to end with")
    if recorded.end_failures >= GIVE_UP_AFTER:
        return Over("failed", "could not be closed: too many calls failed in a row", left_open=True)
    # An end that may have arrived is followed by nothing but itself.
    settles = not recorded.end_sent and (recorded.wish is None or recorded.wish.settles)
    if settles and not recorded.clean and final.content.fingerprint not in recorded.refused:
        if (step := _settle(final, recorded, now)) is not None:
            return step
        if recorded.end_tried and recorded.not_synced:
            return _unreached()
    if recorded.end_tried and recorded.not_synced > len(SETTLING):
        return _unreached()
    pause = recorded.end_not_before if recorded.end_failures or not settles else None
    if pause is not None and now < pause:
        return Wait(pause)
    return End(final.content, final.place, final.passed)


def _settle(final: _Wanted, recorded: Recorded, now: datetime) -> Settle | Wait | None:
    """The next of the times at which the final content is sent again; None when the last of them is over."""
    since = recorded.settling_since or now
    hurried = recorded.wish is not None and recorded.wish.hurry and not recorded.end_tried
    until = since + (HURRIED if hurried else SETTLED_BY)
    left = [since + each for each in SETTLING[recorded.settles :] if since + each < until]
    if not left:
        return None
    # What a 412 asked for does not hold the settling up: it has times of its own.
    at = _latest(left[0], recorded.not_before if recorded.failures else None) or left[0]
    if at > until or now > until:
        return None
    return Wait(at) if now < at else Settle(final.content, final.place, final.passed)


def _unreached() -> Over:
    return Over("expired", "no phone had synced when the grace was over: it is left to expire")


def _final(rows: Schedule, recorded: Recorded, now: datetime) -> _Wanted | None:
    """The content that the activity ends with (Time and content 7): never a row that is still to come."""
    wish = recorded.wish
    if wish is not None and wish.content is not None:
        return _Wanted(wish.content, None, 0)
    if wish is None and not rows.rows and recorded.final is not None:
        return _Wanted(recorded.final, recorded.place, 0)
    wanted = _wanted(rows, recorded, min(now, wish.at) if wish is not None else now)
    if wanted is None or wanted.content.fingerprint in recorded.refused or _overtaken(wanted, recorded):
        if recorded.shown is None:
            return None
        wanted = _Wanted(recorded.shown.content, recorded.place, 0)
    if wish is None and wanted.place is not None and _ends_by_row(rows, recorded, wanted.place):
        return wanted
    title, message = _said(wish, recorded)
    return replace(
        wanted,
        content=replace(
            wanted.content, title=title or wanted.content.title, message=message or wanted.content.message
        ),
    )


def _overtaken(wanted: _Wanted, recorded: Recorded) -> bool:
    """Whether something newer left between the wish to stop and its being heard: nothing older follows it."""
    return wanted.place is not None and recorded.place is not None and wanted.place < recorded.place


def _said(wish: Wish | None, recorded: Recorded) -> tuple[str | None, str | None]:
    title = (wish.title if wish is not None else None) or recorded.plan.cancel_title
    message = (wish.message if wish is not None else None) or recorded.plan.cancel_message
    return title, message


def _wanted(rows: Schedule, recorded: Recorded, now: datetime) -> _Wanted | None:
    """The content the activity should show: its newest row whose time has come, or what was sent by hand since."""
    due = rows.due_by(now)
    newest = rows.rows[due - 1] if due else None
    by_hand = recorded.sent_now
    if by_hand is not None and (newest is None or newest.due <= by_hand.at):
        return _Wanted(by_hand.content, None, 0)
    if newest is None:
        return None
    passed = max(0, due - 1 - rows.until(recorded.place))
    return _Wanted(newest.row.content, newest.place, passed)


def _is_new(place: Place, decided: Place | None) -> bool:
    return decided is None or place > decided


def _ends_by_row(rows: Schedule, recorded: Recorded, place: Place) -> bool:
    """Whether the row there is the end row; without one and without `ends_at`, the last row is."""
    if rows.end is not None or recorded.plan.ends_at is not None:
        return rows.end is not None and rows.end.place == place
    return bool(rows.rows) and rows.rows[-1].place == place


def _once(due: datetime | None, step: Step, now: datetime, otherwise: datetime | None) -> Step:
    """The step when it is due, and until then a wait that ends at the latest when something else comes."""
    return step if due is None or now >= due else Wait(_earliest(due, otherwise))


def _earliest(*moments: datetime | None) -> datetime | None:
    return min((moment for moment in moments if moment is not None), default=None)


def _latest(*moments: datetime | None) -> datetime | None:
    return max((moment for moment in moments if moment is not None), default=None)
