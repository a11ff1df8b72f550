"""The newest push of each activity, and the newest one that reached phones."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from live_activity.core.content import Content
from live_activity.decision.push import Kind, Outcome
from live_activity.decision.schedule import Place
from live_activity.desk.push_rows import NewestPushes, newest_of_each
from live_activity.ledger import Database, EditionLedger, PushAnswer
from tests.ledger.edition_requests import NOW, ledger_of, push


def sent(ledger: EditionLedger, number: int, kind: Kind, outcome: Outcome, *, row: int | None = None) -> int:
    place = Place(NOW, row) if row is not None else None
    attributes = {"homeTeam": f"team {number}"} if kind is Kind.START else None
    made = push(kind, outcome=outcome, place=place, content=Content("t", "m", {"score": row or 0}))
    entry = ledger.intend_push(number, made, attributes=attributes)
    if kind is not Kind.UNCHANGED:
        ledger.answer_push(entry, PushAnswer(made, at=NOW, status=200))
    return entry


def test_the_newest_push_that_reached_phones_is_distinguished_from_the_newest_one(tmp_path: Path) -> None:
    with closing(Database(f"sqlite:///{tmp_path / 'ledger.db'}")) as database:
        ledger = ledger_of(database)
        sent(ledger, 0, Kind.START, Outcome.DONE, row=1)
        shown = sent(ledger, 0, Kind.UPDATE, Outcome.UNKNOWN, row=2)
        last = sent(ledger, 0, Kind.REPEAT, Outcome.NOT_SENT)
        unchanged = sent(ledger, 0, Kind.UNCHANGED, Outcome.DONE, row=3)
        other = sent(ledger, 1, Kind.UPDATE, Outcome.REFUSED, row=4)
        with database.reading() as connection:
            found: NewestPushes = newest_of_each(connection, ledger.edition_id)
    assert {number: row.id for number, row in found.shown.items()} == {0: shown}
    assert {number: row.id for number, row in found.last.items()} == {0: last, 1: other}
    assert {number: row.id for number, row in found.row.items()} == {0: unchanged, 1: other}
    assert found.attributes == {0: {"homeTeam": "team 0"}, 1: {}}
