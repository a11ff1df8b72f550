"""Reads a campaign's feed when somebody asks for it: the row that is due now, and the next one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from live_activity.campaign.campaign_timeline import timeline_of
from live_activity.core.content import Content
from live_activity.decision.overrides import apply
from live_activity.decision.schedule import DueRow, schedule
from live_activity.desk.activity_view import ActivityView
from live_activity.desk.campaign_view import CampaignView
from live_activity.timeline import FirstSeen, Timeline


@dataclass(frozen=True, slots=True)
class FeedRow:
    """A row of the feed, with the values that are set by hand."""

    number: int
    due: datetime
    content: Content
    attributes: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class FeedLook:
    """The newest row that is due, and the next one; `problem` says why there is neither."""

    current: FeedRow | None = None
    coming: FeedRow | None = None
    problem: str | None = None


def look_into_feed(view: CampaignView, activity: ActivityView, now: datetime) -> FeedLook:
    """Reads the timeline once, as the run does. Nothing is recorded."""
    start = activity.row.planned_start or view.edition.planned_start
    if start is None:
        return FeedLook(problem="The feed is not read here before the start")
    try:
        rows = schedule(read_feed(view, now).for_key(activity.row.key), start=start)
    except Exception as error:  # its credentials or files may be on another machine
        return FeedLook(problem=f"The feed cannot be read here ({type(error).__name__})")
    held = {each.row for each in activity.held}
    due = [each for each in rows.rows if each.due <= now and each.row.number not in held]
    coming = [each for each in rows.rows if each.due > now]
    attributes = activity.row.attributes or (rows.opening.attributes if rows.opening is not None else {})
    return FeedLook(
        current=_by_hand(due[-1], activity, attributes) if due else None,
        coming=_by_hand(coming[0], activity, attributes) if coming else None,
        problem=None if due or coming else "The feed has no row for it",
    )


def read_feed(view: CampaignView, now: datetime) -> Timeline:
    """Reads the campaign's timeline; raises what its source raises."""
    configuration = view.configuration
    if configuration is None:
        raise ValueError("the campaign was recorded by an older version")
    # The table that a command has put in the place of the first one.
    tables = [
        each.effect["table"] for each in view.ledger.commands if each.effect and each.effect.get("table")
    ]
    if tables:
        configuration = configuration.model_copy(update={"timeline": tables[-1]})
    first_seen = FirstSeen.from_json(view.edition.first_seen_times or {})
    return timeline_of(configuration, now=now, first_seen_times=first_seen, contract=view.contract)


def _by_hand(due: DueRow, activity: ActivityView, attributes: Mapping[str, Any]) -> FeedRow:
    content = apply(due.row.content, activity.overrides, due.row.content.state).content
    return FeedRow(due.row.number, due.due, content, attributes)
