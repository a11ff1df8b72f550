"""A fleet from a CSV file: exactly these phones, so that a test knows every number beforehand."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from live_activity.findings import wrong
from live_activity.sandbox.fleet import Person, Phone

_NEEDED = ("insider_id", "udid", "platform", "os_version", "push_enabled", "push_to_start_token")
_COLUMNS = (*_NEEDED, "gdpr", "sync_delay")
_TRUE = {"true", "1", "yes"}
_FALSE = {"false", "0", "no"}
_OS_MINIMUM = (17, 2)


class FileFleet:
    """The people and phones of a file; any other id has no profile."""

    def __init__(self, people: dict[str, Person]) -> None:
        self._people = people

    def find(self, insider_id: str, *, now: datetime) -> Person | None:
        """The person's profile, the same at any moment."""
        return self._people.get(insider_id)

    def udid(self, insider_id: str, phone: Phone) -> str:
        """The udid that the file gives."""
        return phone.udid or ""

    def reset(self) -> None:
        """Nothing to forget."""


@dataclass(frozen=True, slots=True)
class _Row:
    number: int
    where: str
    cells: dict[str, str] = field(repr=False)

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")

    def wrong(self, column: str, message: str) -> Exception:
        return wrong("fleet_invalid", message, where=self.where, row=self.number, column=column)

    def flag(self, column: str) -> bool:
        text = self[column].casefold()
        if text not in _TRUE | _FALSE:
            raise self.wrong(column, f"{self[column]!r} is neither yes nor no; write true or false")
        return text in _TRUE


def read_fleet(path: Path, *, sync_delay: float) -> FileFleet:
    """The fleet of a CSV file, one row a phone.

    Columns: `insider_id`, `udid`, `platform`, `os_version`, `push_enabled`, `push_to_start_token` (empty: missing),
    `gdpr` (empty: consent, as a missing consent field is; reference, /register) and, if wanted, `sync_delay`: the
    seconds from a start until the phone is synced, or `never`; empty is the sandbox's own delay. Yes and no are
    true/false, 1/0 or yes/no. Other columns are left alone.
    Raises `WrongInput` naming the row (counted from 1 after the header) and the column.
    """
    found: dict[str, list[Phone | str]] = {}
    seen: set[tuple[str, str]] = set()
    for row in _rows(path):
        for column in ("insider_id", "udid", "platform"):
            if not row[column]:
                raise row.wrong(column, "is empty; every phone needs one")
        key = (row["insider_id"], row["udid"])
        if key in seen:
            raise row.wrong("udid", "this person has this phone already; keep one of the rows")
        seen.add(key)
        phones = found.setdefault(row["insider_id"], [])
        phones.append(_phone(row, nth=len(phones), sync_delay=sync_delay))
    return FileFleet({insider_id: _person(phones) for insider_id, phones in found.items()})


def _person(found: list[Phone | str]) -> Person:
    return Person(
        phones=tuple(phone for phone in found if isinstance(phone, Phone)),
        skipped=tuple(reason for reason in found if isinstance(reason, str) and reason != "denied"),
        denied=found.count("denied"),
    )


def _phone(row: _Row, *, nth: int, sync_delay: float) -> Phone | str:
    """The phone, or what keeps it out, by the order that `Person` tells. Every cell is read, also of those kept out."""
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
        raise row.wrong("os_version", f"{text!r} is no version; write it as 17.2 or 18.0.1")
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
        raise row.wrong("sync_delay", f"{text!r} is no delay; write seconds, or never")
    return seconds


def _rows(path: Path) -> Iterator[_Row]:
    where = path.name
    number = 0
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = csv.reader(file, strict=True)
            header = [name.strip() for name in next(lines, [])]
            _check_header(header, where)
            for number, cells in enumerate((cells for cells in lines if cells), start=1):
                if len(cells) != len(header):
                    raise wrong(
                        "fleet_invalid",
                        f"has {len(cells)} cells and the header {len(header)}; check the commas and quotes",
                        where=where,
                        row=number,
                    )
                texts = {name: cell.strip() for name, cell in zip(header, cells, strict=True)}
                yield _Row(number=number, where=where, cells=texts)
    except OSError as error:
        raise wrong("fleet_unreadable", f"cannot be read: {error.strerror}", where=str(path)) from None
    except UnicodeDecodeError:
        raise wrong("fleet_unreadable", "is not UTF-8 text; save it as UTF-8", where=where) from None
    except csv.Error as error:
        raise wrong("fleet_invalid", f"is no CSV: {error}", where=where, row=number + 1) from None


def _check_header(header: list[str], where: str) -> None:
    for name in _NEEDED:
        if name not in header:
            raise wrong(
                "fleet_invalid",
                f"the header has no column {name}; it needs {', '.join(_NEEDED)}",
                where=where,
                column=name,
            )
    for name in _COLUMNS:
        if header.count(name) > 1:
            raise wrong("fleet_invalid", "the header has it twice; keep one", where=where, column=name)
