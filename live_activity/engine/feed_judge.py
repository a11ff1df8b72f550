"""Judges each reading of an edition's feed: which rows its activities use from now on."""

from __future__ import annotations

from collections.abc import Mapping

from live_activity.campaign.contract_check import bad_rows, drop_bad_rows
from live_activity.core.findings import Finding
from live_activity.decision.activity_change import ActivityView, Phase
from live_activity.decision.feed_changes import Judgement, judge
from live_activity.decision.feed_state import FeedState, activity_id
from live_activity.decision.schedule import moved
from live_activity.engine.activity import LiveActivity
from live_activity.engine.edition import Edition
from live_activity.timeline import Row, Timeline


def judge_reading(edition: Edition, timeline: Timeline) -> Judgement:
    """Judges a reading. This takes time for a long timeline, changes nothing, and may run in a thread."""
    return judge(
        edition.feed.changes,
        drop_bad_rows(timeline, edition.feed.timeline),
        [_view(activity) for activity in edition.activities],
        edition.clock.now(),
        where=edition.feed.source.where,
        bad_rows=bad_rows(timeline),
    )


def take_judgement(edition: Edition, judged: Judgement) -> Finding | None:
    """Applies a judgement and reports it; returns the finding that says why the reading is refused, else None."""
    feed = edition.feed
    feed.changes, feed.look_again_at = judged.state, judged.look_again_at
    if judged.refused is None:
        feed.rows = judged.rows
    for event in judged.events:
        edition.emit("note", event.message)
        edition.add_finding(Finding.info(f"feed_{event.kind}", event.message, where=feed.source.where))
    return judged.refused


def restore_changes(edition: Edition) -> None:
    """Takes over what an earlier run remembered of the feed."""
    state = edition.ledger.feed_state(edition.feed.source.path) or {}
    edition.feed.changes = FeedState.from_json(state.get("changes"))
    edition.feed.rows = {}


def rows_of(edition: Edition, key: Mapping[str, str]) -> tuple[Row, ...]:
    """The rows that an activity uses; those of the timeline where none were judged yet."""
    rows = edition.feed.rows.get(activity_id(key))
    return rows if rows is not None else tuple(edition.feed.timeline.for_key(key))


def _view(activity: LiveActivity) -> ActivityView:
    phase: Phase = "running" if activity.state.started or activity.state.start_unknown else "waiting"
    if activity.state.over is not None:
        phase = "over"
    start, shifts = activity.times.starts_at, tuple(activity.shifts)
    return ActivityView(
        activity.key,
        phase,
        lambda row: moved(row.due(start), shifts),
        activity.state.plan.ends_at,
        _shown(activity),
    )


def _shown(activity: LiveActivity) -> Row | None:
    shown, place = activity.state.shown, activity.state.place
    if shown is None or place is None or shown.place != place:
        return None
    return Row(place.number, "update", shown.content, {}, activity.key, place.due)
