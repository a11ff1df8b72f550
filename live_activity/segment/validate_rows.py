"""One pass over a segment's table: every row is accepted into one activity, or rejected for a reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from live_activity.core.findings import Finding, Severity
from live_activity.segment.columns import check_columns
from live_activity.segment.ids import fault_of, looks_rounded, text_of
from live_activity.tables import Cell, Chunk, DamagedRow, Table

_ROWS_AT_ONCE = 10_000

# A line, the id as it stands there (empty where nobody knows), and the reason.
Reject = tuple[int, str, str]


@dataclass(frozen=True, slots=True)
class SegmentOptions:
    """What a segment's table is read for. `defaults` are the meanings of empty split values."""

    id_column: str
    split_by: tuple[str, ...]
    defaults: Mapping[str, str]


@dataclass(slots=True)
class ValidatedRows:
    """What came of the rows. `people` are the accepted ids in order, by split values in order of appearance."""

    where: str
    asked: SegmentOptions
    people: dict[tuple[str, ...], dict[str, None]] = field(default_factory=dict, repr=False)
    rows: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    table_findings: tuple[Finding, ...] = ()
    damaged: int = 0
    first_damaged: DamagedRow | None = None
    rounded: int = 0
    # The number and the line of the first of them.
    first_rounded: tuple[int, int] = (0, 0)

    @property
    def accepted(self) -> int:
        """People in all activities; somebody in two of them counts twice, as their rows do."""
        return sum(map(len, self.people.values()))

    @property
    def rejected(self) -> int:
        """Rows that are in no activity."""
        return self.reasons.total()

    def findings(self) -> tuple[Finding, ...]:
        """What is to be told; never an id."""
        return (*self.table_findings, *self._told())

    def _told(self) -> Iterator[Finding]:
        if self.first_damaged is not None:
            damage = self.first_damaged
            what = (
                f"{_rows(self.damaged)} cannot be read and {_is_or_are(self.damaged)} rejected, the first on line "
                f"{damage.line} ({damage.reason.replace('_', ' ')}); mend them in the table"
            )
            yield self._finding("warning", "damaged_rows", what, row=damage.number)
        if self.rounded:
            number, line = self.first_rounded
            what = (
                f"{_rows(self.rounded)} with an id that a spreadsheet seems to have rounded (as in 1.2E+15), "
                f"the first on line {line}; export the ids as text"
            )
            column = self.asked.id_column
            yield self._finding("warning", "rounded_ids", what, row=number, column=column)
        if not self.people:
            why = ", ".join(f"{reason.replace('_', ' ')}: {n:,}" for reason, n in self.reasons.items())
            what = f"all of its {_rows(self.rows)} were rejected ({why})" if self.rows else "it has no rows"
            yield self._finding("error", "nobody_accepted", f"nobody is in it: {what}; put people in")

    def _finding(
        self,
        severity: Severity,
        code: str,
        message: str,
        *,
        row: int | None = None,
        column: str | None = None,
    ) -> Finding:
        return Finding(
            severity=severity, code=code, message=message, where=self.where, row=row, column=column
        )


def validate_rows(
    table: Table, asked: SegmentOptions, reject: Callable[[list[Reject]], object]
) -> ValidatedRows:
    """Reads the whole table; `reject` is handed the rejected rows in the table's order, some at once.

    Raises `InvalidInput` where a needed column is missing or the file cannot be read to its end.
    """
    check_columns(table, id_column=asked.id_column, split_by=asked.split_by)
    gathered = ValidatedRows(table.where, asked, table_findings=table.findings)
    needed = tuple(dict.fromkeys((asked.id_column, *asked.split_by)))
    for chunk in table.column_chunks(needed, _ROWS_AT_ONCE):
        rejects = [*_take_damaged(chunk, gathered), *_take_sound(chunk, gathered)]
        gathered.rows += len(chunk.lines) + len(chunk.damaged)
        gathered.reasons.update(reason for _, _, reason in rejects)
        if rejects:
            rejects.sort(key=lambda each: each[0])
            reject(rejects)
    return gathered


def _take_damaged(chunk: Chunk, gathered: ValidatedRows) -> Iterator[Reject]:
    if chunk.damaged:
        gathered.damaged += len(chunk.damaged)
        gathered.first_damaged = gathered.first_damaged or chunk.damaged[0]
    for row in chunk.damaged:
        yield row.line, "", row.reason


def _take_sound(chunk: Chunk, gathered: ValidatedRows) -> Iterator[Reject]:
    people, asked = gathered.people, gathered.asked
    keys = _keys(chunk, asked)
    for place, cell in enumerate(chunk.columns[asked.id_column]):
        text = text_of(cell)
        fault = fault_of(text)
        if fault is not None or text is None:
            yield chunk.lines[place], str(cell) if text is None else text, fault or "not_text"
            continue
        key = keys[place]
        if key is None:
            yield chunk.lines[place], text, "no_value_to_split_by"
            continue
        activity = people.get(key)
        if activity is None:
            activity = people[key] = {}
        if text in activity:
            yield chunk.lines[place], text, "duplicate"
            continue
        activity[text] = None
        if looks_rounded(cell, text):
            if not gathered.rounded:
                gathered.first_rounded = (_number_at(chunk, place), chunk.lines[place])
            gathered.rounded += 1


def _keys(chunk: Chunk, asked: SegmentOptions) -> Sequence[tuple[str, ...] | None]:
    """The split values of each row; None where one is missing."""
    if not asked.split_by:
        return [()] * len(chunk.lines)
    columns = [_split_values(chunk.columns[name], asked.defaults.get(name, "")) for name in asked.split_by]
    return [values if all(values) else None for values in zip(*columns, strict=True)]


def _split_values(cells: Sequence[Cell], default: str) -> list[str]:
    # Split values repeat: each is read once. Cells of other types may be equal to one that reads differently.
    known: dict[str, str] = {}
    values = []
    for cell in cells:
        if not isinstance(cell, str):
            values.append(_split_value(cell, default))
            continue
        value = known.get(cell)
        if value is None:
            value = known[cell] = _split_value(cell, default)
        values.append(value)
    return values


def _split_value(cell: Cell, default: str) -> str:
    text = text_of(cell)
    if text is None:
        return ""
    return text or default.strip()


def _number_at(chunk: Chunk, place: int) -> int:
    return next(number for at, number in enumerate(chunk.numbers()) if at == place)


def _rows(number: int) -> str:
    return f"{number:,} {'row' if number == 1 else 'rows'}"


def _is_or_are(number: int) -> str:
    return "is" if number == 1 else "are"
