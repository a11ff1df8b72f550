"""One pass over a segment's table: every row is accepted into one activity, or rejected for a reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from live_activity.core.findings import Finding
from live_activity.core.formatting import count_of
from live_activity.core.read_ahead import read_ahead
from live_activity.core.threads import stop_if_abandoned
from live_activity.segment.columns import check_columns
from live_activity.segment.exclusion import Exclusion, held_out
from live_activity.segment.first_rows import FirstRows
from live_activity.segment.ids import fault_of
from live_activity.segment.people_file import PeopleFile
from live_activity.segment.read_cells import Cells, read_cells
from live_activity.segment.segment_options import SegmentOptions
from live_activity.segment.split_values import SplitValues
from live_activity.segment.text_columns import replaced
from live_activity.segment.unmatched import Suspicion, UnmatchedIds, suspicion_of
from live_activity.tables import DamagedRow, Table
from live_activity.tables.header import clean_name

# Takes the lines, the ids and the reasons of some rejected rows, as arrays.
Reject = Callable[[Any, Any, Any], object]

REPEATED_HEADER, EXCLUDED, HOLDOUT = "repeated_header", "excluded", "holdout"
NO_SPLIT_VALUE, DUPLICATE = "no_value_to_split_by", "duplicate"


@dataclass(slots=True)
class ValidatedRows:
    """The validated rows of a table: how many were rejected and why, and the findings about them."""

    where: str
    options: SegmentOptions
    keys: list[tuple[str, ...]]
    counts: list[int]
    rows: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    table_findings: tuple[Finding, ...] = ()
    damaged: int = 0
    first_damaged: DamagedRow | None = None
    headers: int = 0
    # The number and the line of the first of them.
    first_header: tuple[int, int] = (0, 0)
    no_text: int = 0
    first_no_text: tuple[int, int] = (0, 0)
    # By split column: how many values are not text, and the number and the line of the first of them.
    odd_values: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    unmatched: UnmatchedIds = field(default_factory=UnmatchedIds)

    @property
    def accepted(self) -> int:
        """People in all activities; somebody in two of them counts twice, as their rows do."""
        return sum(self.counts)

    @property
    def rejected(self) -> int:
        """Rows that are in no activity."""
        return self.reasons.total()

    def findings(self) -> tuple[Finding, ...]:
        """What was found in the table; never an id."""
        return (*self.table_findings, *self._own())

    def _own(self) -> Iterator[Finding]:
        column = self.options.id_column
        if self.first_damaged is not None:
            damage = self.first_damaged
            verb = "is" if self.damaged == 1 else "are"
            what = (
                f"{count_of(self.damaged, 'row')} cannot be read and {verb} rejected, the first on line "
                f"{damage.line} ({damage.reason.replace('_', ' ')}); correct them in the table"
            )
            yield Finding.warning("damaged_rows", what, where=self.where, row=damage.number)
        if self.headers:
            number, line = self.first_header
            what = (
                f"the header is repeated in {count_of(self.headers, 'row')}, the first on line {line}, as "
                "where exports were joined; rejected, and the rows after it are read with the first header's columns"
            )
            yield Finding.warning(REPEATED_HEADER, what, where=self.where, row=number, column=column)
        if self.no_text:
            number, line = self.first_no_text
            what = (
                f"{count_of(self.no_text, 'row')} with an id that is not text or a whole number, the first on line "
                f"{line}; rejected: give the ids as text"
            )
            yield Finding.warning("ids_not_text", what, where=self.where, row=number, column=column)
        for name, (count, number, line) in self.odd_values.items():
            what = (
                f"{count_of(count, 'row')} with a value that is not text or a whole number, the first on line {line}; "
                "it counts as empty: give it as text"
            )
            yield Finding.warning("split_values_not_text", what, where=self.where, row=number, column=name)
        yield from self.unmatched.findings(where=self.where, column=column)
        if not self.accepted:
            why = ", ".join(
                f"{reason.replace('_', ' ')}: {n:,}" for reason, n in sorted(self.reasons.items())
            )
            if self.odd_values:
                why += f"; the values of {', '.join(map(repr, self.odd_values))} are not text"
            all_of_it = f"all of its {self.rows:,} rows were" if self.rows > 1 else "its only row was"
            what = f"{all_of_it} rejected ({why})" if self.rows else "it has no rows"
            message = f"nobody is in it: {what}; add people"
            yield Finding.error("nobody_accepted", message, where=self.where)


def validate_rows(
    table: Table,
    options: SegmentOptions,
    *,
    people: PeopleFile,
    first_rows: FirstRows,
    reject: Reject,
    exclusion: Exclusion | None = None,
) -> ValidatedRows:
    """Reads the whole table; `people` takes who is accepted, `reject` the rejected rows in the table's order.

    Raises `InvalidInput` where a needed column is missing or the file cannot be read to its end.
    """
    check_columns(table, id_column=options.id_column, split_by=options.split_by)
    split = SplitValues(options.split_by, options.defaults)
    findings = (*table.findings, *(exclusion.findings if exclusion is not None else ()))
    result = ValidatedRows(table.where, options, split.keys, people.counts, table_findings=findings)
    needed = tuple(dict.fromkeys((options.id_column, *options.split_by)))
    chunks = table.arrow_chunks(needed)
    for cells in read_ahead(read_cells(chunk, table.where, options, split, first_rows) for chunk in chunks):
        stop_if_abandoned()
        rows = _ChunkRows(cells, result, split, first_rows, exclusion)
        rows.validate()
        rows.hand_over(reject)
    return result


class _ChunkRows:
    """The rows of one chunk while they are validated; `_open` marks those that nothing has rejected so far."""

    def __init__(
        self,
        cells: Cells,
        result: ValidatedRows,
        split: SplitValues,
        first_rows: FirstRows,
        exclusion: Exclusion | None,
    ) -> None:
        self._chunk = cells.chunk
        self._result = result
        self._options = result.options
        self._split = split
        self._first_rows = first_rows
        self._exclusion = exclusion
        self._column = cells.ids
        self._ids = cells.ids.texts
        self._hashes = cells.hashes
        self._odd = cells.odd
        self._values = cells.values
        self._open = np.ones(len(self._ids), bool)
        self._rejected: dict[str, list[Any]] = {}
        self._suspects: list[tuple[int, Suspicion]] = []

    def validate(self) -> None:
        """Accepts or rejects every row."""
        self._look_at_ids()
        options = self._options
        if self._exclusion is not None:
            rows = np.flatnonzero(self._open)
            self._refuse(rows[self._exclusion.holds(self._some(rows))], EXCLUDED)
        if options.holdout:
            rows = np.flatnonzero(self._open)
            out = held_out(self._some(rows), percent=options.holdout, salt=options.salt)
            self._refuse(rows[out], HOLDOUT)
        values = self._values
        if values is not None:
            for name, places in values.not_text.items():
                count, number, line = self._result.odd_values.get(name, (0, *self._at(places[0])))
                self._result.odd_values[name] = count + len(places), number, line
            self._refuse(np.flatnonzero(self._open & values.missing), NO_SPLIT_VALUE)
        rows = np.flatnonzero(self._open)
        for place, suspicion in self._suspects:
            if self._open[place]:
                number, line = self._at(place)
                self._result.unmatched.add(suspicion, number=number, line=line)
        if len(rows):
            codes = None if values is None else self._split.number(values, rows)
            hashes = self._hashes if len(rows) == len(self._hashes) else self._hashes[rows]
            new = self._first_rows.accept(self._some(rows), hashes, codes)
            self._refuse(rows[~new], DUPLICATE)

    def _look_at_ids(self) -> None:
        header = self._options.id_column
        if len(self._column.not_text):
            self._refuse(np.array(self._column.not_text), "not_text")
            if not self._result.no_text:
                self._result.first_no_text = self._at(self._column.not_text[0])
            self._result.no_text += len(self._column.not_text)
        inexact = set(self._column.inexact)
        odd = self._odd.tolist()
        places = sorted(inexact.union(odd)) if inexact else odd
        for place, text in zip(places, self._some(np.array(places, np.int64)).to_pylist(), strict=True):
            if not self._open[place]:
                continue
            fault = fault_of(text)
            if fault is not None:
                self._refuse(np.array([place]), fault)
            elif clean_name(text).casefold() == header.casefold():
                self._refuse(np.array([place]), REPEATED_HEADER)
                if not self._result.headers:
                    self._result.first_header = self._at(place)
                self._result.headers += 1
            elif place in inexact:
                self._suspects.append((place, "rounded_ids"))
            elif (suspicion := suspicion_of(text)) is not None:
                self._suspects.append((place, suspicion))

    def _some(self, rows: Any) -> Any:
        import pyarrow

        return self._ids if len(rows) == len(self._ids) else self._ids.take(pyarrow.array(rows))

    def _refuse(self, rows: Any, reason: str) -> None:
        if len(rows):
            self._open[rows] = False
            self._rejected.setdefault(reason, []).append(rows)

    def _at(self, place: int) -> tuple[int, int]:
        """The number and the line of a sound row."""
        return int(self._numbers()[place]), int(self._chunk.lines[place])

    def _numbers(self) -> Any:
        """The numbers of the sound rows."""
        chunk = self._chunk
        every = np.arange(chunk.first, chunk.first + len(chunk.lines) + len(chunk.damaged))
        return (
            np.delete(every, [row.number - chunk.first for row in chunk.damaged]) if chunk.damaged else every
        )

    def hand_over(self, reject: Reject) -> None:
        """Counts the rows, and passes on the rejected ones in the table's order."""
        import pyarrow

        chunk, result = self._chunk, self._result
        result.rows += len(chunk.lines) + len(chunk.damaged)
        if chunk.damaged:
            result.damaged += len(chunk.damaged)
            result.first_damaged = result.first_damaged or chunk.damaged[0]
            result.reasons.update(row.reason for row in chunk.damaged)
        parts = [(reason, np.concatenate(rows)) for reason, rows in self._rejected.items()]
        for reason, rows in parts:
            result.reasons[reason] += len(rows)
        if not parts and not chunk.damaged:
            return
        places = np.concatenate([rows for _, rows in parts]) if parts else np.zeros(0, np.int64)
        texts = replaced(self._ids, self._column)
        lines = np.concatenate(
            (np.asarray(chunk.lines, np.int64)[places], [row.line for row in chunk.damaged])
        ).astype(np.int64)
        ids = pyarrow.concat_arrays(
            [texts.take(pyarrow.array(places)), pyarrow.array([""] * len(chunk.damaged), pyarrow.string())]
        )
        names = [reason for reason, _ in parts] + [row.reason for row in chunk.damaged]
        numbers = np.repeat(
            np.arange(len(names)), [len(rows) for _, rows in parts] + [1] * len(chunk.damaged)
        )
        reasons = pyarrow.array(names, pyarrow.string()).take(pyarrow.array(numbers))
        rows_of = np.concatenate((self._numbers()[places], [row.number for row in chunk.damaged]))
        order = pyarrow.array(np.argsort(rows_of, kind="stable"))
        reject(lines[order.to_numpy()], ids.take(order), reasons.take(order))
