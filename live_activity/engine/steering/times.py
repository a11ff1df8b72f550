"""Describes ends, limits and times in the answers to steering commands."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from live_activity.campaign.planning import FARTHEST_EXPIRY
from live_activity.decision.next_step import end_of
from live_activity.engine.activity import LiveActivity


def latest_possible_end(activity: LiveActivity, now: datetime, *, by: timedelta = timedelta(0)) -> datetime:
    """The vendor's limit; before registration the farthest that it can be, if registration moves by `by`."""
    plan = activity.state.plan
    return plan.expires_at or max(now, plan.registers_at + by) + FARTHEST_EXPIRY


def describe_end(targets: list[LiveActivity], zone: ZoneInfo) -> str:
    """When the activities end, as far as they have an end."""
    ends = [end for each in targets if (end := end_of(each.schedule, each.state)) is not None]
    return f"ends {time_in_zone(max(ends), zone)}" if ends else "without an end of its own"


def describe_limit(targets: list[LiveActivity], zone: ZoneInfo) -> str:
    """The vendor's earliest limit of the activities."""
    limits = [each.state.plan.expires_at for each in targets if each.state.plan.expires_at is not None]
    return (
        f"the vendor's limit is {time_in_zone(min(limits), zone)}" if limits else "it is not registered yet"
    )


def time_in_zone(moment: datetime, zone: ZoneInfo) -> str:
    """A time in the campaign's zone, to the second."""
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M:%S} {zone.key}"
