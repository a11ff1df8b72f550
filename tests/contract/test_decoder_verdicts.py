"""Verdicts of Swift 6.0's own JSONDecoder: declarations, payloads, and whether each decodes."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import pytest

from live_activity.contract import Contract, decode_failure
from tests.contract.spelling import contract_of

VERDICTS = [
    (declared["name"], declared["swift"], each["payload"], each["decodes"])
    for file in sorted(Path(__file__).parent.glob("swift-decoder*.json"))
    for declared in json.loads(file.read_text("utf-8"))
    for each in declared["payloads"]
]


@cache
def contract(swift: str) -> Contract:
    return contract_of(swift, "A")


@pytest.mark.parametrize(
    ("swift", "payload", "decodes"),
    [row[1:] for row in VERDICTS],
    ids=[f"{row[0]}-{row[2]}"[:80] for row in VERDICTS],
)
def test_a_phone_decodes_what_swift_decodes(swift: str, payload: str, decodes: bool) -> None:
    value = json.loads(payload)
    failure = decode_failure(contract(swift), "state", value)
    assert (failure is None) is decodes, failure
    assert contract(swift).check_state(value, from_text=False).is_accepted is decodes


def test_every_declaration_is_checked_in_full() -> None:
    for swift in {row[1] for row in VERDICTS}:
        assert [note for note in contract(swift).notes if note.code == "unchecked"] == [], swift
