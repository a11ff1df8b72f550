"""Every scalar is known wherever contracts need something of each: a rule, an example, words, a schema, a cell."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from live_activity.contract import Contract, read_contract
from live_activity.contract.cells import cell
from live_activity.contract.examples import example
from live_activity.contract.scalars import rule_of
from live_activity.contract.table import describe_type
from live_activity.contract.types import SCALARS, Field, Scalar, StructType
from live_activity.timeline.blank_workbook import headings

NOTHING = StructType("A", ())


@pytest.mark.parametrize("name", sorted(SCALARS))
def test_a_scalar_decodes_its_example_and_is_described(name: str) -> None:
    kind = Scalar(name)
    value = example(kind)
    assert rule_of(kind)(value) is None
    assert describe_type(kind)


@pytest.mark.parametrize("name", sorted(SCALARS))
def test_a_scalar_is_read_back_from_its_schema(name: str, tmp_path: Path) -> None:
    contract = Contract("Match", NOTHING, StructType("S", (Field("v", Scalar(name)),)))
    file = tmp_path / "match.json"
    file.write_text(json.dumps(contract.json_schema()), "utf-8")
    assert read_contract(file, "Match").state == contract.state


@pytest.mark.parametrize("name", sorted(SCALARS - {"String"}))
def test_space_around_a_cell_is_no_part_of_a_value_that_is_not_free_text(name: str) -> None:
    value = example(Scalar(name))
    assert cell(Scalar(name), f" {value} ") == value


@pytest.mark.parametrize("name", sorted(SCALARS))
def test_the_example_of_a_blank_workbook_is_what_phones_accept(name: str) -> None:
    contract = Contract("Match", NOTHING, StructType("S", (Field("v", Scalar(name)),)))
    (heading,) = [each for each in headings(contract) if each.name == "state.v"]
    assert contract.check_state({"v": str(heading.example)}, from_text=True).is_accepted
