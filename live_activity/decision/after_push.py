"""The state of an activity after a push, from which the next step is decided."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from live_activity.core.content import Content
from live_activity.core.statuses import StopStatus
from live_activity.decision.not_found import after_not_found
from live_activity.decision.plan import Counts
from live_activity.decision.push import DECIDED, Kind, Outcome, Push
from live_activity.decision.schedule import Place
from live_activity.decision.state import ActivityState
from live_activity.decision.words import Words

# The pause after a failed push that names none, because its call was interrupted before an answer or error came: it
# doubles with each failure, from the first to the longest, without jitter. Otherwise the sender decides the pause.
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=1), timedelta(seconds=60)
# How soon after a 412 the newest content is tried again: phones sync 2 to 5 s after a start, some much later.
SYNC_PAUSES = tuple(timedelta(seconds=seconds) for seconds in (1, 1, 2, 3, 5, 8, 13, 20, 30))
START_NOT_FOUND = "never started: the API no longer knew it when it was to start, so nobody was sent anything"
LOST = "its end is lost: the API no longer knew the activity, and phones may keep what they showed last"
# How many failures a denied call counts as: a few are enough to know that repeating does not help.
DENIED_WEIGHT = 4
# A denied start is repeated so often, so that a key that is refused for a moment does not fail the campaign.
MOST_DENIED = 3
_HOUR = timedelta(hours=1)


def after_push(state: ActivityState, push: Push) -> ActivityState:
    """The state once this push is recorded."""
    if push.words is None:
        push = replace(push, words=_words_went_along(state, push))
    if push.outcome is Outcome.WORDS_REQUIRED:
        return _after_words_required(state, push)
    if push.outcome in DECIDED:
        state = replace(
            state,
            place=_newest(state.place, push.place),
            counts=replace(state.counts, superseded=state.counts.superseded + push.passed),
        )
    if push.kind is Kind.UNCHANGED:
        return replace(state, counts=replace(state.counts, unchanged=state.counts.unchanged + 1))
    for record in (_overtaken, _paused, _said, _counted):
        state = record(state, push)
    state = replace(
        state,
        known=state.known or push.outcome in (Outcome.DONE, Outcome.NOT_SYNCED),
        final=push.content if push.kind in (Kind.SETTLE, Kind.END) else None,
    )
    match push.kind:
        case Kind.START:
            return _after_start(state, push)
        case Kind.END:
            return _after_end(state, push)
        case _:
            return _after_update(state, push)


def _after_words_required(state: ActivityState, push: Push) -> ActivityState:
    settling = push.kind is Kind.SETTLE
    return replace(
        _counted(state, push),
        words_asked=push.content.fingerprint,
        final=push.content if push.kind in (Kind.SETTLE, Kind.END) else None,
        settling_since=(state.settling_since or push.at) if settling else state.settling_since,
    )


def _words_went_along(state: ActivityState, push: Push) -> bool:
    """Whether words went along with a push for which the ledger does not say so, by the rules of `next_step`."""
    if push.kind is Kind.START:
        return True
    if push.kind is Kind.UNCHANGED:
        return False
    if state.must_say(push.content):
        return True
    words = Words.of(push.content, push.place.due if push.place is not None else None)
    if push.kind is Kind.REPEAT or not words:
        return False
    if push.place is not None:
        return not state.has_said(words)
    shown = state.shown.content if state.shown is not None else None
    return shown is None or (shown.title, shown.message) != (words.title, words.message)


def _overtaken(state: ActivityState, push: Push) -> ActivityState:
    """Counts content as failed that is not known to have arrived before newer content took its place."""
    if state.failing is None or state.failing == push.content.fingerprint:
        return state
    return replace(state, failing=None, counts=replace(state.counts, failed=state.counts.failed + 1))


def _paused(state: ActivityState, push: Push) -> ActivityState:
    failed = push.outcome in (Outcome.NOT_SENT, Outcome.UNKNOWN, Outcome.DENIED)
    weight = DENIED_WEIGHT if push.outcome is Outcome.DENIED else 1
    # An end has failures and pauses of its own: it never waits behind updates.
    ending = push.kind is Kind.END
    failures = (state.end_failures if ending else state.failures) + weight if failed else 0
    wait = push.wait
    if wait is None and failed:
        wait = min(FIRST_PAUSE * 2 ** min(failures - 1, 10), LONGEST_PAUSE)
    not_synced = 0
    if push.outcome is Outcome.NOT_SYNCED:
        not_synced = state.not_synced + 1 if push.content.fingerprint == state.tried else 1
    if not_synced and wait is None:
        wait = SYNC_PAUSES[min(not_synced, len(SYNC_PAUSES)) - 1]
    not_before = push.at + wait if wait is not None else None
    state = replace(state, not_synced=not_synced, tried=push.content.fingerprint)
    if ending:
        return replace(state, end_failures=failures, end_not_before=not_before)
    return replace(state, failures=failures, not_before=not_before)


def _said(state: ActivityState, push: Push) -> ActivityState:
    """Records words that may have reached phones, so that they are not sent again; also after an unknown outcome."""
    if state.words_asked == push.content.fingerprint and push.words:
        if push.outcome is Outcome.DONE:
            state = replace(state, words_required=True, words_asked=None)
        elif push.outcome is Outcome.REFUSED:
            state = replace(state, words_asked=None)  # the content was refused, not the missing words
    if not push.words or push.outcome not in (Outcome.DONE, Outcome.UNKNOWN):
        return state
    words = Words.of(push.content, push.place.due if push.place is not None else None)
    if not words:
        return state
    by_hand = push.place is None and push.kind is not Kind.REPEAT
    return replace(
        state,
        spoken={**state.spoken, words: push.at},
        spoken_by_hand_at=push.at if by_hand else state.spoken_by_hand_at,
        last_words=(words.title or state.last_words[0], words.message or state.last_words[1]),
    )


def _counted(state: ActivityState, push: Push) -> ActivityState:
    arrived = push.outcome is Outcome.DONE or (push.outcome is Outcome.LOCKED and state.start_unknown)
    if arrived and push.words:
        state = replace(state, counts=replace(state.counts, alerts=state.counts.alerts + 1))
    if push.outcome not in (Outcome.DONE, Outcome.UNKNOWN):
        return state
    recent = (*(each for each in state.recent if each > push.at - _HOUR), push.at)
    return replace(state, recent=recent, busiest_hour=max(state.busiest_hour, len(recent)))


def _after_start(state: ActivityState, push: Push) -> ActivityState:
    match push.outcome:
        case Outcome.DONE:
            return replace(
                state,
                started_at=push.at,
                start_unknown=False,
                shown=push,
                arrived=push.content.fingerprint,
                clean=False,
            )
        case Outcome.LOCKED:
            # It had arrived before, with the content of that time: what phones show is not known.
            return replace(
                state,
                started_at=state.started_at or push.at,
                start_unknown=False,
                shown=replace(push, outcome=Outcome.UNKNOWN),
                clean=False,
            )
        case Outcome.UNKNOWN:
            return replace(state, start_unknown=True, shown=push)
        case Outcome.REFUSED:
            return replace(state, over="failed")
        case Outcome.DENIED if state.failures >= DENIED_WEIGHT * MOST_DENIED:
            return replace(state, over="failed")
        case Outcome.GONE:
            return replace(state, over="failed", why=START_NOT_FOUND)
        case _:
            return state


def _after_update(before: ActivityState, push: Push) -> ActivityState:
    if push.outcome is Outcome.GONE and before.end_sent:
        return _after_end(before, push)
    if push.outcome is Outcome.GONE and before.opened_by_phone:
        return after_not_found(before, push)
    done = push.outcome is Outcome.DONE
    counts, refused, failing = before.counts, before.refused, before.failing
    if done:
        counts = _count_done(before, push)
        failing = None
    elif push.outcome is Outcome.REFUSED:
        counts = replace(counts, failed=counts.failed + 1)
        refused = refused | {push.content.fingerprint}
    elif push.outcome in (Outcome.NOT_SENT, Outcome.UNKNOWN, Outcome.DENIED) and not _shows(
        before, push.content
    ):
        failing = push.content.fingerprint
    gone = push.outcome is Outcome.GONE
    state = _settled(before, push) if push.kind is Kind.SETTLE else _repeated(before, push)
    return replace(
        state,
        counts=counts,
        refused=refused,
        failing=failing,
        shown=push if push.outcome in (Outcome.DONE, Outcome.UNKNOWN) else before.shown,
        arrived=push.content.fingerprint if done else before.arrived,
        clean=done and not push.unsynced if push.outcome is not Outcome.REFUSED else before.clean,
        unsynced=push.unsynced or 0 if done else before.unsynced,
        measured=before.measured or done,
        over="failed" if gone else before.over,
        why=LOST if gone else before.why,
    )


def _shows(state: ActivityState, content: Content) -> bool:
    return state.shown is not None and state.shown.content == content


def _count_done(state: ActivityState, push: Push) -> Counts:
    counts = state.counts
    if push.kind is Kind.SETTLE:
        return replace(counts, settled=counts.settled + 1)
    if push.kind is Kind.REPEAT or push.content.fingerprint == state.arrived:
        return replace(counts, repeated=counts.repeated + 1)
    return replace(counts, sent=counts.sent + 1)


def _repeated(state: ActivityState, push: Push) -> ActivityState:
    """Counts repeats, and those that reached no more phones; a later row that leaves fewer behind resets the count."""
    behind = push.unsynced or 0
    if push.kind is Kind.REPEAT:
        vain = behind >= state.unsynced
        state = replace(state, repeats=state.repeats + 1)
        if push.outcome is not Outcome.DONE:
            return state
        return replace(state, vain_repeats=state.vain_repeats + 1 if vain else 0, vain_behind=behind)
    if push.outcome is not Outcome.DONE:
        return state
    fewer = state.vain_behind is not None and behind < state.vain_behind
    repeats = state.repeats if _shows(state, push.content) else 0
    return replace(state, repeats=repeats, vain_repeats=0 if fewer else state.vain_repeats)


def _settled(state: ActivityState, push: Push) -> ActivityState:
    state = replace(state, settling_since=state.settling_since or push.at)
    if push.outcome in (Outcome.NOT_SENT, Outcome.DENIED):
        return state
    state = replace(state, settles=state.settles + 1, settled_at=push.at)
    if push.outcome is Outcome.DONE:
        vain = state.measured and (push.unsynced or 0) >= state.unsynced
        state = replace(state, settled_in_vain=vain)
    return state


def _after_end(state: ActivityState, push: Push) -> ActivityState:
    why: StopStatus = state.stop_request.why if state.stop_request is not None else "ended"
    match push.outcome:
        case Outcome.DONE:
            return replace(state, over=why, ended_at=push.at, end_sent=True, unsynced=push.unsynced or 0)
        case Outcome.GONE if state.end_sent:
            return replace(state, over=why, ended_at=push.at)
        case Outcome.GONE if state.opened_by_phone:
            return after_not_found(state, push)
        case Outcome.GONE:
            return replace(state, over="failed", why=LOST)
        case Outcome.REFUSED:
            return replace(state, over="failed")
        case Outcome.UNKNOWN:
            return replace(state, end_sent=True, end_tried=True)
        case Outcome.NOT_SYNCED:
            return replace(state, end_tried=True, clean=False)
        case _:
            return state


def _newest(one: Place | None, other: Place | None) -> Place | None:
    if one is None or other is None:
        return one or other
    return max(one, other)
