"""A fleet from a CSV file: exactly these phones, so that a test knows every number beforehand."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from live_activity.core.findings import invalid
from live_activity.sandbox.draws import Draws, draws_of
from live_activity.sandbox.fleet import NO_PROFILE, Person, Phone, Profiles
from live_activity.tables import DamagedRow
from live_activity.tables.csv_table import DelimitedTable
from live_activity.tables.file import TableFile
from live_activity.tables.text import Text

_NEEDED = ("insider_id", "udid", "platform", "os_version", "push_enabled", "push_to_start_token")
_TRUE = {"true", "1", "yes"}
_FALSE = {"false", "0", "no"}
_OS_MINIMUM = (17, 2)
_DAMAGE = {
    "too_few_cells": "has fewer cells than the header; add the missing separators",
    "too_many_cells": "has more cells than the header; put a cell that holds the separator in quotes",
    "stray_quote": "it has a stray quote; remove it, or close it",
}


class CsvFleet:
    """The people and phones of a file; any other id has no profile."""

    def __init__(self, people: dict[str, Person]) -> None:
        self.profiles = Profiles()
        self._numbers = {insider_id: self.profiles.add(person) for insider_id, person in people.items()}

    def look_up(self, insider_ids: Sequence[str], *, now: datetime) -> tuple[NDArray[np.int32], Draws]:
        """Each person's profile number, the same at any time, and their random draw."""
        numbers = [self._numbers.get(insider_id, NO_PROFILE) for insider_id in insider_ids]
        return np.array(numbers, np.int32), draws_of(insider_ids)

    def find(self, insider_id: str, *, now: datetime) -> Person | None:
        """The person's profile, the same at any time; None if the file does not have them."""
        number = self._numbers.get(insider_id)
        return self.profiles[number] if number is not None else None

    def udid(self, insider_id: str, phone: Phone) -> str:
        """The udid that the file gives."""
        return phone.udid or ""

    def reset(self) -> None:
        """Does nothing: a file has nothing to forget."""


@dataclass(frozen=True, slots=True)
class _Row:
    number: int
    where: str
    cells: dict[str, str] = field(repr=False)

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")

    def invalid(self, column: str, message: str) -> Exception:
        return invalid("fleet_invalid", message, where=self.where, row=self.number, column=column)

    def flag(self, column: str) -> bool:
        text = self[column].casefold()
        if text not in _TRUE | _FALSE:
            raise self.invalid(column, f"{self[column]!r} is neither yes nor no; write true or false")
        return text in _TRUE


def read_fleet(path: Path, *, sync_delay: float) -> CsvFleet:
    """Reads the fleet of a CSV file with one row for each phone; the file is read like every other table.

    Columns: `insider_id`, `udid`, `platform`, `os_version`, `push_enabled`, `push_to_start_token` (empty: missing),
    `gdpr` (empty: consent, like a missing consent field) and, optionally, `sync_delay`: the seconds from a start
    until the phone is synced, or `never`; empty is the sandbox's own delay. Yes and no are true/false, 1/0 or yes/no.
    Other columns are ignored.
    Raises `InvalidInput`, which names the row (counted from 1 after the header) and the column.
    """
    found: dict[str, list[Phone | str]] = {}
    seen: set[tuple[str, str]] = set()
    for row in _rows(path):
        for column in ("insider_id", "udid", "platform"):
            if not row[column]:
                raise row.invalid(column, "is empty; every phone needs one")
        key = (row["insider_id"], row["udid"])
        if key in seen:
            raise row.invalid("udid", "this person has this phone already; keep one of the rows")
        seen.add(key)
        phones = found.setdefault(row["insider_id"], [])
        phones.append(_phone(row, nth=len(phones), sync_delay=sync_delay))
    return CsvFleet({insider_id: _person(phones) for insider_id, phones in found.items()})


def _person(found: list[Phone | str]) -> Person:
    return Person(
        phones=tuple(phone for phone in found if isinstance(phone, Phone)),
        skipped=tuple(reason for reason in found if isinstance(reason, str) and reason != "denied"),
        denied=found.count("denied"),
    )


def _phone(row: _Row, *, nth: int, sync_delay: float) -> Phone | str:
    """The phone, or the first reason why it is left out, in the order of `Person`. Every cell is checked."""
    iphone = row["platform"].casefold() == "ios"
    version = _version(row) if iphone else ()
    allowed = row.flag("push_enabled")
    consents = not row["gdpr"] or row.flag("gdpr")
    delay = _delay(row, sync_delay)
    if not iphone:
        return "unsupported_platform"
    if version < _OS_MINIMUM:
        return "unsupported_os_version"
    if not allowed:
        return "push_permission_disabled"
    if not consents:
        return "denied"
    if not row["push_to_start_token"]:
        return "push_to_start_token_missing"
    return Phone(nth=nth, sync_delay=delay, udid=row["udid"])


def _version(row: _Row) -> tuple[int, ...]:
    text = row["os_version"]
    if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})*", text):
        raise row.invalid("os_version", f"{text!r} is not a version; write it as 17.2 or 18.0.1")
    return tuple(int(part) for part in text.split("."))


def _delay(row: _Row, default: float) -> float | None:
    text = row["sync_delay"]
    if not text:
        return default
    if text.casefold() == "never":
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds <= 1e9:
        raise row.invalid("sync_delay", f"{text!r} is not a delay; write seconds, or never")
    return seconds


def _rows(path: Path) -> Iterator[_Row]:
    table = DelimitedTable(Text(TableFile(str(path), where=path.name)))
    for name, what in table.doubled.items():
        if name in _NEEDED:
            raise invalid("fleet_invalid", what, where=path.name)
    missing = [name for name in _NEEDED if name not in table.columns]
    if missing:
        raise invalid(
            "fleet_invalid",
            f"the header has no {', '.join(missing)}; it needs {', '.join(_NEEDED)}",
            where=table.where,
        )
    for row in table.rows():
        if isinstance(row, DamagedRow):
            raise invalid("fleet_invalid", _DAMAGE[row.reason], where=table.where, row=row.number)
        texts = {name: cell.strip() for name, cell in row.cells.items()}
        yield _Row(number=row.number, where=table.where, cells=texts)
