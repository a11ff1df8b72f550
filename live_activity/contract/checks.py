"""Compiles types into readers: plain functions that take a value and report what a phone would make of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache

from live_activity.contract.cells import cell
from live_activity.contract.collections import read_array, read_dictionary, read_pairs, read_range, read_tuple
from live_activity.contract.dates import far_off, reference_seconds, seconds_of
from live_activity.contract.enums import read_bare_enum, read_enum
from live_activity.contract.examples import spelt
from live_activity.contract.refusals import Rule, mistyped, shown
from live_activity.contract.scalars import rule_of, url_warning
from live_activity.contract.sink import Mode, Reader, Sink
from live_activity.contract.types import (
    ArrayType,
    BareEnumType,
    DictionaryType,
    EnumType,
    OptionalType,
    RangeType,
    Recursive,
    Scalar,
    StructType,
    SwiftType,
    TupleType,
    Unchecked,
    VendorIdentifier,
    unwrapped,
)
from live_activity.core.suggestions import nearest


class Compiler:
    """Compiles the types of one contract for one mode."""

    def __init__(self, mode: Mode) -> None:
        self._mode = mode
        self._named: dict[str, Reader] = {}

    def reader(self, kind: SwiftType) -> Reader:
        """The reader of a type."""
        match kind:
            case Scalar("Date") if self._mode is not Mode.DECODE:
                return _read_date(rule_of(kind))
            case Scalar("URL") if self._mode is not Mode.DECODE:
                return _read_url(rule_of(kind))
            case Scalar():
                return _read_scalar(rule_of(kind))
            case OptionalType(wrapped):
                return _read_optional(self.reader(wrapped))
            case ArrayType(element):
                return read_array(self._inside().reader(element), dict(kind.rules), example=spelt(kind))
            case RangeType(bound):
                return read_range(self._inside().reader(bound), example=spelt(kind))
            case DictionaryType(key, value, as_pairs=True):
                inside = self._inside()
                return read_pairs(inside.reader(key), inside.reader(value))
            case DictionaryType(key, value):
                return read_dictionary(key, self._text_first(value), example=spelt(kind))
            case TupleType(name, elements, exact):
                inside = self._inside()
                return read_tuple(name, [inside.reader(element) for element in elements], exact=exact)
            case EnumType():
                return read_enum(kind)
            case BareEnumType():
                return self._bare_enum(kind)
            case StructType():
                return self._struct(kind)
            case Recursive(name):
                return lambda value, sink: self._named[name](value, sink)
            case Unchecked(required=required) if required is not None:
                return self.reader(required)
            case Unchecked() | VendorIdentifier():
                return _read_anything

    def _inside(self) -> Compiler:
        """The compiler of what only JSON can hold: its values keep the types that they have."""
        if self._mode is not Mode.TEXT:
            return self
        inside = Compiler(Mode.JSON)
        inside._named = self._named
        return inside

    def _text_first(self, kind: SwiftType) -> Reader:
        reader = self.reader(kind)
        if self._mode is not Mode.TEXT or isinstance(unwrapped(kind), Unchecked | Recursive):
            return reader

        def read(value: object, sink: Sink) -> object:
            return reader(cell(kind, value) if isinstance(value, str) else value, sink)

        return read

    def _bare_enum(self, kind: BareEnumType) -> Reader:
        readers: dict[str, Reader] = {}
        read = read_bare_enum(kind, readers)
        self._named[kind.name] = read
        inside = self._inside()
        for case in kind.cases:
            values = StructType(f"{kind.name}.{case.name}", case.fields)
            readers[str(case.value)] = inside._struct(values)
        return read

    def _struct(self, kind: StructType) -> Reader:
        keys = tuple(field.key for field in kind.fields)
        plan = [(field.key, self._text_first(field.type), field.may_be_missing) for field in kind.fields]
        unknown = None if self._mode is Mode.DECODE else _unknown_field(kind)
        opens = f"an object with {', '.join(keys[:3])}...{spelt(kind)}" if keys else "an object"

        def read(value: object, sink: Sink) -> object:
            if not isinstance(value, dict):
                if not isinstance(value, Mapping):
                    sink.refuse(mistyped(value, opens))
                    return value
                value = dict(value)
            problems = sink.problems
            changed: dict[str, object] | None = None
            known = 0
            for key, reader, may_be_missing in plan:
                if key in value:
                    known += 1
                    before = value[key]
                    if before is None and may_be_missing:
                        continue
                    mark = len(problems)
                    after = reader(before, sink)
                    if len(problems) != mark:
                        sink.inside(mark, key)
                    if after is not before:
                        changed = changed or dict(value)
                        changed[key] = after
                elif not may_be_missing:
                    sink.refuse(("missing", _missing(key, tuple(value), keys)))
                    sink.inside(len(problems) - 1, key)
            if known != len(value) and unknown is not None:
                unknown(value, sink)
            return value if changed is None else changed

        self._named[kind.name] = read
        return read


def _unknown_field(kind: StructType) -> Callable[[Mapping[str, object], Sink], None]:
    keys = tuple(field.key for field in kind.fields)
    known = frozenset(keys)

    def warn(value: Mapping[str, object], sink: Sink) -> None:
        for name in value:
            if name not in known:
                sink.add("warning", "unknown_field", _not_read(str(name), keys))
                sink.inside(len(sink.problems) - 1, str(name))

    return warn


@lru_cache(maxsize=4096)
def _not_read(name: str, keys: tuple[str, ...]) -> str:
    near = nearest(name, keys)
    hint = f"; did you mean {' or '.join(near)}?" if near else "; leave it out"
    return f"{shown(name)} is not a field of the app, and phones ignore it{hint}"


@lru_cache(maxsize=4096)
def _missing(key: str, given: tuple[str, ...], keys: tuple[str, ...]) -> str:
    near = nearest(key, [name for name in given if isinstance(name, str) and name not in keys], most=1)
    hint = f"; is {near[0]} meant for it? rename it" if near else "; give it a value"
    return f"{key} is missing, and phones drop content without it{hint}"


def _read_anything(value: object, sink: Sink) -> object:
    return value


def _read_optional(wrapped: Reader) -> Reader:
    def read(value: object, sink: Sink) -> object:
        return None if value is None else wrapped(value, sink)

    return read


def _read_scalar(rule: Rule) -> Reader:
    def read(value: object, sink: Sink) -> object:
        refusal = rule(value)
        if refusal is not None:
            sink.refuse(refusal)
        return value

    return read


def _read_url(rule: Rule) -> Reader:
    def read(value: object, sink: Sink) -> object:
        refusal = rule(value)
        sink.refuse(refusal)
        if refusal is None and (doubt := url_warning(value)):
            sink.add("warning", "url", doubt)
        return value

    return read


def _read_date(rule: Rule) -> Reader:
    def read(value: object, sink: Sink) -> object:
        if isinstance(value, str):
            return _date_of_text(value, sink)
        if isinstance(value, datetime) and value.tzinfo is not None:
            value = seconds_of(value)
        refusal = rule(value)
        sink.refuse(refusal)
        if refusal is None and (
            doubt := _far_off(float(str(value)), sink.now.replace(second=0, microsecond=0))
        ):
            sink.add("warning", "date_far_off", f"{shown(value)} {doubt}")
        return value

    return read


@lru_cache(maxsize=4096)
def _far_off(seconds: float, now: datetime) -> str | None:
    return far_off(seconds, now=now)


def _date_of_text(text: str, sink: Sink) -> object:
    try:
        seconds = reference_seconds(text)
    except ValueError as error:
        sink.refuse(("mistyped", f"{shown(text)} is a time without a zone; {error}"))
        return text
    if seconds is None:
        fix = "write 2026-07-19T19:00:00Z, or the number of seconds since 2001-01-01T00:00:00Z"
        sink.refuse(("mistyped", f"{shown(text)} is not a date and time (Date); {fix}"))
        return text
    message = (
        f"{shown(text)} is sent as {seconds}, seconds since 2001: phones read a Date as that number only"
    )
    sink.add("info", "date_converted", message)
    return seconds
