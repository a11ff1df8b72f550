"""Recovery: finishes what dead runs left open, and deletes people who were kept long enough."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from pydantic import TypeAdapter

from live_activity.campaign.model import Campaign, Mode
from live_activity.core.crash_report import report_crash
from live_activity.core.events import EventHandler
from live_activity.core.findings import InvalidInput
from live_activity.core.formatting import count_of
from live_activity.core.settings import settings
from live_activity.engine.play_campaign import Host, play_campaign
from live_activity.engine.run_request import RunRequest
from live_activity.engine.signals import cancel_on_signals
from live_activity.ledger import (
    Database,
    EditionRecord,
    LedgerUnwritable,
    LostLease,
    Owned,
    all_editions,
    edition_of_run,
    editions_with_people,
    folders_of,
    held,
    request_stop,
    stop_beside,
)
from live_activity.ledger.recovery_claims import claim, give_up, mark_discarded, stop_unowned
from live_activity.segment import StagedSegment
from live_activity.segment.folder import Folder
from live_activity.segment.manifest import PEOPLE, REJECTS
from live_activity.tables.stored_frame import discard_segments

# An edition that cannot be finished (its key is refused) is tried `MOST_TRIES` times, at most `LONGEST_PAUSE` seconds
# apart, then reported and given up. After half of the tries it is only closed: that needs neither the timeline nor the
# table of the people.
MOST_TRIES = 12
CONTINUED_AT_MOST = 6
FIRST_PAUSE, LONGEST_PAUSE = 15.0, 1800.0


@dataclass(frozen=True, slots=True)
class UnfinishedEdition:
    """An edition that is open, but has no live run. It is continued, unless it failed or was asked to stop."""

    record: EditionRecord
    what: Literal["continue", "close"]

    @property
    def outlook(self) -> str:
        """What recovery does with it, for a log line."""
        return "it is continued" if self.what == "continue" else "it is closed"

    @property
    def mode(self) -> Mode:
        """The mode that it is played in."""
        return TypeAdapter(Mode).validate_python(self.record.mode)

    @property
    def campaign(self) -> Campaign:
        """The campaign as it was asked for."""
        return Campaign.model_validate(dict(self.record.parameters))


def find_unfinished(database: Database, *, log: Callable[[str], object]) -> list[UnfinishedEdition]:
    """The editions that are to be finished now; `log` is called with a line for each thing that is found."""
    for doubtful in close_what_cannot_be_continued(database, now=datetime.now(UTC)):
        log(f"{doubtful.name}: could not be continued, so it is closed")
    for hopeless in give_up_hopeless(database, now=datetime.now(UTC)):
        log(f"{hopeless.name}: given up after {count_of(hopeless.tries, 'try', 'tries')}")
    found = list(unfinished_editions(database))
    for each in found:
        log(f"{each.record.name}: its run is gone, {each.outlook}")
    if deleted := discard_old_people(database, now=datetime.now(UTC)):
        log(f"the people of {count_of(deleted, 'edition')} were deleted, as their days to keep are over")
    return found


TakeOver = Callable[[UnfinishedEdition], Awaitable[object]]


def taking_over(event_handlers: Sequence[EventHandler] = ()) -> TakeOver:
    """How an edition is continued or closed in this process, with the account that the environment names."""

    async def take_over(found: UnfinishedEdition) -> object:
        return await play_campaign(continuing(found), Host(event_handlers=event_handlers))

    return take_over


async def recover(
    *,
    log: Callable[[str], object],
    take_over: TakeOver,
    look_first: Callable[[Database], Awaitable[object]] | None = None,
) -> int:
    """Finishes every edition that a dead run left open, concurrently; returns how many there were.

    `look_first` may record stop requests that the ledger does not know yet.
    """
    with contextlib.closing(Database(settings().database_url)) as database:
        if look_first is not None:
            await look_first(database)
        found = find_unfinished(database, log=log)
    done = await asyncio.gather(*(take_over(each) for each in found), return_exceptions=True)
    for each, outcome in zip(found, done, strict=True):
        if isinstance(outcome, BaseException):
            # One edition that cannot be finished must not keep the others from being finished.
            log(f"{each.record.name}: {why_unfinished(outcome)}")
    return len(found)


def why_unfinished(outcome: BaseException) -> str:
    """Why an edition could not be finished, in a line without ids."""
    foreseen = isinstance(outcome, InvalidInput | LedgerUnwritable | LostLease | Owned)
    return str(outcome) if foreseen else report_crash(outcome)


async def recover_again_and_again(
    seconds: float,
    *,
    log: Callable[[str], object],
    take_over: TakeOver,
    look_first: Callable[[Database], Awaitable[object]] | None = None,
) -> None:
    """Looks every `seconds` seconds, until it is cancelled; a campaign that is being finished delays no later look."""
    finishing: set[asyncio.Task[None]] = set()

    async def look() -> None:
        try:
            await recover(log=log, take_over=take_over, look_first=look_first)
        except LedgerUnwritable as error:
            log(f"{error}; recovery looks again in {seconds:g} s")

    with cancel_on_signals():
        while True:
            task = asyncio.create_task(look())
            finishing.add(task)
            task.add_done_callback(finishing.discard)
            await asyncio.sleep(seconds)


def continuing(found: UnfinishedEdition) -> RunRequest:
    """The request that continues an edition, or closes it, with the account that the environment names."""
    return RunRequest(found.campaign, found.mode, edition_id=found.record.id)


def unfinished_editions(
    database: Database, *, only: str | None = None, at_once: bool = False
) -> Iterator[UnfinishedEdition]:
    """Editions whose owner is gone, each claimed: another process that recovers at the same time gets others.

    `only` names one edition or one flow run; `at_once` does not wait for the pause after the last try. An edition whose
    row is locked for too long is left to the next look; `LedgerUnwritable` is raised at the end if none was claimed.
    """
    claimed = 0
    unwritable: LedgerUnwritable | None = None
    for record in all_editions(database, unfinished=True):
        if only is not None and only not in (record.id, record.flow_run_id):
            continue
        pause = min(FIRST_PAUSE * 2.0**record.tries, LONGEST_PAUSE)
        try:
            if not claim(database, record, most_tries=MOST_TRIES, pause=pause, at_once=at_once):
                continue
        except LedgerUnwritable as error:
            unwritable = error
            continue
        claimed += 1
        stopped = record.stop_request is not None or stop_beside(database, record) is not None
        yield UnfinishedEdition(record, "close" if stopped else "continue")
    if unwritable is not None and not claimed:
        raise unwritable


def record_cancellation(database: Database, flow_run_id: str, *, author: str = "Prefect") -> str | None:
    """Records that a flow run was cancelled as a stop request; an earlier stop request is kept.

    A run that was superseded has nothing to cancel any more: then the run that plays its edition now is returned.
    """
    run = edition_of_run(database, flow_run_id)
    if run is None or run.edition.finished or run.edition.mode == "rehearse":
        return None
    if run.superseded_by is not None:
        return run.superseded_by
    request_stop(database, run.edition.id, "cancelled", author=author, at=datetime.now(UTC))
    return None


def close_what_cannot_be_continued(database: Database, *, now: datetime) -> list[EditionRecord]:
    """Requests that editions which too many runs could not continue are closed as failed; returns those editions."""
    doubtful = [
        record
        for record in _left_open(database)
        if record.tries >= CONTINUED_AT_MOST and record.stop_request is None
    ]
    return [
        record for record in doubtful if stop_unowned(database, record, "failed", author="recovery", at=now)
    ]


def give_up_hopeless(database: Database, *, now: datetime) -> list[EditionRecord]:
    """Records editions without a live run as failed once they were tried too often. Returns those."""
    hopeless = [record for record in all_editions(database, unfinished=True) if record.tries >= MOST_TRIES]
    return [record for record in hopeless if give_up(database, record, at=now)]


def discard_old_people(database: Database, *, now: datetime) -> int:
    """Deletes the staged people and rejects of editions that ended `keep_days` ago; returns how many editions.

    A segment that was stored from a DataFrame is deleted with the last edition that names it.
    """
    done = 0
    used = set[str]().union(*(each.tables_with_ids for each in all_editions(database, unfinished=True)))
    over: set[str] = set()
    for record in editions_with_people(database):
        keep = timedelta(days=int(record.parameters.get("keep_days", 30)))
        if record.ended_at is None or now < record.ended_at + keep:
            used |= record.tables_with_ids
            continue
        for folder in folders_of(database, record.id):
            _discard(folder)
        over |= record.tables_with_ids
        mark_discarded(database, record, at=now)
        done += 1
    discard_segments(settings().storage, over=over - used, used=used, now=now)
    return done


def _left_open(database: Database) -> list[EditionRecord]:
    with database.reading() as connection:
        now = database.now(connection)
    return [
        record
        for record in all_editions(database, unfinished=True)
        if not held(record.owner, until=record.lease_until, now=now)
    ]


def _discard(folder: str) -> None:
    """Deletes the people of a folder, also where its staging never finished."""
    with contextlib.suppress(InvalidInput, FileNotFoundError):
        StagedSegment.load(folder).discard()
        return
    for name in (PEOPLE, REJECTS):
        Folder(folder).remove(name)
