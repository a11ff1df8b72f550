"""What an approved start leads to: the contents with which the first activity starts and ends."""

from __future__ import annotations

from datetime import datetime

from live_activity.core.content import Content
from live_activity.decision.schedule import schedule
from live_activity.desk.activity_view import name_of
from live_activity.desk.campaign_view import CampaignView
from live_activity.desk.feed_look import read_feed
from live_activity.desk.push_rows import ends_of_first_activity
from live_activity.desk.reading import last_rehearsal
from live_activity.ledger import Database
from live_activity.views.first_and_last import EndContent, first_and_last, of_schedule


def by_timeline(view: CampaignView, now: datetime) -> tuple[EndContent, ...]:
    """The contents of the first running activity that has rows; empty if the desk cannot read the timeline."""
    try:
        timeline = read_feed(view, now)
    except Exception:  # its credentials or files may be on another machine
        return ()
    several = len(view.activities) > 1
    for activity in view.living if timeline.rows else ():
        start = activity.row.planned_start or view.edition.planned_start or now
        rows = schedule(timeline.for_key(activity.row.key), start=start)
        if rows.rows:
            return of_schedule(rows, of=activity.name if several else "", live=timeline.live)
    return ()


def by_rehearsal(database: Database, name: str) -> tuple[EndContent, ...]:
    """The contents of the first activity in the newest rehearsal of the campaign; empty if there is none."""
    rehearsal = last_rehearsal(database, name)
    if rehearsal is None:
        return ()
    key, pushes = ends_of_first_activity(database, rehearsal)
    attributes = pushes[0].content.get("attributes") if pushes else None
    contents = [(Content.from_body(each.content), each.sent_at) for each in pushes]
    return first_and_last(contents, attributes or {}, of=name_of(key))
