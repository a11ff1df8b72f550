"""Reading a template: a YAML file with `rows`, each a timeline row to be made, and `let` with names for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from live_activity.core.findings import Finding, InvalidInput
from live_activity.core.formatting import quoted
from live_activity.core.suggestions import did_you_mean
from live_activity.core.yaml_file import read_yaml
from live_activity.template.bounded_environment import BoundedEnvironment
from live_activity.template.expressions import (
    ExpressionError,
    NumberComparison,
    Value,
    compiled,
    number_comparisons,
    shown_expressions,
    single_braced,
)
from live_activity.template.filters import filters_for
from live_activity.template.lines import template_lines

FIELDS = ("when", "at", "event", "title", "message", "content_state", "attributes")
# Besides the fields of a timeline row: its name in errors, and a list of the source row to repeat it for.
_ABOUT = ("name", "for_each")
_TOP = ("let", "rows")
# Names that every expression has; a source's column of that name is row['name'].
OWN_NAMES = ("row", "t", "language", "item", "index")


@dataclass(frozen=True, slots=True)
class RowTemplate:
    """A timeline row to be made; `values` are its fields and split columns as far as they are written.

    `place` is where the template has it, such as `row 2 (goal, line 33)`, `expressions` what it writes in each column
    of the timeline, as that is shown, `comparisons` the names that its condition compares with numbers, and
    `single_braced` those that it writes between single braces, each with its column.
    """

    name: str
    values: Mapping[str, Value]
    when: Value | None = None
    for_each: Value | None = None
    place: str = ""
    condition: str = ""
    comparisons: tuple[NumberComparison, ...] = ()
    expressions: Mapping[str, str] = field(default_factory=dict, repr=False)
    single_braced: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Template:
    """What one source row becomes: `let` is evaluated in order, then each row."""

    where: str
    let: Mapping[str, Value] = field(repr=False)
    rows: tuple[RowTemplate, ...] = field(repr=False)
    lines: Mapping[str, int] = field(repr=False)

    @property
    def names(self) -> frozenset[str]:
        """Every field and split column that any row writes."""
        return frozenset(name for row in self.rows for name in row.values)


def read_template(path: str, *, zone: ZoneInfo, split_by: Sequence[str]) -> Template:
    """The template in a YAML file. Times that its filters read without a zone are of `zone`.

    `rows` is a list; each holds some of `when`, `at`, `event`, `title`, `message`, `content_state`, `attributes`, the
    split columns, `name` and `for_each` (with `item` and `index` for each element of a list).
    Raises `InvalidInput` with every problem: invalid Jinja2, an unknown field, a row without content.
    """
    where = Path(path).name
    written = read_yaml(Path(path), what="template")
    reader = _Reader(where, zone, split_by, template_lines(Path(path)))
    for name in written:
        if name not in _TOP:
            reader.invalid(
                f"there is no {name!r}{did_you_mean(name, _TOP) or '; write rows: and let:'}", name
            )
    let = reader.let(written.get("let"))
    rows = reader.rows(written.get("rows"))
    if reader.findings:
        raise InvalidInput(reader.findings)
    return Template(where, let, rows, reader.lines)


class _Reader:
    def __init__(self, where: str, zone: ZoneInfo, split_by: Sequence[str], lines: Mapping[str, int]) -> None:
        self.findings: list[Finding] = []
        self.lines = lines
        self._where = where
        self._jinja = BoundedEnvironment(filters_for(zone))
        self._fields = (*FIELDS, *_ABOUT, *split_by)

    def invalid(self, message: str, column: str | None = None, *, line: int | None = None) -> None:
        place = f"line {line}: " if line is not None else ""
        self.findings.append(
            Finding.error("template_wrong", f"{place}{message}", where=self._where, column=column)
        )

    def let(self, written: Any) -> dict[str, Value]:
        if written is None:
            return {}
        if not isinstance(written, dict):
            self.invalid("must be a mapping of 'name: expression'", "let")
            return {}
        found = {}
        for name, value in written.items():
            place = f"let.{name}"
            line = self.lines.get(place)
            if not str(name).isidentifier() or name in OWN_NAMES:
                self.invalid("is not a name for a value; use letters, digits and _", place, line=line)
            elif (made := self._value(value, place, line=line)) is not None:
                found[str(name)] = made
        return found

    def rows(self, written: Any) -> tuple[RowTemplate, ...]:
        if not isinstance(written, list) or not written:
            self.invalid("holds no rows; write 'rows:' and below it '- event: start' and so on", "rows")
            return ()
        found = []
        for number, row in enumerate(written, 1):
            if isinstance(row, dict):
                found.append(self._row(row, number))
            else:
                place = f"rows[{number}]"
                self.invalid(
                    f"{quoted(row)} is not a row of 'field: value'", place, line=self.lines.get(place)
                )
        return tuple(found)

    def _row(self, row: dict[Any, Any], number: int) -> RowTemplate:
        key = f"rows[{number}]"
        named = row.get("name")
        name = str(named) if named else key
        line = self.lines.get(key)
        for field_name in row:
            if field_name not in self._fields:
                near = did_you_mean(str(field_name), self._fields)
                self.invalid(
                    f"there is no field {str(field_name)!r}{near or '; remove it, or name it in split_by'}",
                    name,
                    line=self.lines.get(f"{key}.{field_name}", line),
                )
        if not row.get("content_state"):
            message = "has no content_state, and nothing is carried over from other rows; write one"
            self.invalid(message, name, line=line)
        values: dict[str, Value] = {}
        for column in self._fields:
            if column in row and column not in (*_ABOUT, "when"):
                made = self._value(row[column], f"{name}.{column}", line=self.lines.get(f"{key}.{column}"))
                if made is not None:
                    values[column] = made
        conditions = {
            part: self._value(row[part], f"{name}.{part}", bare=True, line=self.lines.get(f"{key}.{part}"))
            for part in ("when", "for_each")
            if part in row
        }
        about = [str(named)] if named else []
        about += [f"line {line}"] if line is not None else []
        return RowTemplate(
            name,
            values,
            when=conditions.get("when"),
            for_each=conditions.get("for_each"),
            place=f"row {number} ({', '.join(about)})" if about else f"row {number}",
            condition=" ".join(str(row["when"]).split()) if "when" in row else "",
            comparisons=number_comparisons(row.get("when"), self._jinja),
            expressions={
                column: shown
                for name in values
                for column, shown in shown_expressions(
                    row[name], "state" if name == "content_state" else name
                )
            },
            single_braced=tuple(each for name in values for each in single_braced(row[name], name)),
        )

    def _value(self, written: Any, place: str, *, bare: bool = False, line: int | None) -> Value | None:
        try:
            return compiled(written, self._jinja, bare=bare)
        except ExpressionError as error:
            self.invalid(str(error), f"{place}{error.inside}", line=line)
            return None
