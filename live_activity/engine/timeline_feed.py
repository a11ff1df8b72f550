"""The timeline of an edition while it is played: reading it again, following another table, handing its rows out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from live_activity.campaign.campaign_timeline import contract_of, timeline_of
from live_activity.campaign.contract_check import bad_rows, bad_starts, drop_bad_rows, start_is_blocked
from live_activity.campaign.planning import planned_for
from live_activity.campaign.timeline_table import source_of
from live_activity.core.findings import Finding, InvalidInput
from live_activity.engine.alternation import watch_alternation
from live_activity.engine.edition import Edition
from live_activity.engine.feed_judge import judge_reading, restore_changes, rows_of, take_judgement
from live_activity.engine.guarding import apply_guards, guards_as_json, restore_guards
from live_activity.engine.restore import latest_end
from live_activity.sources.timeline_source import PolledSource
from live_activity.timeline import Timeline


def read_timeline(edition: Edition, source: PolledSource | None = None) -> Timeline:
    """Reads the timeline from its source as that was last polled, or from another `source`.

    Raises `InvalidInput`.
    """
    if edition.feed.contract is None:
        edition.feed.contract = contract_of(edition.campaign)
    if source is not None:
        source.changed(edition.clock.now())
    read = source or edition.feed.source
    timeline = timeline_of(
        edition.campaign.model_copy(update={"timeline": read.path}),
        now=edition.clock.now(),
        first_seen_times=edition.feed.first_seen_times,
        contract=edition.feed.contract,
        source=read,
    )
    if edition.feed.changes.window is None:
        return timeline
    # The window of a feed may have moved past all its rows: that is judged by their ages, so empty is no error here.
    findings = tuple(each for each in timeline.findings if each.code != "timeline_empty")
    return replace(timeline, findings=findings)


def take_timeline(edition: Edition, timeline: Timeline) -> None:
    """Takes over a reading as the timeline, and hands its rows to the activities."""
    for finding in timeline.findings:
        if edition.add_finding(finding):
            edition.emit("skipped" if finding.severity == "error" else "note", str(finding))
    edition.feed.polled_at = edition.clock.now()
    if timeline.rows != edition.feed.timeline.rows:
        edition.feed.changed_at = edition.feed.polled_at
    new_bad = bad_rows(timeline) - bad_rows(edition.feed.timeline)
    if new_bad and edition.campaign.on_bad_row == "end_campaign":
        edition.emit("failed", f"phones would drop row {min(new_bad)}, so the campaign ends")
        edition.request_stop("failed", hurry=False)
    edition.feed.timeline = drop_bad_rows(timeline, edition.feed.timeline)
    edition.ledger.note(first_seen_times=edition.feed.first_seen_times.as_json())
    hand_out_rows(edition)
    apply_guards(edition)
    watch_alternation(edition)
    record_reading(edition)
    if edition.feed.unread:
        edition.feed.unread = False
        for activity in edition.activities:
            activity.change(stale=False)


def source_at(edition: Edition, table: str) -> PolledSource:
    """A source for another table, replayed like the current one."""
    source = source_of(edition.campaign.model_copy(update={"timeline": table}), edition.access)
    source.replay = edition.feed.source.replay
    return source


def follow_table(
    edition: Edition, table: str, source: PolledSource | None = None, timeline: Timeline | None = None
) -> None:
    """Takes the rows from another table from now on; `source` and `timeline` are given if it was read already."""
    edition.campaign = edition.campaign.model_copy(update={"timeline": table})
    edition.feed.source = source or source_at(edition, table)
    restore_changes(edition)
    restore_guards(edition)
    if timeline is None:
        edition.feed.source.remembers(edition.ledger.reading(edition.feed.source.path))
        try:
            timeline = read_timeline(edition, edition.feed.source)
        except InvalidInput as unreadable:
            _forget_rows(edition, unreadable.findings)
            return
    if not timeline.readable:
        _forget_rows(edition, timeline.findings)
    elif (refused := take_judgement(edition, judge_reading(edition, timeline))) is not None:
        edition.feed.source.reject()
        _forget_rows(edition, [refused])
    else:
        take_timeline(edition, timeline)


def judge_first_reading(edition: Edition) -> None:
    """Judges this run's first reading by what an earlier run remembered of the feed."""
    feed = edition.feed
    restore_changes(edition)
    restore_guards(edition)
    if feed.unread:
        return
    refused = take_judgement(edition, judge_reading(edition, feed.timeline))
    if refused is None:
        return
    feed.source.reject()
    edition.emit("unread", f"the timeline could not be read: {refused}")
    edition.add_finding(refused.model_copy(update={"severity": "warning"}))
    feed.timeline, feed.unread = Timeline(()), True


def confirm_reading(edition: Edition) -> None:
    """Judges the last reading again after a poll found the feed unchanged: that may confirm a waiting change."""
    if edition.feed.look_again_at is None or edition.clock.now() < edition.feed.look_again_at:
        return
    if take_judgement(edition, judge_reading(edition, edition.feed.timeline)) is None:
        hand_out_rows(edition)
        apply_guards(edition)
        record_reading(edition)


def hand_out_rows(edition: Edition) -> None:
    """Gives each activity its rows, and the times that they name."""
    bad = bad_starts(edition.feed.timeline)
    for activity in edition.activities:
        rows = rows_of(edition, activity.key)
        blocked = start_is_blocked(bad, rows) and not activity.state.started
        if rows == activity.rows and blocked == activity.state.blocked:
            continue  # a poll changes a few of a thousand activities: the others are not woken
        activity.state = replace(activity.state, blocked=blocked)
        times = planned_for(edition.campaign, edition.feed.timeline, activity.key, whole=edition.times)
        if times.given and edition.feed.unread and activity.state.started:
            activity.times = times  # it was started at these times, which this run could not read before
        elif times.given:
            ends_at = latest_end(edition.campaign, edition.feed.timeline, activity.key, times)
            activity.replan(times, ends_at=ends_at)
        activity.set_rows(rows)


def record_reading(edition: Edition) -> None:
    """Records the shape of the source, so that a later run does not accept a worse reading."""
    source = edition.feed.source
    if source.shape is not None:
        edition.ledger.note_reading(source.path, source.shape)
        state = {"changes": edition.feed.changes.as_json(), "guards": guards_as_json(edition)}
        edition.ledger.note_feed_state(source.path, state)


def mark_unread(edition: Edition) -> None:
    """Marks every activity stale: whether the end in its rows still holds is not known."""
    for activity in edition.activities:
        if activity.state.over is None:
            activity.change(stale=True)
    edition.emit(
        "stale",
        "the timeline cannot be read: phones keep what they show, and nothing newer is sent before it can be",
    )


def _forget_rows(edition: Edition, problems: Iterable[Finding]) -> None:
    for finding in problems:
        edition.emit("unread", f"the timeline could not be read: {finding}")
        edition.add_finding(finding.model_copy(update={"severity": "warning"}))
    edition.feed.timeline, edition.feed.unread = Timeline(()), True
    edition.times = replace(edition.times, ends_at=edition.campaign.ends_at)
    for activity in edition.activities:
        activity.set_rows(())
    mark_unread(edition)
