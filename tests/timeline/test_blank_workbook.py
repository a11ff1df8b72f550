"""The new timeline workbook, read by the reader of timelines."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from live_activity.campaign.contract_check import held_against
from live_activity.contract import Contract, read_contract
from live_activity.core.findings import InvalidInput
from live_activity.tables import open_table
from live_activity.timeline import FirstSeen, read_timeline
from live_activity.timeline.blank_workbook import headings, write_sheet
from tests.contract.spelling import contract_with

NOW = datetime(2026, 9, 19, tzinfo=UTC)
DEMO = Path(__file__).parents[2] / "examples" / "world_cup_final"


@pytest.fixture
def contract() -> Contract:
    return read_contract(DEMO / "CupMatchActivity.swift", "CupMatchActivityAttributes")


def test_the_workbook_has_a_column_for_every_field_and_no_row_that_would_be_sent(
    tmp_path: Path, contract: Contract
) -> None:
    table = open_table(write_sheet(str(tmp_path / "new.xlsx"), contract))
    assert table.columns[:4] == ("at", "event", "title", "message")
    assert table.columns[-1] == "ready"
    assert {"state.homeScore", "state.period", "attributes.homeTeam"} < set(table.columns)
    timeline = read_timeline(
        table,
        where="new.xlsx",
        zone=ZoneInfo("UTC"),
        split_by=[],
        now=NOW,
        first_seen_times=FirstSeen(),
    )
    assert timeline.rows == ()
    assert all(finding.severity != "error" for finding in timeline.findings)


def test_enums_are_a_choice_and_numbers_are_checked(tmp_path: Path, contract: Contract) -> None:
    ledger = openpyxl.load_workbook(write_sheet(str(tmp_path / "new.xlsx"), contract))
    rules = {rule.promptTitle: rule for rule in ledger.worksheets[0].data_validations.dataValidation}
    assert rules["event"].formula1 == '"start,update,end"'
    assert rules["state.period"].type == "list"
    assert "halfTime" in rules["state.period"].formula1
    assert rules["state.homeScore"].type == "whole"


def test_the_example_row_is_what_phones_accept(contract: Contract) -> None:
    state: dict[str, object] = {}
    for heading in headings(contract):
        first, *path = heading.name.split(".")
        if first == "state":
            inner = state
            for part in path[:-1]:
                inner = inner.setdefault(part, {})  # type: ignore[assignment]  # a nested field is an object
            inner[path[-1]] = heading.example
    assert contract.check_state(state, from_text=True).is_accepted


def test_the_example_row_can_be_sent_once_it_is_ready(tmp_path: Path) -> None:
    contract = contract_with(
        "var mood: Mood\nvar goals: Goals\nvar players: [Player]\nvar counts: [String: Int]\nvar by: [Mood: Int]\n"
        "var window: ClosedRange<Date>?\nvar captain: Player",
        "enum Mood: Codable { case happy, sad }\nenum Goals: Int, Codable { case none, one }\n"
        "struct Player: Codable { var name: String }",
    )
    file = tmp_path / "new.xlsx"
    write_sheet(str(file), contract)
    ledger = openpyxl.load_workbook(file)
    sheet = ledger.worksheets[0]
    sheet.cell(2, sheet.max_column, True)
    ledger.save(file)
    held = held_against(
        read_timeline(
            table := open_table(str(file)),
            where="new.xlsx",
            zone=ZoneInfo("UTC"),
            split_by=[],
            now=NOW,
            first_seen_times=FirstSeen(),
            convert=contract,
        ),
        contract,
        where="new.xlsx",
        typed=table.typed,
        now=NOW,
    )
    assert [finding for finding in held.findings if finding.severity == "error"] == []
    (row,) = held.rows
    assert (row.content.state["mood"], row.content.state["players"]) == ({"happy": {}}, [])


def test_a_workbook_that_is_there_is_left_alone(tmp_path: Path, contract: Contract) -> None:
    file = tmp_path / "mine.xlsx"
    file.write_bytes(b"mine")
    with pytest.raises(InvalidInput, match="is there already"):
        write_sheet(str(file), contract)
    assert file.read_bytes() == b"mine"
