"""The book of one edition: everything is intended before it leaves, and done after it answered (DESIGN, rule 1)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, CursorResult, func, insert, select, update

from live_activity.core.content import Content
from live_activity.decision.schedule import Place
from live_activity.decision.state import Kind, Outcome, Push
from live_activity.ledger.database import Database, LedgerUnwritable
from live_activity.ledger.editions import EditionRecord, find_edition, wish_to_stop
from live_activity.ledger.last_good_reading import read_reading, write_reading
from live_activity.ledger.lease import LeaseToken, LostLease
from live_activity.ledger.schema import activities, batches, commands, editions, pushes
from live_activity.sources.timeline_source import Shape


@dataclass(frozen=True, slots=True)
class ActivityRecord:
    """One activity as the ledger has it; `activity_id` is None before it was registered."""

    number: int
    key: Mapping[str, str]
    activity_type: str
    activity_id: str | None
    expires_at: datetime | None
    planned_start: datetime | None
    refreshed: bool
    status: str
    why: str | None


@dataclass(frozen=True, slots=True)
class BatchCall:
    """One call that adds or removes a batch of people, and what the API answered."""

    number: int
    batch: int
    endpoint: str
    outcome: str
    counters: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Command:
    """Something that a person tells a living campaign."""

    id: int
    action: str
    arguments: Mapping[str, Any]
    key: Mapping[str, str] | None
    asked_at: datetime
    obeyed_at: datetime | None
    answer: str | None
    effect: Mapping[str, Any] | None


class EditionLedger:
    """Reads and writes one edition. Writes raise `LostLease` once another run holds it, and `LedgerUnwritable`."""

    def __init__(self, database: Database, lease_token: LeaseToken) -> None:
        self.database = database
        self.lease_token = lease_token

    @property
    def edition_id(self) -> str:
        """The edition that this book is of."""
        return self.lease_token.edition_id

    def edition(self) -> EditionRecord:
        """The edition as it stands."""
        return find_edition(self.database, self.edition_id)

    def note(self, **values: Any) -> None:
        """Writes columns of the edition."""
        with self._held() as connection:
            connection.execute(update(editions).where(editions.c.id == self.edition_id).values(values))

    def reading(self, path: str) -> Shape | None:
        """What the last good reading of the timeline at that path saw."""
        with self.database.reading() as connection:
            return read_reading(connection, self.edition_id, path)

    def note_reading(self, path: str, shape: Shape) -> None:
        """Writes what a good reading of the timeline at that path saw."""
        with self._held() as connection:
            write_reading(connection, self.edition_id, path, shape)

    def add_activities(self, found: Sequence[ActivityRecord]) -> None:
        """Writes activities that are not there yet."""
        with self._held() as connection:
            known = set(
                connection.execute(
                    select(activities.c.number).where(activities.c.edition_id == self.edition_id)
                ).scalars()
            )
            for each in found:
                if each.number not in known:
                    connection.execute(
                        insert(activities).values(
                            edition_id=self.edition_id,
                            number=each.number,
                            key=dict(each.key),
                            activity_type=each.activity_type,
                            activity_id=each.activity_id,
                            planned_start=each.planned_start,
                            expires_at=each.expires_at,
                            status=each.status,
                        )
                    )

    def note_activity(self, number: int, **values: Any) -> None:
        """Writes columns of one activity."""
        with self._held() as connection:
            connection.execute(
                update(activities)
                .where(activities.c.edition_id == self.edition_id, activities.c.number == number)
                .values(values)
            )

    def activities(self) -> list[ActivityRecord]:
        """The activities, in order."""
        with self.database.reading() as connection:
            rows = connection.execute(
                select(activities)
                .where(activities.c.edition_id == self.edition_id)
                .order_by(activities.c.number)
            ).all()
        return [
            ActivityRecord(**{name: row._mapping[name] for name in ActivityRecord.__dataclass_fields__})
            for row in rows
        ]

    def intend_batch(self, number: int, batch: int, *, endpoint: str, people: int, at: datetime) -> int:
        """Books that a batch is about to leave; the entry's id."""
        with self._held() as connection:
            done = connection.execute(
                insert(batches).values(
                    edition_id=self.edition_id,
                    number=number,
                    batch=batch,
                    endpoint=endpoint,
                    people=people,
                    intended_at=at,
                    outcome="intended",
                )
            )
            return _key(done)

    def answer_batch(
        self,
        entry: int,
        *,
        outcome: str,
        at: datetime,
        status: int | None,
        code: str | None,
        counters: Mapping[str, Any],
    ) -> None:
        """Books what became of a batch."""
        with self.database.writing() as connection:
            connection.execute(
                update(batches)
                .where(batches.c.id == entry)
                .values(outcome=outcome, answered_at=at, status=status, code=code, counters=dict(counters))
            )
            if outcome == "done":
                self._goes_on(connection)

    def batch_calls(self) -> list[BatchCall]:
        """Every call with a batch, oldest first."""
        with self.database.reading() as connection:
            rows = connection.execute(
                select(batches).where(batches.c.edition_id == self.edition_id).order_by(batches.c.id)
            ).all()
        return [
            BatchCall(row.number, row.batch, row.endpoint, row.outcome, row.counters or {}) for row in rows
        ]

    def intend_push(self, number: int, push: Push) -> int:
        """Books that a push is about to leave; the entry's id."""
        with self._held() as connection:
            done = connection.execute(
                insert(pushes).values(
                    edition_id=self.edition_id,
                    number=number,
                    kind=push.kind.value,
                    content=push.content.body(),
                    place_due=push.place.due if push.place is not None else None,
                    place_number=push.place.number if push.place is not None else None,
                    passed=push.passed,
                    intended_at=push.at,
                    outcome=push.outcome.value if push.kind is Kind.UNCHANGED else "intended",
                )
            )
            return _key(done)

    def answer_push(
        self, entry: int, push: Push, *, at: datetime, status: int | None, code: str | None, told: str | None
    ) -> None:
        """Books what became of a push."""
        with self.database.writing() as connection:
            connection.execute(
                update(pushes)
                .where(pushes.c.id == entry)
                .values(
                    outcome=push.outcome.value,
                    answered_at=at,
                    status=status,
                    code=code,
                    triggered=push.triggered,
                    unsynced=push.unsynced,
                    wait_seconds=push.wait.total_seconds() if push.wait is not None else None,
                    told=told,
                )
            )
            if push.outcome is Outcome.DONE:
                self._goes_on(connection)

    def pushes(self) -> list[tuple[int, Push]]:
        """Every push with its activity's number, oldest first; one that never was answered is `UNKNOWN`."""
        with self.database.reading() as connection:
            rows = connection.execute(
                select(pushes).where(pushes.c.edition_id == self.edition_id).order_by(pushes.c.id)
            ).all()
        return [(row.number, _push(row)) for row in rows]

    def calls(self) -> dict[str, int]:
        """HTTP requests sent, by endpoint; one that surely never left is none."""
        counted = dict.fromkeys(("register", "add_users", "remove_users", "start", "update", "end"), 0)
        with self.database.reading() as connection:
            for endpoint, number in connection.execute(
                select(batches.c.endpoint, func.count())
                .where(batches.c.edition_id == self.edition_id, batches.c.outcome != "never_left")
                .group_by(batches.c.endpoint)
            ):
                counted[endpoint] += number
            for kind, number in connection.execute(
                select(pushes.c.kind, func.count())
                .where(
                    pushes.c.edition_id == self.edition_id,
                    pushes.c.kind != Kind.UNCHANGED.value,
                    func.coalesce(pushes.c.code, "") != "NEVER_LEFT",
                )
                .group_by(pushes.c.kind)
            ):
                counted[kind if kind in ("start", "end") else "update"] += number
        return counted

    def commands(self, *, waiting: bool = False) -> list[Command]:
        """What people told this edition, oldest first; `waiting`: only what was not obeyed yet."""
        asked = select(commands).where(commands.c.edition_id == self.edition_id).order_by(commands.c.id)
        if waiting:
            asked = asked.where(commands.c.obeyed_at.is_(None))
        with self.database.reading() as connection:
            rows = connection.execute(asked).all()
        return [
            Command(**{name: row._mapping[name] for name in Command.__dataclass_fields__}) for row in rows
        ]

    def obeyed(self, command: int, *, answer: str, effect: Mapping[str, Any] | None, at: datetime) -> None:
        """Books what a command did."""
        with self._held() as connection:
            connection.execute(
                update(commands)
                .where(commands.c.id == command)
                .values(obeyed_at=at, answer=answer, effect=dict(effect) if effect is not None else None)
            )

    def stop_request(
        self, why: str, *, at: datetime, title: str | None = None, message: str | None = None
    ) -> None:
        """Writes the wish to stop; the first one stays (rule 3: stopping is final)."""
        wish_to_stop(self.database, self.edition_id, why, at=at, title=title, message=message)

    def _goes_on(self, connection: Connection) -> None:
        # Whoever gets a call through is no hopeless case, however often runs of it died.
        connection.execute(
            update(editions)
            .where(editions.c.id == self.edition_id, editions.c.tries > 0)
            .values(tries=0, next_try_at=0.0)
        )

    @contextmanager
    def _held(self) -> Iterator[Connection]:
        with self.database.writing() as connection:
            token = connection.execute(
                select(editions.c.lease_token).where(editions.c.id == self.edition_id).with_for_update()
            ).scalar_one_or_none()
            if token != self.lease_token.token:
                raise LostLease("another run took this campaign over")
            yield connection


def _key(done: CursorResult[Any]) -> int:
    if done.inserted_primary_key is None:
        raise LedgerUnwritable("the ledger gave the new entry no number")
    return int(done.inserted_primary_key[0])


def _push(row: Any) -> Push:
    place = Place(row.place_due, row.place_number) if row.place_due is not None else None
    return Push(
        kind=Kind(row.kind),
        content=Content.from_body(row.content),
        at=row.intended_at,
        outcome=Outcome.UNKNOWN if row.outcome == "intended" else Outcome(row.outcome),
        place=place,
        passed=row.passed,
        triggered=row.triggered,
        unsynced=row.unsynced,
        wait=timedelta(seconds=row.wait_seconds) if row.wait_seconds is not None else None,
    )
