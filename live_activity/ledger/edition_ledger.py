"""The write-ahead record of one edition: every call is recorded before it is sent, and again when it was answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from live_activity.core.table_shape import TableShape
from live_activity.decision.state import Kind, Outcome, Push
from live_activity.ledger import activities, batches, commands, pushes, readings
from live_activity.ledger.accounts import remember
from live_activity.ledger.activities import ActivityRecord
from live_activity.ledger.batches import BatchCall
from live_activity.ledger.commands import Command
from live_activity.ledger.errors import LedgerUnwritable
from live_activity.ledger.lease import holds
from live_activity.ledger.owned_edition import OwnedEdition
from live_activity.ledger.pushes import PushAnswer, PushEntry


class EditionLedger(OwnedEdition):
    """Reads and writes one edition for the run that owns it. May be used from several threads.

    Everything that others act on is written only while the lease is this run's: `LostLease` is raised once another
    run took it. Answers to this run's own calls are always recorded: those that come while the ledger cannot be
    written are kept, and recorded before anything else is. Every write raises `LedgerUnwritable`.
    """

    def add_activities(self, found: Sequence[ActivityRecord]) -> None:
        """Records activities that are not there yet."""
        with self._fenced() as connection:
            activities.insert_activities(connection, self.edition_id, found)

    def note_activity(self, number: int, **values: Any) -> None:
        """Writes columns of one activity."""
        with self._fenced() as connection:
            activities.update_activity(connection, self.edition_id, number, values)

    def activities(self) -> list[ActivityRecord]:
        """The activities, in order."""
        with self.database.reading() as connection:
            return activities.select_activities(connection, self.edition_id)

    def intend_batch(self, number: int, batch: int, *, endpoint: str, people: int, at: datetime) -> int:
        """Records that a batch is about to be sent; returns the entry's id."""
        with self._fenced() as connection:
            return batches.insert_batch(
                connection, self.edition_id, number, batch, endpoint=endpoint, people=people, at=at
            )

    def answer_batch(
        self,
        entry: int,
        *,
        outcome: str,
        at: datetime,
        status: int | None,
        code: str | None,
        counters: Mapping[str, Any],
        activity_id: str | None = None,
        expires_at: datetime | None = None,
    ) -> None:
        """Records the outcome of a batch.

        `activity_id` is the id that a registration returned. It is written to the activity together with the answer,
        unless another run took the edition over, which registers on its own.
        """

        def write(connection: Connection) -> None:
            batches.answer_batch(
                connection,
                entry,
                outcome=outcome,
                at=at,
                status=status,
                code=code,
                counters=counters,
                activity_id=activity_id,
            )
            if activity_id is not None and holds(connection, self.lease_token):
                number = batches.number_of(connection, entry)
                values = {"activity_id": activity_id, "expires_at": expires_at, "status": "registered"}
                activities.update_activity(connection, self.edition_id, number, values)
            if outcome == "done":
                self._reset_tries(connection)

        self._record(write)

    def batch_calls(self) -> list[BatchCall]:
        """Every call with a batch, oldest first."""
        with self.database.reading() as connection:
            return batches.select_batches(connection, self.edition_id)

    def intend_push(
        self,
        number: int,
        push: Push,
        *,
        words: bool | None = None,
        row_seen_at: datetime | None = None,
        attributes: Mapping[str, Any] | None = None,
    ) -> int:
        """Records that a push is about to be sent; returns the entry's id.

        `words`: whether it carries a title or a message (None: as its content does). `row_seen_at` is when its row
        was first read in the feed, `attributes` are those that a start gives its activity.
        """
        with self._fenced() as connection:
            return pushes.insert_push(
                connection,
                self.edition_id,
                number,
                push,
                words=_words(push, words),
                row_seen_at=row_seen_at,
                attributes=attributes,
            )

    def answer_push(self, entry: int, answer: PushAnswer) -> None:
        """Records the outcome of a push."""

        def write(connection: Connection) -> None:
            pushes.answer_push(connection, entry, answer)
            if answer.push.outcome is Outcome.DONE:
                self._reset_tries(connection)

        self._record(write)

    def push_without_record(
        self,
        number: int,
        answer: PushAnswer,
        *,
        words: bool | None = None,
        row_seen_at: datetime | None = None,
    ) -> None:
        """Keeps a push that was sent while the ledger could not be written; recorded as soon as it can be."""

        def write(connection: Connection) -> None:
            pushes.insert_push(
                connection,
                self.edition_id,
                number,
                answer.push,
                words=_words(answer.push, words),
                row_seen_at=row_seen_at,
                late=answer,
            )

        with suppress(LedgerUnwritable):
            self._record(write)

    def pushes(self) -> list[tuple[int, Push]]:
        """Every push with its activity's number, oldest first; one that never was answered is `UNKNOWN`."""
        return [(entry.number, entry.push) for entry in self.push_entries()]

    def push_entries(self) -> list[PushEntry]:
        """Every push with all its times, oldest first."""
        with self.database.reading() as connection:
            return pushes.select_pushes(connection, self.edition_id)

    def calls(self) -> dict[str, int]:
        """HTTP requests by endpoint; one that certainly never left is not counted."""
        none = dict.fromkeys(("register", "add_users", "remove_users", "start", "update", "end"), 0)
        with self.database.reading() as connection:
            return {
                **none,
                **batches.count_batches(connection, self.edition_id),
                **pushes.count_pushes(connection, self.edition_id),
            }

    def reading(self, path: str) -> TableShape | None:
        """The shape of the timeline at that path when it was last read well."""
        with self.database.reading() as connection:
            return readings.read_reading(connection, self.edition_id, path)

    def note_reading(self, path: str, shape: TableShape) -> None:
        """Records the shape of the timeline at that path after a good reading."""
        with self._fenced() as connection:
            readings.write_reading(connection, self.edition_id, path, shape)

    def feed_state(self, path: str) -> Mapping[str, Any] | None:
        """What the reader of the timeline at that path recorded last."""
        with self.database.reading() as connection:
            return readings.read_feed_state(connection, self.edition_id, path)

    def note_feed_state(self, path: str, state: Mapping[str, Any] | None) -> None:
        """Records what the reader of the timeline at that path has to remember (JSON)."""
        with self._fenced() as connection:
            readings.write_feed_state(connection, self.edition_id, path, state)

    def commands(self, *, waiting: bool = False) -> list[Command]:
        """The steering commands for this edition, oldest first; `waiting`: only those not carried out yet."""
        with self.database.reading() as connection:
            return commands.select_commands(connection, self.edition_id, waiting=waiting)

    def carried_out(
        self, command: int, *, answer: str, effect: Mapping[str, Any] | None, at: datetime
    ) -> None:
        """Records what a command did."""
        with self._fenced() as connection:
            commands.answer_command(connection, command, answer=answer, effect=effect, at=at)

    def taken(self, command: int, *, answer: str) -> None:
        """Answers a command that goes on waiting until it can be carried out."""
        with self._fenced() as connection:
            commands.answer_command(connection, command, answer=answer, effect=None, at=None)

    def remember_of_account(self, account: str, name: str, value: Any, *, at: datetime) -> None:
        """Remembers something about an account for every later campaign, such as `words_required`."""
        with self._fenced() as connection:
            remember(connection, account, name, value, at=at)


def _words(push: Push, words: bool | None) -> bool:
    if push.kind is Kind.UNCHANGED:
        return False
    return bool(push.content.title or push.content.message) if words is None else words
