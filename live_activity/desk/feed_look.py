"""Reads a campaign's feed when somebody asks for it: the row that is due now, and the next one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from live_activity.campaign.campaign_timeline import timeline_of
from live_activity.core.content import Content
from live_activity.decision.overrides import apply
from live_activity.desk.activity_view import ActivityView
from live_activity.desk.campaign_view import CampaignView
from live_activity.timeline import FirstSeen


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
        rows = _rows(view, activity, start, now)
    except Exception as error:  # its credentials or files may be on another machine
        return FeedLook(problem=f"The feed cannot be read here ({type(error).__name__})")
    held = {each.row for each in activity.held}
    due = [each for each in rows if each.due <= now and each.number not in held]
    coming = [each for each in rows if each.due > now]
    return FeedLook(
        current=_by_hand(due[-1], activity) if due else None,
        coming=_by_hand(coming[0], activity) if coming else None,
        problem=None if due or coming else "The feed has no row for it",
    )


def first_and_last_row(view: CampaignView, activity: ActivityView, now: datetime) -> tuple[FeedRow, ...]:
    """The first and the last row of an activity's timeline; nothing if the desk cannot read it."""
    try:
        rows = _rows(view, activity, activity.row.planned_start or view.edition.planned_start or now, now)
    except Exception:  # its credentials or files may be on another machine
        return ()
    return (rows[0], rows[-1]) if rows else ()


def _rows(view: CampaignView, activity: ActivityView, start: datetime, now: datetime) -> list[FeedRow]:
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
    timeline = timeline_of(configuration, now=now, first_seen_times=first_seen, contract=view.contract)
    return sorted(
        (
            FeedRow(row.number, row.due(start), row.content, activity.row.attributes or row.attributes)
            for row in timeline.for_key(activity.row.key)
        ),
        key=lambda each: (each.due, each.number),
    )


def _by_hand(row: FeedRow, activity: ActivityView) -> FeedRow:
    applied = apply(row.content, activity.overrides, row.content.state)
    return replace(row, content=applied.content)
