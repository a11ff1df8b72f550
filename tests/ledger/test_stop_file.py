from __future__ import annotations

from pathlib import Path

import pytest

from live_activity.ledger import (
    Database,
    EditionLedger,
    LedgerUnreadable,
    StopFile,
    read_stop_beside,
    remove_stop_beside,
    request_stop,
    stop_beside,
    take,
    this_process,
    write_stop_beside,
)
from tests.ledger.edition_requests import KICK_OFF, NOW, ledger_of, owned_elsewhere, run_out


@pytest.fixture(params=["local", "store"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return str(tmp_path / "staged") if request.param == "local" else f"memory://{tmp_path}/staged"


def staging(database: Database, folder: str) -> EditionLedger:
    """Creates an edition whose owner on another machine stages in the folder."""
    ledger = owned_elsewhere(database)
    ledger.begin_folder(folder, at=NOW)
    return ledger


def taken_over(database: Database, ledger: EditionLedger) -> EditionLedger:
    edition = ledger.edition()
    run_out(database, edition.id)
    stop = stop_beside(database, edition)
    return EditionLedger(database, take(database, edition.id, owner=this_process("ours"), stop=stop))


def test_a_stop_is_read_back_by_edition_and_owner(folder: str) -> None:
    stop = StopFile("e1", 3, "cancelled", NOW, "ann", title="Called off")
    write_stop_beside(folder, stop)
    write_stop_beside(folder, StopFile("e1", 3, "failed", KICK_OFF, "bob"))
    assert read_stop_beside([f"{folder}-other", folder], edition_id="e1", lease_token=3) == stop
    assert read_stop_beside([folder], edition_id="e2", lease_token=3) is None
    assert read_stop_beside([folder], edition_id="e1", lease_token=2) is None
    remove_stop_beside(folder, lease_token=3)
    assert read_stop_beside([folder], edition_id="e1", lease_token=3) is None


def test_the_next_owner_records_the_stop_that_the_last_one_could_not(database: Database, folder: str) -> None:
    dead = staging(database, folder)
    dead.write_stop_beside(folder, "cancelled", at=NOW, author="ann")
    ours = taken_over(database, dead)
    stop_request = ours.edition().stop_request
    assert stop_request is not None
    assert (stop_request["why"], stop_request["author"], stop_request["at"]) == (
        "cancelled",
        "ann",
        NOW.isoformat(),
    )


def test_a_stop_of_an_owner_that_had_lost_the_edition_stops_nobody(database: Database, folder: str) -> None:
    halted = staging(database, folder)
    ours = taken_over(database, halted)
    halted.write_stop_beside(folder, "cancelled", at=NOW)
    ours.release()
    assert taken_over(database, ours).edition().stop_request is None


def test_a_stop_is_not_recorded_where_yet_another_run_was_faster(database: Database, folder: str) -> None:
    dead = staging(database, folder)
    dead.write_stop_beside(folder, "cancelled", at=NOW)
    stop = stop_beside(database, dead.edition())
    run_out(database, dead.edition_id)
    other = ledger_of(database, dead.edition())
    other.release()
    take(database, dead.edition_id, owner=this_process("ours"), stop=stop)
    assert other.edition().stop_request is None


def test_the_ledgers_own_stop_request_wins(database: Database, folder: str) -> None:
    dead = staging(database, folder)
    dead.write_stop_beside(folder, "failed", at=NOW)
    request_stop(database, dead.edition_id, "cancelled", author="ann", at=NOW)
    stop_request = taken_over(database, dead).edition().stop_request
    assert stop_request is not None
    assert stop_request["author"] == "ann"


def test_a_damaged_file_still_stops_the_campaign(database: Database, tmp_path: Path) -> None:
    dead = staging(database, str(tmp_path))
    (tmp_path / f"stop-{dead.lease_token.token}.json").write_text('{"why": "canc')
    stop_request = taken_over(database, dead).edition().stop_request
    assert stop_request is not None
    assert stop_request["why"] == "failed"


def test_nothing_is_continued_while_the_folder_cannot_be_read(database: Database) -> None:
    dead = staging(database, "nostore://bucket/staged")
    with pytest.raises(LedgerUnreadable, match="whether derby was stopped cannot be read"):
        stop_beside(database, dead.edition())
