"""JSON: an array of objects, or one object per line. Values keep their types and may nest."""

from __future__ import annotations

import io
import json
import math
from abc import abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from live_activity.core.content import unique_keys
from live_activity.core.findings import InvalidInput, invalid
from live_activity.tables.chunks import Record, chunked
from live_activity.tables.row_blocks import BLOCK_ROWS, KnownBlocks, LineGroups, RowBlock
from live_activity.tables.table import Chunk, Table
from live_activity.tables.table_row import DamagedRow, TableRow
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


@dataclass(slots=True, eq=False)
class _JsonBlock(RowBlock):
    """A block whose objects were decoded (`found`), or known from the reading before; `columns` are their keys."""

    found: list[_Found] | None = None
    columns: tuple[str, ...] = ()


class _JsonTable(Table):
    typed = True
    nests = True

    def __init__(self, text: Text, *, before: Sequence[RowBlock] = ()) -> None:
        """`before` are the blocks of an earlier reading: those that are there again are not decoded."""
        self._text = text
        columns: dict[str, None] = {}
        kept: list[_JsonBlock] | None = []
        for block in self._blocks(KnownBlocks(before)):
            columns.update(dict.fromkeys(block.columns))
            if kept is not None:
                # What is small enough is decoded only once.
                kept.append(block)
                if block.first + block.count > _MOST_KEPT:
                    kept = None
        self._kept = kept
        super().__init__(where=text.where, columns=tuple(columns), findings=text.findings)

    def column_chunks(self, names: Sequence[str], size: int) -> Iterator[Chunk]:
        records = _records(self._objects(), names)
        yield from chunked(records, names=names, places=range(len(names)), size=size)

    def rows(self) -> Iterator[TableRow | DamagedRow]:
        return self._rows(1, self._objects())

    def row_blocks(self, before: Sequence[RowBlock] = ()) -> Iterator[RowBlock]:
        """The blocks that were compared when the table was opened; where `before` is empty, all are decoded again."""
        blocks: Iterable[_JsonBlock] | None = self._kept
        if self._kept is None or (not before and any(block.found is None for block in self._kept)):
            blocks = self._blocks(KnownBlocks(before))
        for block in blocks or ():
            if block.found is not None:
                block.rows, block.found = self._rows(block.first, block.found), None
            yield block

    def _rows(self, first: int, found: Iterable[_Found]) -> Iterator[TableRow | DamagedRow]:
        # An object that has every column is its row's cells: there is nothing to copy.
        names = self.columns
        for number, (line, value) in enumerate(found, first):
            if isinstance(value, str):
                yield DamagedRow(number, line, value)
            elif tuple(value) == names:
                yield TableRow(number, line, value)
            else:
                yield TableRow(number, line, {name: value.get(name) for name in names})

    def _objects(self) -> Iterator[_Found]:
        blocks: Iterable[_JsonBlock] | None = self._kept
        if self._kept is None or any(block.found is None for block in self._kept):
            blocks = self._blocks(KnownBlocks(()))
        return (each for block in blocks or () for each in block.found or ())

    @abstractmethod
    def _blocks(self, known: KnownBlocks) -> Iterator[_JsonBlock]:
        """The objects in blocks; those of the `known` ones that are there again are not decoded."""


class JsonArrayTable(_JsonTable):
    """An array of objects, or an object around one array of them; a key that an object lacks is an empty cell."""

    def _blocks(self, known: KnownBlocks) -> Iterator[_JsonBlock]:
        text = self._text.whole()
        place = _beyond_space(text, 1 if text.startswith("\ufeff") else 0)
        around = text.startswith("{", place)
        if around:
            place = self._only_array(text, place)
        if not text.startswith("[", place):
            what = "is not an array of objects; write [{...}, {...}], or name it .jsonl where each line is an object"
            raise invalid("not_an_array", what, where=self._text.where)
        place = _beyond_space(text, place + 1)
        first, line = 1, 1 + _line_ends(text, 0, place)
        if text.startswith("]", place):
            self._ended(text, place, around=around)
            return
        while True:
            block = known.at(first)
            if not isinstance(block, _JsonBlock) or not _begins(text, place, line, block):
                block, place = self._block(text, place, first, line)
                yield block
                if block.mark is None:
                    self._ended(text, place, around=around)
                    return
            else:
                place += len(block.mark[-1])
                yield block
            first, line = first + block.count, block.after

    def _block(self, text: str, begin: int, first: int, line: int) -> tuple[_JsonBlock, int]:
        """The objects from here on, and where the next one begins; where the mark is None, where the array ends."""
        found: list[_Found] = []
        place = counted = begin
        several_lines = "\n" in text or "\r" in text
        is_last = False
        while len(found) < BLOCK_ROWS and not is_last:
            if several_lines:
                line += _line_ends(text, counted, place)
                counted = place
            try:
                value, place = _DECODER.raw_decode(text, place)
            except (ValueError, RecursionError) as error:
                raise self._not_json(text, getattr(error, "pos", place), error) from None
            found.append((line, value if isinstance(value, dict) else "not_an_object"))
            if text.startswith(", {", place):  # as most programs write it
                place += 2
                continue
            place = _beyond_space(text, place)
            is_last = not text.startswith(",", place)
            if not is_last:
                place = _beyond_space(text, place + 1)
        mark = None if is_last else ("array", found[0][0], text[begin:place])
        after = line + _line_ends(text, counted, place)
        return _block_of(first, found, mark, after), place

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
        if around:  # what follows the array was checked before
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
    """One object per line; a key that an object lacks is an empty cell, a line that is not an object is damaged."""

    def _blocks(self, known: KnownBlocks) -> Iterator[_JsonBlock]:
        with self._text.lines() as lines:
            groups = LineGroups(lines)
            first, line = 1, 1
            while (group := groups.take()) is not None:
                mark = ("lines", line, group)
                block = known.same(first, mark)
                if not isinstance(block, _JsonBlock):
                    texts = [(number, text.strip(_SPACE)) for number, text in enumerate(_split(group), line)]
                    found = [(number, _object(text)) for number, text in texts if text]
                    block = _block_of(first, found, mark, line + len(texts))
                yield block
                first, line = first + block.count, block.after


def _begins(text: str, place: int, line: int, block: RowBlock) -> bool:
    """Whether the objects of an array's block stand at this place."""
    kind, known_line, known_text = block.mark
    return bool(kind == "array" and line == known_line and text.startswith(known_text, place))


def _block_of(first: int, found: list[_Found], mark: object, after: int) -> _JsonBlock:
    columns: dict[str, None] = {}
    for _, value in found:
        if isinstance(value, dict) and not columns.keys() >= value.keys():
            columns.update(dict.fromkeys(value))
    return _JsonBlock(first, len(found), mark, None, after, found, tuple(columns))


def _split(group: str) -> Iterator[str]:
    return iter(io.StringIO(group, newline=""))


def _why(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    if isinstance(error, json.JSONDecodeError):
        return error.msg[:1].lower() + error.msg[1:]
    # Python refuses numbers of thousands of digits with a message for programmers.
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
