"""The rows of a timeline that a template makes from a source's table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

from live_activity.core.content import ABSENT, cell_value
from live_activity.core.findings import Finding
from live_activity.core.formatting import quoted
from live_activity.core.rows import RowOrigin
from live_activity.core.spreadsheet_errors import is_spreadsheet_error
from live_activity.tables import DamagedRow
from live_activity.tables.counted_table import CountedTable
from live_activity.template.expressions import ExpressionError, inside_of
from live_activity.template.reading import RowTemplate, Template
from live_activity.template.texts import Texts
from live_activity.template.usage import TemplateUsage
from live_activity.timeline import FaultyRow

LANGUAGE = "language"
_OBJECTS = ("content_state", "attributes")
_NO = frozenset({"", "false", "no", "none", "0"})


@dataclass(frozen=True, slots=True)
class TemplatedRow:
    """A timeline row that a source row became; `number` and `line` are the source row's."""

    number: int
    line: int
    cells: Mapping[str, Any] = field(repr=False)
    origin: RowOrigin


_Made = tuple[RowTemplate, dict[str, Any]]


class _Fault(Protocol):
    def __call__(self, column: str, error: ExpressionError, /, *, place: str, language: str) -> None: ...


class TemplatedTable:
    """The rows that a template makes of a table's rows. A source row with errors makes none, and reports all of them.

    Where `split_by` has `language` and there are texts, a source row that names no language becomes rows in each
    language of the texts; those that read the same in all are written once, for every language. `spelt`: text that
    expressions return is read as a cell of a CSV would be; with a contract, which knows the types, it stays text.
    """

    # What a template writes as text takes the contract's types, as the cells of a CSV do.
    typed = False
    nests = False

    def __init__(
        self,
        source: CountedTable,
        template: Template,
        *,
        texts: Texts | None,
        split_by: Sequence[str],
        defaults: Mapping[str, str],
        spelt: bool,
    ) -> None:
        self.where = source.where
        self._source = source
        self._template = template
        self._texts = texts
        self._defaults = defaults
        self._spelt = spelt
        self._split = tuple(name for name in split_by if name in source.columns or name in template.names)
        self._by_language = LANGUAGE in split_by and texts is not None
        if self._by_language and LANGUAGE not in self._split:
            self._split = (*self._split, LANGUAGE)
        self._ready = ("ready",) if "ready" in source.columns else ()
        self._usage = TemplateUsage(template)
        self._origins = {
            row.place: RowOrigin(f"{template.where}, {row.place}", row.expressions) for row in template.rows
        }

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the resulting timeline."""
        return ("at", "event", "title", "message", *_OBJECTS, *self._ready, *self._split)

    def findings(self) -> Iterator[Finding]:
        """Warnings about the template, known once all rows were read: names that nothing fills in, and conditions
        that never hold."""
        for finding in self._usage.findings():
            yield finding.model_copy(update={"where": self._template.where})

    @property
    def outcomes(self) -> Mapping[str, int]:
        """How many timeline rows each row of the template has made so far, by its place in the template."""
        return {row.place: self._usage.made[row.place] for row in self._template.rows}

    def rows(self) -> Iterator[TemplatedRow | DamagedRow | FaultyRow]:
        """What the source's rows became, in their order."""
        self._usage = TemplateUsage(self._template)
        for row in self._source.rows():
            if isinstance(row, DamagedRow):
                yield row
                continue
            faults: list[Finding] = []
            made = list(self._made(row.cells, partial(self._fault, faults, row.number)))
            self._usage.take(row.cells, made=len(made), failed=bool(faults))
            if faults:
                yield FaultyRow(row.number, tuple(faults))
            else:
                for by, cells in made:
                    yield TemplatedRow(row.number, row.line, cells, self._origins[by.place])

    def _made(self, cells: Mapping[str, Any], fault: _Fault) -> Iterator[_Made]:
        versions = [(language, list(self._in(language, cells, fault))) for language in self._languages(cells)]
        if len(versions) == 1:
            language, rows = versions[0]
            yield from self._with_language(rows, language if self._by_language else None)
            return
        if all(rows == versions[0][1] for _, rows in versions):
            yield from versions[0][1]
            return
        for language, rows in versions:
            yield from self._with_language(rows, language)

    def _with_language(self, rows: list[_Made], language: str | None) -> Iterator[_Made]:
        for by, row in rows:
            yield by, {LANGUAGE: language, **row} if language is not None else row

    def _languages(self, cells: Mapping[str, Any]) -> tuple[str, ...]:
        if self._texts is None:
            return (str(cells.get(LANGUAGE) or self._defaults.get(LANGUAGE, "")),)
        if not self._by_language:
            return (self._defaults.get(LANGUAGE) or self._texts.languages[0],)
        named = str(cells.get(LANGUAGE) or "").strip()
        return (named,) if named else self._texts.languages

    def _in(self, language: str, cells: Mapping[str, Any], fault: _Fault) -> Iterator[_Made]:
        names: dict[str, Any] = {**cells, "row": cells, LANGUAGE: language, "t": self._text_of(language)}
        for name, value in self._template.let.items():
            try:
                names[name] = value(names)
            except ExpressionError as error:
                line = self._template.lines.get(f"let.{name}")
                fault(
                    f"let.{name}",
                    self._explained_by_order(error, name, names),
                    place=f"line {line}" if line is not None else "",
                    language=language,
                )
                return
        for row in self._template.rows:
            for names_of_item in self._items(row, names, fault):
                made = self._row(row, names_of_item, cells, fault)
                if made is not None:
                    yield row, made

    def _explained_by_order(
        self, error: ExpressionError, name: str, names: Mapping[str, Any]
    ) -> ExpressionError:
        """The error of a name in `let`, where what it lacks is a name that stands below it."""
        below = (each for each in self._template.let if each not in names and each != name)
        missing = next((each for each in below if str(error).startswith(f"there is no {each!r}")), None)
        if missing is None:
            return error
        return ExpressionError(
            f"{missing!r} stands below {name!r} in let, and names are made in order; move it above"
        )

    def _text_of(self, language: str) -> Callable[..., str]:
        def t(key: Any, **values: Any) -> str:
            if self._texts is None:
                raise ValueError("t() needs texts; add 'texts: FILE' to the campaign")
            return self._texts.text(key, language, values)

        return t

    def _items(
        self,
        row: RowTemplate,
        names: dict[str, Any],
        fault: _Fault,
    ) -> Iterator[dict[str, Any]]:
        if row.for_each is None:
            yield names
            return
        try:
            items = row.for_each(names)
        except ExpressionError as error:
            fault(f"{row.name}.for_each", error, place=row.place, language=names[LANGUAGE])
            return
        if not isinstance(items, list | tuple):
            no_list = ExpressionError(f"{quoted(items)} is not a list")
            fault(f"{row.name}.for_each", no_list, place=row.place, language=names[LANGUAGE])
            return
        for index, item in enumerate(items):
            yield {**names, "item": item, "index": index}

    def _row(
        self,
        row: RowTemplate,
        names: Mapping[str, Any],
        cells: Mapping[str, Any],
        fault: _Fault,
    ) -> dict[str, Any] | None:
        made: dict[str, Any] = {name: cells.get(name) for name in (*self._ready, *self._split)}
        if self._by_language and not made.get(LANGUAGE):
            made.pop(LANGUAGE, None)
        language = names[LANGUAGE]
        try:
            if row.when is not None and not _holds(row.when(names)):
                self._usage.skipped[row.place] += 1
                return None
        except ExpressionError as error:
            fault(f"{row.name}.when", error, place=row.place, language=language)
            return None
        self._usage.made[row.place] += 1
        sound = True
        for column, value in row.values.items():
            try:
                made[column] = self._cell(column, value(names))
                self._refuse_error_values(made[column], cells)
            except ExpressionError as error:
                fault(f"{row.name}.{column}", error, place=row.place, language=language)
                sound = False
        return made if sound else None

    def _refuse_error_values(self, value: Any, cells: Mapping[str, Any]) -> None:
        """Raises where a text was made with an error value of a spreadsheet in it, such as `Gate #REF!`."""
        if isinstance(value, Mapping | list | tuple):
            for part in value.values() if isinstance(value, Mapping) else value:
                self._refuse_error_values(part, cells)
        if not isinstance(value, str) or is_spreadsheet_error(value):
            return  # a cell that is nothing else is refused when the row is read
        for name, cell in cells.items():
            if isinstance(cell, str) and is_spreadsheet_error(cell) and cell.strip() in value:
                raise ExpressionError(
                    f"the source's column {name} holds {quoted(cell)}, an error value of a spreadsheet; "
                    "correct it there"
                )

    def _cell(self, place: str, value: Any) -> Any:
        if place in _OBJECTS:
            return self._object(value)
        if place in ("title", "message") and isinstance(value, int | float) and not isinstance(value, bool):
            return str(value)
        return value

    def _object(self, value: Any) -> Any:
        """The value without its empty parts, as a table's empty cells are not sent; text is read as `spelt` says."""
        if isinstance(value, Mapping):
            parts = {}
            for name, part in value.items():
                with inside_of(f".{name}"):
                    parts[name] = self._object(part)
            return {name: part for name, part in parts.items() if part is not None}
        if isinstance(value, list | tuple):
            return [self._object(part) for part in value]
        if isinstance(value, str):
            if not value.strip():
                return None
            return self._spelled(value) if self._spelt else value
        return value

    def _spelled(self, text: str) -> Any:
        try:
            read = cell_value(text)
        except ValueError as error:
            raise ExpressionError(str(error)) from None
        return None if read is ABSENT else read

    def _fault(
        self,
        faults: list[Finding],
        number: int,
        column: str,
        error: ExpressionError,
        *,
        place: str,
        language: str,
    ) -> None:
        at = ", ".join(part for part in (place, f"in {language}" if self._by_language else "") if part)
        finding = Finding.error(
            "template_failed",
            f"{self._template.where}{f', {at}' if at else ''}: {error}",
            where=self.where,
            row=number,
            column=f"{column}{error.inside}",
        )
        same = [each for each in faults if each.column == finding.column and each.code == finding.code]
        # What is wrong in one language is often wrong in all of them.
        if not any(str(error) in each.message for each in same):
            faults.append(finding)


def _holds(value: Any) -> bool:
    return value.strip().casefold() not in _NO if isinstance(value, str) else bool(value)
