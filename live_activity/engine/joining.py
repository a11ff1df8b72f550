"""Activities that phones open while a campaign runs: their table is polled, and new ones are played from then on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from live_activity.campaign.input_findings import people_findings
from live_activity.campaign.planning import is_live, planned
from live_activity.core.background import in_background
from live_activity.core.clock import Signal
from live_activity.core.findings import Finding, InvalidInput
from live_activity.core.formatting import count_of
from live_activity.core.threads import run_in_daemon_thread
from live_activity.engine.edition import Edition
from live_activity.engine.guarding import apply_guards
from live_activity.engine.opened_findings import refresh_opened_findings
from live_activity.engine.opened_reading import Reading, read_opened, record_new_activities
from live_activity.engine.opened_table import OpenedTable
from live_activity.engine.people_feed import take_roster
from live_activity.engine.restore import restore_new
from live_activity.engine.steering.effects import apply_earlier_effects
from live_activity.engine.timeline_feed import hand_out_rows
from live_activity.ledger import LedgerUnwritable, LostLease
from live_activity.segment.roster import Roster


@asynccontextmanager
async def joining(edition: Edition) -> AsyncIterator[None]:
    """Polls the table of activities every `poll_seconds` for as long as the block lasts."""
    if edition.opened is None:
        yield
        return
    async with in_background(_poll_repeatedly(edition, edition.opened)):
        yield


async def wait_for_more(edition: Edition, count: int) -> bool:
    """Waits until the edition has more activities than `count`; False once none can join any more."""
    opened = edition.opened
    waits = False
    while opened is not None and len(edition.activities) <= count and not opened.closed:
        until, now = _open_until(edition, opened), edition.clock.now()
        if until is None or now >= until:
            if opened.polled_at is not None and (until is None or opened.polled_at >= until):
                opened.close()
                break
            # One more poll finds what phones opened since the last one, or while no run played this edition.
            opened.poll_now.set()
            await edition.clock.sleep_until(None, opened.changed)
            opened.changed.clear()
            continue
        if not waits and all(each.state.over is not None for each in edition.activities):
            waits = True
            until_there = until.astimezone(edition.campaign.zone)
            edition.emit(
                "note",
                f"every activity is over; those that are added to {opened.source.where} are played until "
                f"{until_there:%Y-%m-%d %H:%M:%S} {edition.campaign.zone.key}",
            )
        await edition.clock.sleep_until(until, opened.changed)
        opened.changed.clear()
    return len(edition.activities) > count


def _open_until(edition: Edition, opened: OpenedTable) -> datetime | None:
    """Until when activities may join: the campaign's current end."""
    campaign, timeline = edition.campaign, edition.feed.timeline
    if opened.ends_at is not None:
        end: datetime | None = opened.ends_at
    elif edition.feed.unread or (campaign.ends_at is not None and is_live(campaign, timeline)):
        end = edition.times.ends_at if campaign.ends_at is None else campaign.ends_at
    else:
        end = planned(campaign, timeline, now=edition.times.starts_at).ends_at
    return end + opened.shifted if end is not None else None


async def _poll_repeatedly(edition: Edition, opened: OpenedTable) -> None:
    problems: frozenset[str] = frozenset()
    with edition.clock.working():
        while not opened.closed:
            began, opened.poll_now = edition.clock.now(), Signal()
            try:
                await _poll_once(edition, opened)
                problems = frozenset()
            except InvalidInput as unreadable:
                current = frozenset(map(str, unreadable.findings))
                if current != problems:  # a problem that lasts is reported once
                    for finding in unreadable.findings:
                        _report_unreadable(edition, finding)
                problems = current
            except (LedgerUnwritable, LostLease):
                pass  # the next call raises it as well, and there it is handled
            except Exception as error:  # a poll that fails in an unforeseen way does not end a campaign
                edition.emit("unread", f"the activities could not be read: {type(error).__name__}")
            refresh_opened_findings(edition)
            opened.polled_at = began
            opened.changed.set()
            next_poll = began + timedelta(seconds=edition.campaign.poll_seconds)
            await edition.clock.sleep_until(max(next_poll, edition.clock.now()), opened.poll_now)


def _report_unreadable(edition: Edition, finding: Finding) -> None:
    edition.emit("unread", f"the activities could not be read: {finding}")
    edition.add_finding(finding.model_copy(update={"severity": "warning"}))


async def _poll_once(edition: Edition, opened: OpenedTable) -> None:
    source = opened.source
    if not (await run_in_daemon_thread(source.changed) if source.far else source.changed()):
        return
    reading = await run_in_daemon_thread(read_opened, edition, opened)
    if opened.closed or (reading.people.rows and not reading.people.accepted):
        reading.people.discard()
        if not opened.closed:
            raise InvalidInput(each for each in reading.people.findings if each.severity == "error")
        return
    joined = take_reading(edition, opened, reading)
    if joined:
        line = f"{count_of(joined, 'activity', 'activities')} joined that phones opened since the last poll"
        edition.emit("note", f"{line}; {len(edition.activities):,} in all")


def take_reading(edition: Edition, opened: OpenedTable, reading: Reading) -> int:
    """Takes over the table as it is now; returns how many activities joined. Those missing from it are not ended."""
    before = edition.roster
    records = record_new_activities(edition, opened, Roster(reading.people), seen_at=edition.clock.now())
    opened.latest = reading.rows
    opened.note_rows()
    take_roster(edition, reading.people, reading.folder)
    edition.ledger.note_feed_state(opened.state_key, opened.as_json())
    if before is not None:
        for finding in people_findings(edition.campaign, before.staged):
            edition.drop_finding(finding)
        before.staged.discard()
    for finding in people_findings(edition.campaign, reading.people):
        edition.add_finding(finding)
    _note_missing(edition, opened, reading)
    if not records:
        return 0
    stale = edition.feed.unread or any(each.state.stale for each in edition.activities)
    new = restore_new(edition, records)
    edition.activities += new
    hand_out_rows(edition)
    apply_earlier_effects(edition, new)
    apply_guards(edition)
    for activity in new:
        activity.change(stale=stale)
    return len(new)


def _note_missing(edition: Edition, opened: OpenedTable, reading: Reading) -> None:
    missing = sum(name not in reading.rows for name in opened.numbers)
    if missing and not any(each.code == "activities_left_table" for each in edition.findings):
        edition.add_finding(
            Finding.info(
                "activities_left_table",
                "rows of activities left the table while they were played; they are played on, as a missing row ends "
                "nothing; to end one, write an end row for it or use steer",
                where=opened.source.where,
            )
        )
