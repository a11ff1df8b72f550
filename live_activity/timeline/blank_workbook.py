"""A timeline workbook made from a contract: headings, choices, checks and an example row."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Literal, TypeAlias

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from live_activity.contract import Contract
from live_activity.contract.dotted_fields import dotted_fields
from live_activity.contract.examples import DATE_TEXT, example
from live_activity.contract.table import describe_allowed, describe_type
from live_activity.contract.types import (
    DECIMALS,
    INTEGERS,
    ArrayType,
    BareEnumType,
    DictionaryType,
    EnumType,
    RangeType,
    Scalar,
    StructType,
    SwiftType,
    TupleType,
    unwrapped,
)
from live_activity.core.findings import invalid

# The number of rows that are checked while they are typed; further ones are checked when they are read.
ROWS = 500
# The longest list of choices that Excel keeps inside a cell's rule.
LONGEST_LIST = 255
_LARGEST_IN_EXCEL = 10**15
_BOLD, _GREY = Font(bold=True), Font(italic=True, color="00808080")
_REQUIRED = PatternFill("solid", fgColor="00DDEBF7")


Bounds: TypeAlias = tuple[Literal["whole", "decimal"], float, float]
"""The kind of number that a cell takes, and its limits."""


@dataclass(frozen=True, slots=True)
class Heading:
    """A column of the sheet: its name and description, the values that it takes, and the one of the example row."""

    name: str
    description: str
    example: object
    required: bool = False
    choices: tuple[str, ...] = ()
    bounds: Bounds | None = None


def headings(contract: Contract) -> list[Heading]:
    """The columns of a timeline for the contract: its own, the state's, then the static attributes'."""
    return [
        Heading("at", "When: 2026-09-19 20:00, or since the start: 23m. Empty: when it is seen.", "0m"),
        Heading("event", "Empty means update.", "start", choices=("start", "update", "end")),
        Heading("title", "The title of the notification.", "A title"),
        Heading("message", "The text of the notification.", "A message"),
        *_fields("state", contract.state),
        *_fields("attributes", contract.attributes),
        Heading("ready", "Only rows that say TRUE are sent.", False, choices=("TRUE", "FALSE")),
    ]


def write_sheet(path: str, contract: Contract) -> str:
    """Writes a new workbook to a local path or any fsspec URL, and returns the path.

    Raises `InvalidInput` where the file exists already, or cannot be written.
    """
    import fsspec

    name = path.rpartition("/")[2]
    if not name.lower().endswith(".xlsx"):
        raise invalid("sheet_name", "is not the name of a workbook; end it in .xlsx", where=name)
    try:
        files, inner = fsspec.core.url_to_fs(path)
        if files.exists(inner):
            raise invalid("sheet_exists", "is there already; choose another name", where=name)
        with files.open(inner, "wb") as file:
            file.write(_workbook(contract))
    except (OSError, ImportError, ValueError) as error:
        why = getattr(error, "strerror", None) or type(error).__name__
        raise invalid("sheet_unwritable", f"cannot be written: {why}", where=name) from None
    return path


def _workbook(contract: Contract) -> bytes:
    workbook = Workbook()
    sheet = workbook.worksheets[0]
    sheet.title = "timeline"
    lists: list[tuple[str, ...]] = []
    for number, heading in enumerate(headings(contract), 1):
        _write(sheet, number, heading, lists)
    sheet.freeze_panes = "A2"
    if lists:
        _hide(workbook, lists)
    written = BytesIO()
    workbook.save(written)
    return written.getvalue()


def _write(sheet: Worksheet, number: int, heading: Heading, lists: list[tuple[str, ...]]) -> None:
    letter = get_column_letter(number)
    top, example = sheet.cell(1, number, heading.name), sheet.cell(2, number, _typed(heading.example))
    top.font, example.font = _BOLD, _GREY
    top.comment = Comment(heading.description, "live-activity")
    if heading.required:
        top.fill = _REQUIRED
    sheet.column_dimensions[letter].width = max(12, len(heading.name) + 2)
    if heading.name in ("at", "title", "message"):
        for row in range(2, ROWS + 2):
            sheet.cell(row, number).number_format = "@"
    if rule := _rule(heading, lists):
        rule.promptTitle, rule.prompt = heading.name[:32], heading.description[:255]
        rule.errorTitle, rule.error = "Not allowed", f"{heading.name}: {heading.description}"[:225]
        rule.add(f"{letter}2:{letter}{ROWS + 1}")
        sheet.add_data_validation(rule)


def _rule(heading: Heading, lists: list[tuple[str, ...]]) -> DataValidation | None:
    if heading.choices:
        listed = ",".join(heading.choices)
        if len(listed) > LONGEST_LIST or any("," in choice or '"' in choice for choice in heading.choices):
            lists.append(heading.choices)
            letter = get_column_letter(len(lists))
            formula = f"choices!${letter}$1:${letter}${len(heading.choices)}"
        else:
            formula = f'"{listed}"'
        return DataValidation(
            type="list", formula1=formula, allow_blank=True, showErrorMessage=True, showInputMessage=True
        )
    if heading.bounds is None:
        return None
    kind, least, most = heading.bounds
    return DataValidation(
        type=kind,
        operator="between",
        formula1=str(least),
        formula2=str(most),
        allow_blank=True,
        showErrorMessage=True,
        showInputMessage=True,
    )


def _hide(workbook: Workbook, lists: Sequence[tuple[str, ...]]) -> None:
    sheet = workbook.create_sheet("choices")
    sheet.sheet_state = "hidden"
    for number, choices in enumerate(lists, 1):
        for row, choice in enumerate(choices, 1):
            sheet.cell(row, number, choice)


def _fields(path: str, kind: SwiftType) -> Iterator[Heading]:
    for name, field in dotted_fields(kind, path):
        type_ = unwrapped(field.type)
        if isinstance(type_, StructType):
            continue  # its own fields are columns
        description = "; ".join(word for word in (describe_type(type_), describe_allowed(type_)) if word)
        yield Heading(
            name,
            description[:1].upper() + description[1:] + ("; may be empty." if field.may_be_missing else "."),
            _example(type_),
            required=not field.may_be_missing,
            choices=_choices(type_),
            bounds=_bounds(type_),
        )


def _choices(kind: SwiftType) -> tuple[str, ...]:
    match kind:
        case EnumType(cases=cases):
            return tuple(str(case.value) for case in cases)
        case BareEnumType(cases=cases) if not any(case.fields for case in cases):
            return tuple(f'{{"{case.value}": {{}}}}' for case in cases)
        case Scalar("Bool"):
            return ("TRUE", "FALSE")
    return ()


def _bounds(kind: SwiftType) -> Bounds | None:
    if not isinstance(kind, Scalar):
        return None
    low, high = kind.limits
    least, most = -_LARGEST_IN_EXCEL, _LARGEST_IN_EXCEL
    if kind.name in INTEGERS:
        lowest, highest = INTEGERS[kind.name]
        least, most = max(lowest, least), min(highest, most)
    elif kind.name not in DECIMALS:
        return None
    number: Literal["whole", "decimal"] = "whole" if kind.name in INTEGERS else "decimal"
    return number, least if low is None else low, most if high is None else high


def _example(kind: SwiftType) -> object:
    match kind:
        case EnumType(cases=(first, *_)):
            return first.value
        case ArrayType() | DictionaryType(as_pairs=True):
            return "[]"
        case DictionaryType():
            return "{}"
        case RangeType() | TupleType() | BareEnumType():
            return json.dumps(example(kind))
    if choices := _choices(kind):
        return choices[0]
    if bounds := _bounds(kind):
        return int(max(bounds[1], 0)) if bounds[0] == "whole" else max(bounds[1], 0.0)
    if not isinstance(kind, Scalar):
        return ""
    return DATE_TEXT if kind.name == "Date" else example(kind)


def _typed(value: Any) -> Any:
    return {"TRUE": True, "FALSE": False}.get(value, value) if isinstance(value, str) else value
