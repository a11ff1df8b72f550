"""The first and the last content of one activity, with the attributes of its start."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from live_activity.campaign.model import Campaign
from live_activity.campaign.planning import Times, named_keys, planned_for
from live_activity.core.content import Content
from live_activity.decision.schedule import Schedule, schedule
from live_activity.engine.activity import LiveActivity
from live_activity.engine.edition import Edition
from live_activity.timeline import Timeline


@dataclass(frozen=True, slots=True)
class EndContent:
    """The content at one end of an activity's timeline; `of` names the activity where the campaign has several."""

    place: Literal["first", "last"]
    content: Content
    attributes: Mapping[str, Any]
    at: datetime | None
    of: str = ""

    def named(self, noun: str) -> str:
        """A heading: the place and the noun, with the activity where there are several."""
        return f"{self.place.capitalize()} {noun}{f' of {self.of}' if self.of else ''}"


def first_and_last(
    contents: Sequence[tuple[Content, datetime | None]],
    attributes: Mapping[str, Any],
    *,
    of: str = "",
    live: bool = False,
) -> tuple[EndContent, ...]:
    """The ends of one activity's contents, which are in the order of their times.

    The last one is left out where it is the first, and for a `live` timeline, as it is not known yet.
    """
    found = [EndContent("first", content, attributes, at, of) for content, at in contents[:1]]
    if len(contents) > 1 and not live:
        found.append(EndContent("last", contents[-1][0], attributes, contents[-1][1], of))
    return tuple(found)


def of_schedule(rows: Schedule, *, of: str = "", live: bool = False) -> tuple[EndContent, ...]:
    """The first and the last content of an activity with these rows."""
    attributes = rows.opening.attributes if rows.opening is not None else {}
    return first_and_last([(each.row.content, each.due) for each in rows.rows], attributes, of=of, live=live)


def of_edition(edition: Edition, activity: LiveActivity | None = None) -> tuple[EndContent, ...]:
    """The first and the last content of that activity, else of the first one that has rows.

    Before the people are read it is the first activity that the timeline names. Empty where no row is known.
    """
    timeline = edition.feed.timeline
    if activity is None:
        activity = next((each for each in edition.activities if each.schedule.rows), None)
    if activity is None:
        return () if edition.activities else of_timeline(edition.campaign, timeline, edition.times)
    several = len(edition.activities) > 1
    # Once an activity is over, nothing is added to its rows any more.
    live = timeline.live and activity.state.over is None
    return of_schedule(activity.schedule, of=str(activity) if several else "", live=live)


def of_timeline(campaign: Campaign, timeline: Timeline, times: Times) -> tuple[EndContent, ...]:
    """The first and the last content of the first activity that the timeline names."""
    keys = named_keys(timeline)
    starts_at = planned_for(campaign, timeline, keys[0], whole=times).starts_at
    rows = schedule(timeline.for_key(keys[0]), start=starts_at)
    return of_schedule(rows, of=" ".join(keys[0].values()) if len(keys) > 1 else "", live=timeline.live)
