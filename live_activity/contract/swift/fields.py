"""Which properties of a struct its synthesized `init(from:)` reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

from live_activity.contract.swift.declarations import Declaration
from live_activity.contract.swift.properties import Property
from live_activity.contract.swift.spelling import Named, Spelling
from live_activity.core.suggestions import did_you_mean


class ReportFinding(Protocol):
    """Takes findings about the Swift itself."""

    def __call__(self, code: str, message: str, declaration: Declaration, *, error: bool = False) -> None:
        """Adds one finding."""
        ...


def decoded_properties(
    declaration: Declaration, keys: Mapping[str, str] | None, *, report: ReportFinding
) -> Iterator[Property]:
    """The properties that are read, in the order of the source.

    Static and lazy ones, a `let` with a value of its own, and those that CodingKeys leaves out are not read.
    `report` takes findings about CodingKeys that the app cannot compile with.
    """
    stored = [prop for prop in declaration.properties if not prop.is_static and not prop.is_lazy]
    names = {prop.name for prop in stored}
    for name in keys or ():
        if name not in names:
            report(
                "swift_coding_keys",
                f"CodingKeys of {declaration.name} has a case {name}, and no stored property has that name"
                f"{did_you_mean(name, names)}",
                declaration,
                error=True,
            )
    for prop in stored:
        if keys is not None and prop.name not in keys:
            if not _has_a_value(prop):
                report(
                    "swift_coding_keys",
                    f"{prop.name} of {declaration.name} is left out of CodingKeys and has no default value, "
                    "so the app cannot compile; add its case, or a default",
                    declaration,
                    error=True,
                )
        elif not (prop.is_let and prop.has_default):
            yield prop


def _has_a_value(prop: Property) -> bool:
    return prop.has_default or prop.wrapper is not None or (not prop.is_let and _is_optional(prop.type))


def _is_optional(spelling: Spelling | None) -> bool:
    return isinstance(spelling, Named) and spelling.parts[-1].name == "Optional"
