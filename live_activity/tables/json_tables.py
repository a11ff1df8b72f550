"""JSON: an array of objects, or one object a line. Values keep their types and may nest."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NoReturn

from live_activity.core.content import unique_keys
from live_activity.core.findings import InvalidInput, invalid
from live_activity.tables.chunks import Record, chunked
from live_activity.tables.table import Chunk, DamagedRow, Table, TableRow
from live_activity.tables.text import Text

# A line, and the object on it or the reason why there is none.
_Found = tuple[int, dict[str, Any] | str]


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError("a number is too large")
    return number


_DECODER = json.JSONDecoder(parse_constant=_refuse, parse_float=_finite, object_pairs_hook=unique_keys)
_MOST_KEPT = 500_000
_SPACE = " \t\r\n"


class _JsonTable(Table):
    typed = True
    nests = True

    def __init__(self, text: Text) -> None:
        self._text = text
        columns: dict[str, None] = {}
        found: list[_Found] | None = []
        for line, value in self._objects():
            if isinstance(value, dict) and not columns.keys() >= value.keys():
                columns.update(dict.fromkeys(value))
            if found is not None:
                # What is small enough is decoded only once.
                found.append((line, value))
                if len(found) > _MOST_KEPT:
                    found = None
        self._found = found
        super().__init__(where=text.where, columns=tuple(columns), findings=text.findings)

    def column_chunks(self, names: Sequence[str], size: int) -> Iterator[Chunk]:
        records = _records(self._objects() if self._found is None else self._found, names)
        yield from chunked(records, names=names, places=range(len(names)), size=size)

    def rows(self) -> Iterator[TableRow | DamagedRow]:
        # An object that has every column is its row's cells: there is nothing to copy.
        names = self.columns
        found = self._objects() if self._found is None else self._found
        for number, (line, value) in enumerate(found, 1):
            if isinstance(value, str):
                yield DamagedRow(number, line, value)
            elif tuple(value) == names:
                yield TableRow(number, line, value)
            else:
                yield TableRow(number, line, {name: value.get(name) for name in names})

    def _objects(self) -> Iterator[_Found]:
        raise NotImplementedError


class JsonArrayTable(_JsonTable):
    """An array of objects, or an object around one array of them; a key that an object lacks is an empty cell."""

    def _objects(self) -> Iterator[_Found]:
        text = self._text.whole()
        place = _beyond_space(text, 1 if text.startswith("\ufeff") else 0)
        around = text.startswith("{", place)
        if around:
            place = self._only_array(text, place)
        if not text.startswith("[", place):
            what = "is not an array of objects; write [{...}, {...}], or name it .jsonl where each line is an object"
            raise invalid("not_an_array", what, where=self._text.where)
        place = _beyond_space(text, place + 1)
        line, counted = 1, 0
        if text.startswith("]", place):
            self._ended(text, place, around=around)
            return
        several_lines = "\n" in text or "\r" in text
        while True:
            if several_lines:
                line += _line_ends(text, counted, place)
                counted = place
            try:
                value, place = _DECODER.raw_decode(text, place)
            except (ValueError, RecursionError) as error:
                raise self._not_json(text, getattr(error, "pos", place), error) from None
            yield line, value if isinstance(value, dict) else "not_an_object"
            if text.startswith(", {", place):  # as most programs write it
                place += 2
                continue
            place = _beyond_space(text, place)
            if text.startswith(",", place):
                place = _beyond_space(text, place + 1)
                continue
            self._ended(text, place, around=around)
            return

    def _only_array(self, text: str, begin: int) -> int:
        """Where the one array of objects begins that an object such as {"name": ..., "rows": [...]} holds."""
        arrays = []
        place = _beyond_space(text, begin + 1)
        try:
            while not text.startswith("}", place):
                _, place = _DECODER.raw_decode(text, place)
                at = _beyond_space(text, _beyond_space(text, place) + 1)
                value, place = _DECODER.raw_decode(text, at)
                if isinstance(value, list) and all(isinstance(each, dict) for each in value):
                    arrays.append(at)
                place = _beyond_space(text, place)
                place = _beyond_space(text, place + 1) if text.startswith(",", place) else place
            _DECODER.decode(text[begin:])
        except (ValueError, RecursionError) as error:
            raise self._not_json(text, getattr(error, "pos", place)) from None
        return arrays[0] if len(arrays) == 1 else begin

    def _ended(self, text: str, place: int, *, around: bool) -> None:
        if around:  # what stands behind the array was looked at before
            return
        if not text.startswith("]", place):
            raise self._not_json(text, place)
        place = _beyond_space(text, place + 1)
        if place < len(text):
            raise self._not_json(text, place)

    def _not_json(self, text: str, place: int, error: Exception | None = None) -> InvalidInput:
        line = 1 + _line_ends(text, 0, place)
        why = "it goes on where it should end" if error is None else _why(error)
        what = f"is not valid JSON from line {line} on ({why}); correct it there"
        return invalid("not_json", what, where=self._text.where)


class JsonLinesTable(_JsonTable):
    """One object a line; a key that an object lacks is an empty cell, a line that is not an object is damaged."""

    def __init__(self, text: Text, *, decoded: Mapping[str, dict[str, Any]] | None = None) -> None:
        """`decoded` are lines that an earlier reading of the table decoded already."""
        self._known = decoded
        self.decoded: dict[str, dict[str, Any]] = {}
        super().__init__(text)
        self._known = None

    def _objects(self) -> Iterator[_Found]:
        known = self._known
        with self._text.lines() as lines:
            for number, line in enumerate(lines, 1):
                text = line.strip(_SPACE)
                if not text:
                    continue
                value = known.get(text) if known is not None else None
                found = _object(text) if value is None else value
                if known is not None and isinstance(found, dict):
                    self.decoded[text] = found
                yield number, found


def _why(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    if isinstance(error, json.JSONDecodeError):
        return error.msg[:1].lower() + error.msg[1:]
    # Python refuses to read numbers of thousands of digits, in words for programmers.
    return "a number has too many digits" if "integer string" in str(error) else str(error)


def _object(text: str) -> dict[str, Any] | str:
    try:
        value = _DECODER.decode(text)
    except (ValueError, RecursionError):
        return "not_json"
    return value if isinstance(value, dict) else "not_an_object"


def _records(objects: Iterable[_Found], names: Sequence[str]) -> Iterator[Record]:
    for line, value in objects:
        yield line, value if isinstance(value, str) else [value.get(name) for name in names]


def _beyond_space(text: str, place: int) -> int:
    while place < len(text) and text[place] in _SPACE:
        place += 1
    return place


def _line_ends(text: str, begin: int, end: int) -> int:
    pairs = text.count("\r\n", begin, end)
    return text.count("\n", begin, end) + text.count("\r", begin, end) - pairs
