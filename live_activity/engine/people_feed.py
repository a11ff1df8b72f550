"""The people of an edition: staged once, and changed by steering commands before the start."""

from __future__ import annotations

from typing import Any

from live_activity.campaign.input_findings import is_still_empty, people_findings
from live_activity.campaign.paths import join
from live_activity.campaign.previous_editions import CONTENT, PEOPLE, content_fingerprint
from live_activity.campaign.segment_arguments import segment_arguments
from live_activity.core.findings import InvalidInput, invalid
from live_activity.core.formatting import one_line
from live_activity.core.report import SegmentReport
from live_activity.core.settings import settings
from live_activity.engine.edition import Edition
from live_activity.engine.opened_reading import read_opened
from live_activity.engine.staging import stage_table
from live_activity.segment import SegmentCount, StagedSegment, count, staged
from live_activity.segment.folder import Folder
from live_activity.segment.roster import Roster, RosterChange


def stage_people(edition: Edition) -> StagedSegment:
    """Stages the segment, or loads what an earlier run of this edition staged.

    Raises `InvalidInput` where the table cannot be read, nobody in it is accepted, or nothing can be stored.
    """
    try:
        Folder(settings().storage)
        folder, people = _staged_people(edition)
    except (OSError, ImportError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise invalid(
            "storage_unwritable",
            f"the segment cannot be staged there: {one_line(str(why))}",
            where="LIVE_ACTIVITY_STORAGE",
        ) from None
    for finding in people_findings(edition.campaign, people):
        edition.add_finding(finding)
    if not people.accepted and not is_still_empty(edition.campaign, people):
        raise InvalidInput([finding for finding in edition.findings if finding.severity == "error"])
    take_roster(edition, people, folder)
    return people


def take_roster(edition: Edition, people: StagedSegment, folder: str) -> None:
    """Makes the people (or activities) staged in a folder the roster of the edition."""
    edition.roster, edition.folder = Roster(people), folder
    edition.ledger.note(folder=folder, segment=_recorded(edition, people))


def _staged_people(edition: Edition) -> tuple[str, StagedSegment]:
    """The segment that the ledger names; without one it is staged in a folder that only this run writes to."""
    named = edition.ledger.edition().folder or join(settings().storage, edition.ledger.edition_id)
    if staged(named):
        return named, StagedSegment.load(named)
    if edition.opened is not None:
        edition.opened.source.changed()
        reading = read_opened(edition, edition.opened)
        edition.opened.latest = reading.rows
        return reading.folder, reading.people
    folder = join(settings().storage, edition.ledger.lease_token.folder_name)
    edition.ledger.begin_folder(folder, at=edition.clock.now())
    return folder, stage_table(edition, edition.campaign.who, folder=folder)


def stage_change(
    edition: Edition, table: str, *, number: int, adding: bool = True
) -> tuple[str, StagedSegment]:
    """Stages people who are to be added or removed beside the staged segment; returns the folder and its people.

    People who are excluded or held out cannot be added, but can be removed. `number` tells such tables apart; one
    that an earlier run staged but could not record is used as it is. Raises `InvalidInput`.
    """
    folder = join(edition.folder, f"delta-{number}.{edition.ledger.lease_token.token}")
    if staged(folder):
        return folder, StagedSegment.load(folder)
    edition.ledger.begin_folder(folder, at=edition.clock.now())
    return folder, stage_table(edition, table, folder=folder, adding=adding)


def count_people(edition: Edition, table: str, *, adding: bool = True) -> SegmentCount:
    """Counts the people of a table that could be added or removed. Raises `InvalidInput`."""
    return count(table, **segment_arguments(edition.campaign, adding=adding), access=edition.access)


def take_change(edition: Edition, action: str, folder: str, change: RosterChange | None = None) -> None:
    """Puts the staged people of a folder into the roster; the next step of their activities adds or removes them.

    `change` is what `Roster.prepare` found for them before, if it was called.
    """
    adding = action == "add_people"
    if edition.roster is None:
        raise RuntimeError("people can be added only once the segment is staged")
    people = StagedSegment.load(folder)
    for batch, delta in edition.roster.take(people, adding=adding, change=change).items():
        activity = edition.activities[delta.activity]
        activity.people.takes(batch, len(delta.people), adding=adding)
        activity.change(enrolled=False)


def segment_report(roster: Roster | None) -> SegmentReport:
    """The segment's numbers; all 0 before it is staged."""
    if roster is None:
        return SegmentReport()
    return SegmentReport.of(roster.staged, rejects_file=roster.staged.rejects_file)


def _recorded(edition: Edition, people: StagedSegment) -> dict[str, Any]:
    """The record that later editions are compared with: numbers and fingerprints of people and content."""
    feed = edition.feed
    content = None if feed.unread else content_fingerprint(edition.campaign, feed.timeline)
    numbers = segment_report(edition.roster).model_dump(mode="json")
    return {**numbers, PEOPLE: people.fingerprint, CONTENT: content}
