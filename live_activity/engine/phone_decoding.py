"""How the sandbox's phones decode content: by the contract, as the app's Swift would."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from live_activity.contract import Contract, list_types, read_contract
from live_activity.sandbox import Decode, Part


def decoding(contracts: Iterable[Contract]) -> Decode:
    """How phones decode whose app has these types; content of any other type cannot be shown."""
    by_type = {contract.name: contract for contract in contracts}

    def decode(activity_type: str, part: Part, value: object) -> str | None:
        contract = by_type.get(activity_type)
        if contract is None:
            return f"the app has no {activity_type}"
        return contract.decode_failure(part, value)

    return decode


def decoding_of(path: Path) -> Decode:
    """How phones decode whose app has the types in that Swift (or JSON Schema). Raises `InvalidInput`."""
    return decoding(read_contract(path, each.name) for each in list_types(path))
