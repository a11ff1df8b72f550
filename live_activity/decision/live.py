"""While an activity is live: wait, update, repeat for phones that were left behind."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

from live_activity.core.content import Content
from live_activity.decision.push import Kind, Outcome, Push
from live_activity.decision.schedule import Place, Schedule
from live_activity.decision.state import ActivityState
from live_activity.decision.steps import MarkUnchanged, Step, Update, Wait, earliest, latest, once
from live_activity.decision.wanted import Wanted, sent_last, wanted
from live_activity.decision.words import same_state

# When a push that left phones behind is repeated, counted from it. Each repeat goes to every phone, so repeats are
# made only while they help: while at least this share is left behind, and until this many reached no more phones.
REPEATED_AFTER = tuple(timedelta(seconds=seconds) for seconds in (5, 20, 60, 300))
REPEATED_FROM_SHARE = 0.01
MOST_VAIN_REPEATS = 2
# From one repeat to the next.
_SPACES = tuple(after - before for before, after in pairwise((timedelta(0), *REPEATED_AFTER)))


def live(rows: Schedule, state: ActivityState, now: datetime, end: datetime | None) -> Step:
    """The next step of an activity that has started, and whose end is not due."""
    if state.frozen:
        return Wait(end)
    something_new = earliest(rows.next_due(now), end)
    step, not_before = _owed(wanted(rows, state, now) or sent_last(state), state)
    return once(not_before, step, now, something_new) if step is not None else Wait(something_new)


def earliest_update(shown: Push | None, content: Content, gap: timedelta) -> datetime | None:
    """The earliest time at which an update with this content may follow the push `shown`; None where it need not wait.

    The gap is between updates of different content: the first one after a start does not wait.
    """
    if shown is None or shown.kind is Kind.START or content == shown.content:
        return None
    return shown.at + gap


def _owed(
    found: Wanted | None, state: ActivityState
) -> tuple[Update | MarkUnchanged | None, datetime | None]:
    """Which part of the wanted content phones still need, and the earliest time at which it may be sent."""
    if found is None or found.content.fingerprint in state.refused:
        return None, None
    shown = state.shown
    if shown is None or shown.outcome is not Outcome.DONE or _differs(found, shown):
        words = found.words or state.must_say(found.content)
        update = Update(found.content, found.place, found.passed, words=words)
        return update, latest(_pause_of(found, state), earliest_update(shown, found.content, state.plan.gap))
    if found.place is not None and _is_new(found.place, state.place):
        return MarkUnchanged(found.content, found.place, found.passed), None
    if _repeat_helps(shown, state):
        repeat = Update(shown.content, None, 0, repeat=True, words=state.must_say(shown.content))
        return repeat, latest(shown.at + _SPACES[state.repeats], state.not_before)
    return None, None


def _differs(found: Wanted, shown: Push) -> bool:
    """Whether the wanted content says anything that phones do not show: another state, or words that are still due."""
    if found.content == shown.content:
        return found.words and found.place is None  # the same words given by hand once more
    return found.words or not same_state(found.content, shown.content)


def _repeat_helps(shown: Push, state: ActivityState) -> bool:
    return (
        shown.kind is not Kind.START  # a start needs no token, so it leaves nobody behind
        and shown.share_behind >= REPEATED_FROM_SHARE
        and state.repeats < len(REPEATED_AFTER)
        and state.vain_repeats < MOST_VAIN_REPEATS
    )


def _pause_of(found: Wanted, state: ActivityState) -> datetime | None:
    # A 412 makes only the same content wait: new content may reach phones that have synced since.
    same = found.content.fingerprint == state.tried
    return state.not_before if state.failures or same else None


def _is_new(place: Place, decided: Place | None) -> bool:
    return decided is None or place > decided
