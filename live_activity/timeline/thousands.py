"""Numbers such as 1.000, in which a European reader's thousands separator is JSON's decimal point."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from live_activity.core.findings import Finding
from live_activity.core.formatting import quoted
from live_activity.timeline.columns import Field

_GROUPED = re.compile(r"-?[1-9]\d{0,2}\.\d{3}")


@dataclass(slots=True)
class _Column:
    """`first` is the row and the text of the first number with three decimals; `likely`: it looks like thousands."""

    first: tuple[int, str] | None = None
    likely: bool = False
    has_decimals: bool = False


@dataclass(slots=True)
class Thousands:
    """Which columns hold numbers with just three decimals, as their cells are spelt."""

    fields: Sequence[Field]
    _columns: dict[str, _Column] = field(default_factory=dict)

    def look_at(self, number: int, cells: Mapping[str, object]) -> None:
        """Looks at one row."""
        for each in self.fields:
            text = cells.get(each.column)
            if not isinstance(text, str) or not text:
                continue
            column = self._columns.setdefault(each.column, _Column())
            if "." not in text:
                column.likely = column.likely or (text.strip() != "0" and text.strip().isdecimal())
            elif _GROUPED.fullmatch(text.strip()):
                column.first = column.first or (number, text.strip())
                column.likely = column.likely or text.strip().endswith("0")
            else:
                column.has_decimals = True

    def join(self, later: Thousands) -> None:
        """Adds what was seen in later rows."""
        for name, seen in later._columns.items():
            column = self._columns.setdefault(name, _Column())
            column.first = column.first or seen.first
            column.likely = column.likely or seen.likely
            column.has_decimals = column.has_decimals or seen.has_decimals

    def findings(self) -> Iterator[Finding]:
        """A warning for each column whose numbers may be thousands: beside whole numbers, or ending with a zero.

        Numbers with another count of decimals show that the point is a decimal point.
        """
        for name, column in self._columns.items():
            if column.first is None or column.has_decimals or not column.likely:
                continue
            number, text = column.first
            message = (
                f"{quoted(text)} is sent as {float(text):g}, as its point is a decimal point; if it separates "
                f"thousands, write {text.replace('.', '')}"
            )
            yield Finding.warning("decimal_or_thousands", message, row=number, column=name)
