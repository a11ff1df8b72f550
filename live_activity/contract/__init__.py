"""Contracts: what the app decodes, read from its Swift or a JSON Schema, and checks of content against it."""

from live_activity.contract.contract import Checked, Contract, Kind, decode_failure
from live_activity.contract.read import list_types, only_type, read_contract
from live_activity.contract.size import Size, check_push, check_size, payload_size
from live_activity.contract.swift.reading import DeclaredType
from live_activity.contract.table import FieldRow, as_text

__all__ = [
    "Checked",
    "Contract",
    "DeclaredType",
    "FieldRow",
    "Kind",
    "Size",
    "as_text",
    "check_push",
    "check_size",
    "decode_failure",
    "list_types",
    "only_type",
    "payload_size",
    "read_contract",
]
