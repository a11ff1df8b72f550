"""Editions for the tests, and a process that holds the lease of one until it is killed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import update

from live_activity.core.content import Content
from live_activity.decision.state import Kind, Outcome, Push
from live_activity.ledger import (
    ActivityRecord,
    Database,
    EditionLedger,
    EditionRecord,
    EditionRequest,
    open_edition,
    take,
    this_process,
)
from live_activity.ledger.schema import editions

NOW = datetime(2026, 7, 19, 18, 0, tzinfo=UTC)
KICK_OFF = NOW + timedelta(hours=1)
PARAMETERS: Mapping[str, Any] = {
    "activity_type": "Match",
    "segment": "fans.csv",
    "id_column": "insider_id",
    "split_by": [],
    "defaults": {},
    "poll_seconds": 30,
}
ELSEWHERE = {"host": "another-machine", "boot": "b", "space": "s", "pid": 1, "born": 1.0, "run": "theirs"}

# Takes the lease of an edition, prints "held", and holds it for as long as it lives.
_HOLDER = """
import sys
from live_activity.ledger import Database, LeaseHeartbeat, take, this_process
database = Database(sys.argv[1])
heartbeat = LeaseHeartbeat(database, take(database, sys.argv[2], owner=this_process("child")))
print("held", flush=True)
sys.stdin.read()
"""


def edition_request(**values: Any) -> EditionRequest:
    fields: dict[str, Any] = {
        "account": "sandbox",
        "mode": "run",
        "name": "derby",
        "planned_start": KICK_OFF,
        "parameters": PARAMETERS,
    }
    return EditionRequest(**fields | values)


def opened(database: Database, *, now: datetime = NOW, **values: Any) -> EditionRecord:
    return open_edition(database, edition_request(**values), now=now)[0]


def ledger_of(
    database: Database, edition: EditionRecord | None = None, *, run: str = "ours"
) -> EditionLedger:
    """Takes the lease of an edition, or of a new one, for this process; returns its ledger."""
    edition = edition or opened(database)
    return EditionLedger(database, take(database, edition.id, owner=this_process(run)))


def owned_elsewhere(database: Database, edition: EditionRecord | None = None) -> EditionLedger:
    """Takes the lease of an edition, or of a new one, for a process on another machine; returns its ledger."""
    edition = edition or opened(database)
    return EditionLedger(database, take(database, edition.id, owner=ELSEWHERE))


def run_out(database: Database, edition_id: str) -> None:
    """Lets the lease run out, as if the owner's last heartbeat were too long ago."""
    with database.writing() as connection:
        over = database.now(connection) - 1
        connection.execute(update(editions).where(editions.c.id == edition_id).values(lease_until=over))


def ended(database: Database, edition: EditionRecord, *, status: str = "ended") -> None:
    ledger_of(database, edition).note(status=status, ended_at=NOW + timedelta(hours=3))


def activity(number: int = 0, **values: Any) -> ActivityRecord:
    fields: dict[str, Any] = {
        "number": number,
        "key": {},
        "activity_type": "Match",
        "activity_id": None,
        "expires_at": None,
        "planned_start": None,
        "refreshed": False,
        "status": "planned",
        "why": None,
    }
    return ActivityRecord(**fields | values)


def push(kind: Kind = Kind.UPDATE, *, score: int = 1, **values: Any) -> Push:
    content = Content(title="Derby", message=None, state={"score": score})
    fields: dict[str, Any] = {"kind": kind, "content": content, "at": NOW, "outcome": Outcome.UNKNOWN}
    return Push(**fields | values)


@contextmanager
def held_by_a_child(database: Database, edition: EditionRecord) -> Iterator[subprocess.Popen[str]]:
    """Runs a process that holds the edition; kills it at the end of the block."""
    child = subprocess.Popen(
        [sys.executable, "-c", _HOLDER, database.url, edition.id],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with child:
        try:
            assert child.stdout is not None
            assert child.stdout.readline() == "held\n"
            yield child
        finally:
            child.kill()
