"""Finds values that are not like the others of their column; without a contract, nothing else shows them.

Phones decode a field as one type, and drop content that lacks a field which the app does not declare Optional.
Messages hold no counts, so that a growing table repeats none of them.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Any, NamedTuple

from live_activity.core.boolean_words import meant_boolean
from live_activity.core.findings import Finding
from live_activity.core.formatting import kind_of, quoted
from live_activity.core.rows import Row
from live_activity.timeline.columns import Columns
from live_activity.timeline.row_cache import RowCache

# A field is missing "in a few rows" up to so many, or up to this share of them; beyond that it looks Optional.
_FEW, _SHARE = 3, 0.1
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:[,' \u00a0\u202f]\d{3})+(?:\.\d+)?")
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")
_PADDED = re.compile(r"[+-]?0*(\d+(?:\.\d+)?)")
_HUGE = re.compile(r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_PLURALS = {"a number": "numbers", "a list": "lists", "an object": "objects"}

Path = tuple[str, ...]
Seen = tuple[Row, Any]
"""A row and the value that a field has in it."""


@dataclass(slots=True)
class _Field:
    """The values of one field: how many of each kind, and the first of each."""

    counts: Counter[str] = field(default_factory=Counter)
    firsts: dict[str, Seen] = field(default_factory=dict)
    present: int = 0
    first_not_boolean: Seen | None = None
    first_boolean_word: Seen | None = None

    def take(self, value: _Value, number: int, first: Row, holder: Mapping[str, Any]) -> None:
        """Counts a value that `number` rows have alike; `holder` is the content of the first of them."""
        self.present += number
        self.counts[value.kind] += number
        seen = (first, _inside(holder, value.path[1:]))
        self.firsts.setdefault(value.kind, seen)
        if value.is_boolean_word:
            self.first_boolean_word = self.first_boolean_word or seen
        elif value.kind != "true or false":
            self.first_not_boolean = self.first_not_boolean or seen


class _Value(NamedTuple):
    """What a value counts as: rows whose values all count as the same are checked once."""

    path: Path
    kind: str
    is_boolean_word: bool


_Shape = tuple[_Value, ...]


@lru_cache(maxsize=4096)
def _is_boolean_word(text: str) -> bool:
    return meant_boolean(text) is not None


def column_findings(
    rows: Sequence[Row], columns: Columns, *, where: str, cache: RowCache | None = None
) -> Iterator[Finding]:
    """A warning for each field that is missing in a few rows, has another type in some, or spells a boolean as text.

    `cache` remembers the types in the rows of the last reading.
    """
    cache = cache or RowCache()
    names = {each.path: each.column for each in (*columns.state, *columns.attributes)}
    starts = [row for row in rows if row.event == "start"]
    for root, those in (("state", rows), ("attributes", starts)):
        fields = _fields(root, those, cache)
        for path, found in fields.items():
            column = names.get(path, ".".join(path))
            for finding in (*_type_findings(found), *_missing_findings(path, found, those)):
                yield finding.model_copy(update={"where": where, "column": column})


def _fields(root: str, rows: Sequence[Row], cache: RowCache) -> dict[Path, _Field]:
    # The content stays the same object at the next reading where nothing has changed.
    subjects = [row.content if root == "state" else row.attributes for row in rows]
    shapes = cache.results((root,), subjects, partial(_shape, root, {}))
    # Most rows share the object of their shape: they are counted without looking into it.
    ids = [*map(id, shapes)]
    counts = Counter(ids)
    firsts = dict(zip(reversed(ids), range(len(ids) - 1, -1, -1), strict=True))
    found: dict[_Shape, list[int]] = {}
    for each, place in sorted(firsts.items(), key=lambda first: first[1]):
        found.setdefault(shapes[place], [place, 0])[1] += counts[each]
    fields: dict[Path, _Field] = {}
    for shape, (place, number) in found.items():
        for value in shape:
            fields.setdefault(value.path, _Field()).take(value, number, rows[place], _of(root, rows[place]))
    return fields


def _shape(root: str, known: dict[_Shape, _Shape], subject: Any) -> _Shape:
    found = tuple(
        _Value(path, kind := kind_of(value), kind == "text" and _is_boolean_word(value))
        for path, value in _values((root,), subject.state if root == "state" else subject)
    )
    return known.setdefault(found, found)


def _of(root: str, row: Row) -> Mapping[str, Any]:
    return row.content.state if root == "state" else row.attributes


def _values(path: Path, value: Mapping[str, Any]) -> Iterator[tuple[Path, Any]]:
    for name, part in value.items():
        if part is not None:
            yield (*path, name), part
        if isinstance(part, dict):
            yield from _values((*path, name), part)


def _type_findings(found: _Field) -> Iterator[Finding]:
    if found.first_boolean_word is not None and found.first_not_boolean is None:
        row, value = found.first_boolean_word
        message = (
            f"{quoted(value)} is sent as text, which phones do not decode as a Bool; write true or false in lower "
            "case, or name a contract, which says what the app's type is"
        )
        yield Finding.warning("boolean_as_text", message, row=row.number)
        return
    if len(found.counts) < 2:
        return
    most = max(found.counts.values())
    usual = next(kind for kind in found.firsts if found.counts[kind] == most)
    row, value = min(
        (seen for kind, seen in found.firsts.items() if kind != usual), key=lambda seen: seen[0].number
    )
    message = (
        f"{_named(value)}, while other rows hold {_PLURALS.get(usual, usual)}, and phones decode a field as one type "
        f"only; {_fix(value, usual)}"
    )
    yield Finding.warning("type_changes", message, row=row.number)


def _named(value: Any) -> str:
    if isinstance(value, str):
        if value.strip().casefold().lstrip("+-") in ("nan", "inf", "infinity"):
            return f"{quoted(value)} is not a number, and JSON has no such value"
        if _is_huge(value):
            return f"{quoted(value)} is a number too large to be sent as one"
    return f"{quoted(value)} is {kind_of(value)}"


def _is_huge(text: str) -> bool:
    spelt = text.strip()
    if not _HUGE.fullmatch(spelt):
        return False
    return len(spelt) > 4_000 or not math.isfinite(float(spelt))


def _fix(value: Any, usual: str) -> str:
    if usual == "text":
        return "if the app's field is text, name a contract, and every value is sent as text"
    if usual != "a number" or not isinstance(value, str):
        return f"write {usual}"
    spelt = value.strip()
    if _THOUSANDS.fullmatch(spelt):
        return f"write {re.sub(r'[^0-9.+-]', '', spelt).lstrip('+')} without separators"
    if _DECIMAL_COMMA.fullmatch(spelt):
        return f"write {spelt.replace(',', '.').lstrip('+')} with a decimal point"
    if (padded := _PADDED.fullmatch(spelt)) and not _is_huge(spelt):
        return f"write {'-' if spelt[0] == '-' else ''}{padded[1]}"
    return "write a number, or leave the cell empty"


def _missing_findings(path: Path, found: _Field, rows: Sequence[Row]) -> Iterator[Finding]:
    root, *outer, name = path
    if not outer and found.present == len(rows):
        return
    # A field inside an object can only be missing where the object is there.
    holders = [(row, holder) for row in rows if isinstance(holder := _inside(_of(root, row), outer), Mapping)]
    missing = len(holders) - found.present
    if not 0 < missing < found.present or missing > max(_FEW, len(holders) * _SHARE):
        return
    row = next(row for row, holder in holders if holder.get(name) is None)
    message = (
        "is missing here, while most rows have it, and phones drop content that lacks a field which the app needs; "
        "fill it in, or name a contract if the app's field is Optional"
    )
    yield Finding.warning("value_missing", message, row=row.number)


def _inside(value: Any, names: Sequence[str]) -> Any:
    for name in names:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value
