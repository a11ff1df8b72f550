"""What a timeline is read from and with: a table of rows, and a contract's types for its cells."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from live_activity.core.content import Json, NoOpinion
from live_activity.core.findings import Finding
from live_activity.tables import DamagedRow
from live_activity.tables.row_blocks import RowBlock, in_blocks


class InputRow(Protocol):
    """A row that could be read."""

    @property
    def number(self) -> int:
        """1-based data row number."""
        ...

    @property
    def line(self) -> int:
        """The line of the file on which it begins."""
        ...

    @property
    def cells(self) -> Mapping[str, object]:
        """The cells by column; text, or values with types of their own."""
        ...


@dataclass(frozen=True, slots=True)
class FaultyRow:
    """A row that could be read, but not understood; `findings` say why."""

    number: int
    findings: tuple[Finding, ...]


class InputTable(Protocol):
    """A table as `live_activity.tables` opens it."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column, in the table's order."""
        ...

    @property
    def typed(self) -> bool:
        """Whether cells keep types of their own; False where all are text."""
        ...

    @property
    def nests(self) -> bool:
        """Whether it is JSON; elsewhere a cell can hold an object or an array only as text that spells it."""
        ...

    def rows(self) -> Iterator[InputRow | DamagedRow | FaultyRow]:
        """The rows in the table's order."""
        ...


def row_blocks(table: InputTable, before: Sequence[RowBlock]) -> Iterator[RowBlock]:
    """The table's rows in blocks, compared with those of an earlier reading where the table can do that."""
    compared: Callable[[Sequence[RowBlock]], Iterator[RowBlock]] | None = getattr(table, "row_blocks", None)
    return compared(before) if compared is not None else in_blocks(table.rows())


class Convert(Protocol):
    """A contract's types for text cells. A path begins with `state` or `attributes`."""

    def cell(self, path: tuple[str, ...], text: str) -> Json | NoOpinion:
        """The value of a cell that is not empty, or `NO_OPINION`. Raises ValueError with the problem."""
        ...
