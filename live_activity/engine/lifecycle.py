"""What is recorded and reported when an activity passes from one phase of its life to the next."""

from __future__ import annotations

import contextlib
from dataclasses import replace

from live_activity.core.findings import Finding
from live_activity.core.formatting import count_of
from live_activity.decision.expiring import ALL_REFUSED, START_FAILED
from live_activity.decision.next_step import Finished, MarkUnchanged
from live_activity.decision.state import Kind, Outcome, Push
from live_activity.engine.activity import LiveActivity
from live_activity.engine.edition import Edition
from live_activity.ledger import LedgerUnwritable


def people_added(edition: Edition, activity: LiveActivity) -> None:
    """Records that every batch was added, as far as that could be done."""
    if activity.stopping:
        return
    if activity.activity_id is None:
        if not activity.people.open():
            nobody = activity.people.nobody_eligible
            why = "nobody was eligible" if nobody else activity.refusal or "the API refused everybody"
            activity.why = activity.why or f"{why}, so nothing was registered"
            activity.change(over="nobody_eligible" if nobody else "failed")
        return
    if not activity.times.given and not activity.state.undecided:
        edition.start_times_from(activity, edition.clock.now())
    activity.change(
        # People who were added by hand meanwhile need another round of calls.
        enrolled=not activity.people.untried(),
        refreshed=activity.state.refreshed or not activity.people.worth_another_try(),
    )


def tokens_refreshed(edition: Edition, activity: LiveActivity) -> None:
    """Records that the people whose phones had no token were added a second time."""
    edition.ledger.note_activity(activity.number, refreshed=True)
    if activity.starts_at_once and not activity.state.undecided:
        # Adding them again may have taken longer than the first rows last.
        edition.start_times_from(activity, edition.clock.now())
    activity.change(refreshed=True)


def mark_unchanged(edition: Edition, activity: LiveActivity, step: MarkUnchanged) -> None:
    """Records that the newest row says what is shown already; nothing is sent."""
    push = Push(Kind.UNCHANGED, step.content, edition.clock.now(), Outcome.DONE, step.place, step.passed)
    edition.ledger.intend_push(activity.number, push)
    activity.records(push)


def finished(edition: Edition, activity: LiveActivity, step: Finished) -> None:
    """Records and reports how the activity ended; nothing more is sent to it."""
    step = _with_last_answer(activity, step)
    activity.why = activity.why or step.why
    activity.change(over=step.status)
    if step.left_open:
        edition.left_open = True
    else:
        with contextlib.suppress(LedgerUnwritable):
            edition.ledger.note_activity(activity.number, status=step.status, why=activity.why)
    for finding in _findings_of(activity, step, where=edition.campaign.name):
        edition.add_finding(finding)
    edition.emit("ended" if step.status != "failed" else "failed", _how_it_ended(activity), activity)


def _with_last_answer(activity: LiveActivity, step: Finished) -> Finished:
    """Adds the API's last answer to the reason where it explains it.

    An activity that expires because its people could not be registered has failed.
    """
    failed = step
    last = activity.last_error if step.why in (START_FAILED, ALL_REFUSED) else None
    if step.status == "expired" and activity.activity_id is None and activity.refusal:
        last, failed = activity.refusal, replace(step, status="failed")
    return replace(failed, why=f"{step.why}; the last answer was: {last}") if last else failed


def _findings_of(activity: LiveActivity, step: Finished, *, where: str) -> list[Finding]:
    found = []
    if activity.state.started and (left := activity.people.totals().unprocessed):
        message = (
            f"{activity}: {left:,} of {activity.people.count:,} people were not processed when it started, "
            "though they were added again; the API does not say who"
        )
        found.append(Finding.warning("people_not_processed", message, where=where))
    if activity.state.opened_by_phone:
        return found  # one finding is about all such activities, see `opened_findings`
    if step.status in ("expired", "failed", "nobody_eligible") and activity.why:
        make = Finding.error if step.status == "failed" else Finding.warning
        found.append(make(f"activity_{step.status}", f"{activity}: {activity.why}", where=where))
    if (failed := activity.state.counts.failed) and activity.last_error:
        verb = "is" if failed == 1 else "are"
        message = (
            f"{activity}: {count_of(failed, 'update')} {verb} not known to have arrived; "
            f"the last answer was: {activity.last_error}"
        )
        found.append(Finding.warning("updates_failed", message, where=where))
    return found


def _how_it_ended(activity: LiveActivity) -> str:
    state = activity.state
    if state.over == "ended" and state.unsynced:
        return f"ended; {count_of(state.unsynced, 'phone')} could not be reached any more"
    return f"{state.over}" + (f": {activity.why}" if activity.why else "")
