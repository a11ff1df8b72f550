"""Readers of enums."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from unicodedata import normalize

from live_activity.contract.examples import example
from live_activity.contract.refusals import Refusal, is_number, kind_of, shown
from live_activity.contract.sink import Reader, Sink
from live_activity.contract.types import BareEnumType, EnumType
from live_activity.core.suggestions import nearest

_MOST_SHOWN = 6


def read_enum(kind: EnumType) -> Reader:
    """An enum with raw values: exactly one of them, case-sensitive."""
    refuse = case_refusal(kind)
    values = frozenset(case.value for case in kind.cases)
    is_text = kind.raw == "String"

    def read(value: object, sink: Sink) -> object:
        if is_text and type(value) is str and value in values:
            return value
        sink.refuse(refuse(value))
        return value

    return read


def case_refusal(kind: EnumType) -> Callable[[object], Refusal]:
    """The rule of an enum's raw values; its refusal names the nearest right value."""
    by_type = {(_json_kind(case.value), _composed(case.value)) for case in kind.cases}
    allowed = allowed_values(kind)

    @lru_cache(maxsize=1024)
    def refuse_text(value: str) -> Refusal:
        return (
            "unknown_case",
            f"{shown(value)} is not a case of {_last(kind.name)}{_near(kind, value, allowed)}",
        )

    def refuse(value: object) -> Refusal:
        if value is None:
            return "null", f"is null, and the app's type is not Optional; give one of {allowed}"
        if isinstance(value, str | int | float):
            if (_json_kind(value), _composed(value)) in by_type:
                return None
            if isinstance(value, str) and kind.raw in ("String", "Any"):
                return refuse_text(value)
            if is_number(value) and kind.raw not in ("String", "Bool"):
                return (
                    "unknown_case",
                    f"{shown(value)} is not a case of {_last(kind.name)}; it takes {allowed}",
                )
        return "mistyped", f"{shown(value)} is {kind_of(value)}; {_last(kind.name)} takes {allowed}"

    return refuse


def allowed_values(kind: EnumType | BareEnumType, *, most: int = _MOST_SHOWN) -> str:
    """The values of an enum in words, the first few of many."""
    values = [str(case.value) for case in kind.cases]
    more = f" and {len(values) - most} more" if len(values) > most else ""
    return ", ".join(values[:most]) + more


def read_bare_enum(kind: BareEnumType, values: Mapping[str, Reader]) -> Reader:
    """An enum without raw values: an object with exactly one key that is a case.

    `values` reads the object at each case's key, which holds the associated values.
    """
    name = _last(kind.name)
    allowed = allowed_values(kind)
    first = str(kind.cases[0].value) if kind.cases else ""
    cases = {str(case.value): case for case in kind.cases}

    def spelled(key: str) -> str:
        chosen = (cases[key],) if key in cases else ()
        return json.dumps(example(replace(kind, cases=chosen)), ensure_ascii=False)

    def read(value: object, sink: Sink) -> object:
        if not isinstance(value, Mapping):
            sink.refuse(not_bare(value))
            return value
        found = [key for key in value if key in cases]
        if len(found) != 1:
            count = "names two cases" if found else "names no case"
            near = nearest(str(next(iter(value), "")), cases, most=1)
            hint = f"did you mean {near[0]}?" if near and not found else f"write one of {allowed}"
            sink.refuse(("unknown_case", f"{shown(value)} {count} of {name}; {hint}"))
            return value
        key = found[0]
        before = value[key]
        if not isinstance(before, Mapping):
            sink.refuse(("mistyped", f"{shown(value)} has no object at its case; write {spelled(key)}"))
            return value
        mark = len(sink.problems)
        after = values[key](before, sink)
        if len(sink.problems) != mark:
            sink.inside(mark, key)
        return value if after is before else {**value, key: after}

    def not_bare(value: object) -> Refusal:
        if value is None:
            return (
                "null",
                f"is null, and the app's type is not Optional; give a case such as {spelled(first)}",
            )
        spelt = value if isinstance(value, str) else ""
        given = next((key for key in (spelt, *nearest(spelt, cases, most=1)) if key in cases), first)
        said = f"{shown(value)} is {kind_of(value)}; {name} has no raw values"
        return "mistyped", f"{said}, so write {spelled(given)}"

    return read


def _near(kind: EnumType, value: str, allowed: str) -> str:
    by_name = next((case.value for case in kind.cases if case.name == value), None)
    if by_name is not None:
        return f"; its case {value} is written {by_name} in JSON"
    near = nearest(value, [str(case.value) for case in kind.cases])
    return f"; did you mean {' or '.join(near)}?" if near else f"; it takes {allowed}"


def _last(name: str) -> str:
    return name.rpartition(".")[2] or "the list"


def _composed(value: object) -> object:
    """Text as Swift compares it: letters and their accents may be one character or two."""
    return normalize("NFC", value) if isinstance(value, str) and not value.isascii() else value


def _json_kind(value: object) -> str:
    if isinstance(value, bool):
        return "bool"
    return "text" if isinstance(value, str) else "number"
