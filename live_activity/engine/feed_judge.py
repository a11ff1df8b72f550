"""Judges each reading of an edition's feed: which rows its activities go by from now on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from live_activity.campaign.contract_check import bad_rows, drop_bad_rows
from live_activity.core.findings import Finding
from live_activity.decision.feed_changes import ActivityView, FeedState, Judgement, Phase, activity_id, judge
from live_activity.decision.schedule import moved
from live_activity.engine.activity import LiveActivity
from live_activity.timeline import Row, Timeline

if TYPE_CHECKING:
    from live_activity.engine.edition import Edition


class FeedJudge:
    """What is remembered of an edition's feed. `look_again_at` is when something waits for a confirming reading."""

    def __init__(self, kept: Mapping[str, Any] | None = None) -> None:
        self.state = FeedState.from_json(kept)
        self.look_again_at: datetime | None = None
        self._rows: Mapping[str, tuple[Row, ...]] = {}

    def rows_for(self, key: Mapping[str, str], timeline: Timeline) -> tuple[Row, ...]:
        """The rows that an activity goes by; those of the timeline where none were judged yet."""
        rows = self._rows.get(activity_id(key))
        return rows if rows is not None else timeline.for_key(key)

    def judge(self, edition: Edition, timeline: Timeline) -> Finding | None:
        """Judges a reading, or the last one again where the feed is unchanged; why it is refused, else None."""
        return self.take(self.judged(edition, timeline), edition)

    def judged(self, edition: Edition, timeline: Timeline) -> Judgement:
        """What comes of a reading. It takes time for a long timeline, changes nothing, and may run in a thread."""
        return judge(
            self.state,
            drop_bad_rows(timeline, edition.timeline),
            [_view(activity) for activity in edition.activities],
            edition.clock.now(),
            where=edition.source.where,
            bad_rows=bad_rows(timeline),
        )

    def take(self, judged: Judgement, edition: Edition) -> Finding | None:
        """Goes by what was judged, and reports it; why the reading is refused, else None."""
        self.state, self.look_again_at = judged.state, judged.look_again_at
        if judged.refused is None:
            self._rows = judged.rows
        for event in judged.events:
            edition.tell("note", event.message)
            edition.found(Finding.info(f"feed_{event.kind}", event.message, where=edition.source.where))
        return judged.refused


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
