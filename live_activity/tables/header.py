"""The names of a table's columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from live_activity.core.findings import Finding, InvalidInput, invalid

# Byte order marks that joined exports leave in front of a name.
_MARKS = "\ufeff\ufffe"


@dataclass(frozen=True, slots=True)
class Header:
    """The columns that can be read, each with its place among the cells of a row.

    `width` counts the header's cells, `named` those up to the last one with a name. `doubled` maps each name that
    several columns share to what is wrong with it: such a column cannot be read.
    """

    columns: tuple[str, ...]
    places: Mapping[str, int]
    width: int
    named: int
    doubled: Mapping[str, str] = field(default_factory=dict)

    def findings(self, where: str) -> tuple[Finding, ...]:
        """A remark for each name that several columns share."""
        return tuple(
            Finding.info("column_twice", f"{what} if it is needed; neither is read", where=where)
            for what in self.doubled.values()
        )


def read_header(names: Sequence[str], *, where: str) -> Header:
    """The header of a table; columns without a name are left out, and so are names that stand twice.

    Raises `InvalidInput` where no column has a name.
    """
    stripped = [clean_name(name) for name in names]
    places: dict[str, int] = {}
    doubled: dict[str, str] = {}
    for place, name in enumerate(stripped):
        if not name:
            continue
        if name in places:
            first = places[name] + 1
            doubled.setdefault(
                name,
                f"columns {first} and {place + 1} have the same name{_shown(name)}; rename one of them",
            )
            continue
        places[name] = place
    if not places:
        raise invalid("no_header", "has no header; write the columns' names on its first line", where=where)
    named = max(place for place, name in enumerate(stripped) if name) + 1
    columns = {name: place for name, place in places.items() if name not in doubled}
    return Header(tuple(columns), columns, len(stripped), named, doubled)


def checked_header(names: Sequence[str], *, where: str) -> tuple[str, ...]:
    """The names of columns that are all read, such as those of a query.

    Raises `InvalidInput` with every column that has no name, or the name of another one.
    """
    header = read_header(names, where=where)
    findings = [
        Finding.error(
            "column_without_name", f"column {place} has no name; write one into the header", where=where
        )
        for place, name in enumerate(names[: header.named], 1)
        if not clean_name(name)
    ]
    findings += [Finding.error("column_twice", what, where=where) for what in header.doubled.values()]
    if findings:
        raise InvalidInput(findings)
    return header.columns


def header_below(line: int, *, where: str) -> Finding:
    """The error about a table whose columns' names stand below a title."""
    what = f"the names of its columns seem to stand on line {line}; delete the lines above them"
    return Finding.error("header_below", what, where=where)


def clean_name(name: str) -> str:
    """The name without the space and the byte order marks around it."""
    return name.strip().strip(_MARKS).strip()


def _shown(name: str) -> str:
    # Where the header was forgotten, the name may be somebody's id.
    is_name = len(name) <= 64 and "@" not in name and not any(letter.isdigit() for letter in name)
    return f" {name!r}" if is_name else ""
