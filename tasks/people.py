"""Registering an activity and adding its people: one task an API call; a task gets a batch's place, never its ids."""

from __future__ import annotations

from live_activity.engine.activity import LiveActivity
from live_activity.engine.edition import Edition
from tasks.retrying import api_call


@api_call("register {activity} {batch}")
async def register(edition: Edition, activity: LiveActivity, batch: int) -> None:
    """Registers the activity with a batch of its people."""
    with edition.reporting_retries(activity):
        answer = await edition.calls.register(activity, batch, expires_at=edition.expiry(activity))
    if answer.outcome == "done":
        edition.tell("registered", f"registered, {_matched(activity)}", activity)
    elif answer.outcome == "nobody":
        edition.tell("note", "nobody in this batch is eligible; the next one registers", activity)


@api_call("add_users {activity} {batch}")
async def add_users(edition: Edition, activity: LiveActivity, batch: int) -> None:
    """Adds a batch of people to the registered activity."""
    with edition.reporting_retries(activity):
        await edition.calls.add_users(activity, batch)
    edition.tell("added", _matched(activity), activity, **_progress(activity))


@api_call("remove_users {activity} {batch}")
async def remove_users(edition: Edition, activity: LiveActivity, batch: int) -> None:
    """Takes people out again who were removed by hand."""
    await edition.calls.remove_users(activity, batch)
    edition.tell("added", _matched(activity), activity, **_progress(activity))


def _matched(activity: LiveActivity) -> str:
    totals = activity.people.totals()
    people = activity.people.count
    return f"{people - totals.unprocessed:,} of {people:,} people added, {totals.matched:,} phones"


def _progress(activity: LiveActivity) -> dict[str, int]:
    return {"people": activity.people.count, "left": activity.people.totals().unprocessed}
