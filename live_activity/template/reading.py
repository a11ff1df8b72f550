"""Reading a template: a YAML file with `rows`, each a timeline row to be, and `let` with names for them."""

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
from live_activity.template.expressions import ExpressionError, Value, compiled, environment
from live_activity.template.filters import filters_for

FIELDS = ("when", "at", "event", "title", "message", "content_state", "attributes")
# Beside the fields of a timeline row: what errors call it, and a list of the source row to repeat it for.
_ABOUT = ("name", "for_each")
_TOP = ("let", "rows")
# Names that every expression has; a source's column of that name is row['name'].
OWN_NAMES = ("row", "t", "language", "item", "index")


@dataclass(frozen=True, slots=True)
class RowTemplate:
    """A timeline row to be; `values` are its fields and split columns as far as they are written."""

    name: str
    values: Mapping[str, Value]
    when: Value | None = None
    for_each: Value | None = None


@dataclass(frozen=True, slots=True)
class Template:
    """What one source row becomes: `let` is evaluated in order, then each row."""

    where: str
    let: Mapping[str, Value] = field(repr=False)
    rows: tuple[RowTemplate, ...] = field(repr=False)

    @property
    def names(self) -> frozenset[str]:
        """Every field and split column that any row writes."""
        return frozenset(name for row in self.rows for name in row.values)


def read_template(path: str, *, zone: ZoneInfo, split_by: Sequence[str]) -> Template:
    """The template in a YAML file. Times that its filters read without a zone are of `zone`.

    `rows` is a list; each holds some of `when`, `at`, `event`, `title`, `message`, `content_state`, `attributes`, the
    split columns, `name` and `for_each` (with `item` and `index` for each element of a list).
    Raises `InvalidInput` with every problem: what is no Jinja2, a field that is none, a row without content.
    """
    where = Path(path).name
    written = read_yaml(Path(path), what="template")
    reading = _Reading(where, zone, split_by)
    for name in written:
        if name not in _TOP:
            reading.invalid(
                f"there is no {name!r}{did_you_mean(name, _TOP) or '; write rows: and let:'}", name
            )
    let = reading.let(written.get("let"))
    rows = reading.rows(written.get("rows"))
    if reading.findings:
        raise InvalidInput(reading.findings)
    return Template(where, let, rows)


class _Reading:
    def __init__(self, where: str, zone: ZoneInfo, split_by: Sequence[str]) -> None:
        self.findings: list[Finding] = []
        self._where = where
        self._jinja = environment(filters_for(zone))
        self._fields = (*FIELDS, *_ABOUT, *split_by)

    def invalid(self, message: str, column: str | None = None) -> None:
        self.findings.append(
            Finding(
                severity="error", code="template_wrong", message=message, where=self._where, column=column
            )
        )

    def let(self, written: Any) -> dict[str, Value]:
        if written is None:
            return {}
        if not isinstance(written, dict):
            self.invalid("is no list of 'name: expression'", "let")
            return {}
        found = {}
        for name, value in written.items():
            if not str(name).isidentifier() or name in OWN_NAMES:
                self.invalid("is no name for a value; use letters, digits and _", f"let.{name}")
            elif (made := self._value(value, f"let.{name}")) is not None:
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
                self.invalid(f"{quoted(row)} is no row of 'field: value'", f"rows[{number}]")
        return tuple(found)

    def _row(self, row: dict[Any, Any], number: int) -> RowTemplate:
        named = row.get("name")
        name = str(named) if named else f"rows[{number}]"
        for key in row:
            if key not in self._fields:
                near = did_you_mean(str(key), self._fields)
                self.invalid(f"there is no field {str(key)!r}{near or '; take it out'}", name)
        if not row.get("content_state"):
            self.invalid("has no content_state, and nothing is carried forward; write one", name)
        values = {}
        for column in self._fields:
            if column in row and column not in (*_ABOUT, "when"):
                made = self._value(row[column], f"{name}.{column}")
                if made is not None:
                    values[column] = made
        when = self._value(row["when"], f"{name}.when", bare=True) if "when" in row else None
        each = self._value(row["for_each"], f"{name}.for_each", bare=True) if "for_each" in row else None
        return RowTemplate(name, values, when, each)

    def _value(self, written: Any, place: str, *, bare: bool = False) -> Value | None:
        try:
            return compiled(written, self._jinja, bare=bare)
        except ExpressionError as error:
            self.invalid(str(error), f"{place}{error.inside}")
            return None
