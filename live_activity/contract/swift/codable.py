"""Whether Swift synthesizes the decoding of a type, as far as its declaration shows."""

from __future__ import annotations

from collections.abc import Set

from live_activity.contract.swift.declarations import Declaration
from live_activity.contract.swift.fields import ReportFinding
from live_activity.contract.types import SCALARS

REWRITTEN = {"Observable": "@Observable renames what is stored", "Model": "@Model writes its own coding"}
"""Macros that are known to change the coding, and how."""

_PLAIN_ATTRIBUTES = frozenset(
    {"available", "MainActor", "frozen", "objc", "objcMembers", "nonobjc", "dynamicMemberLookup", "Sendable",
     "dynamicCallable", "propertyWrapper", "preconcurrency", "usableFromInline", "_spi", "DebugDescription",
     "resultBuilder", "globalActor", "main", *REWRITTEN}
)  # fmt: skip
DECODABLE = frozenset({"Codable", "Decodable", "ActivityAttributes"})
_NOT_DECODABLE = (
    frozenset(
        {
            "Hashable",
            "Equatable",
            "Sendable",
            "Identifiable",
            "CaseIterable",
            "Comparable",
            "CustomStringConvertible",
            "Error",
            "Encodable",
        }
    )
    | SCALARS
)


def report_coding(declaration: Declaration, conforms_to: Set[str], report: ReportFinding) -> None:
    """Reports each reason to doubt that Swift decodes the type as it is declared."""
    for macro in sorted(declaration.attributes - _PLAIN_ATTRIBUTES):
        report(
            "swift_macro",
            f"@{macro} may write an init(from:) of its own for {declaration.name}, which is not visible here",
            declaration,
        )
    if not conforms_to & DECODABLE and conforms_to <= _NOT_DECODABLE:
        report(
            "swift_not_codable",
            f"{declaration.name} is not declared Codable, so the app cannot compile as it is written here; "
            "provide the file that declares it, or add Codable",
            declaration,
        )
