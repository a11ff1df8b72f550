"""Readers of arrays, ranges and dictionaries."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from live_activity.contract.enums import case_refusal
from live_activity.contract.scalars import Refusal, is_number, keyword_refusal, mistyped, shown
from live_activity.contract.sink import Reader, Sink
from live_activity.contract.types import EnumType, Scalar, SwiftType
from live_activity.core.content import Json

_INT_KEY = re.compile(r"[+-]?[0-9]+")
_INT_LIMIT = 2**63


def is_array(value: object) -> bool:
    """Whether a value is a JSON array."""
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def read_array(element: Reader, rules: Mapping[str, Json]) -> Reader:
    """`[T]` and `Set<T>`."""

    def read(value: object, sink: Sink) -> object:
        if not isinstance(value, Sequence) or isinstance(value, str | bytes):
            sink.refuse(_no_array(value, "an array [...]"))
            return value
        if rules:
            sink.refuse(keyword_refusal(value, rules))
        return _each(value, sink, lambda index: element)

    return read


def read_range(bound: Reader) -> Reader:
    """`ClosedRange<T>` and `Range<T>`: `[lower, upper]`; the decoder throws where lower is above upper."""

    def read(value: object, sink: Sink) -> object:
        if not isinstance(value, Sequence) or isinstance(value, str | bytes) or len(value) < 2:
            sink.refuse(_no_array(value, "an array of two, [lower, upper]"))
            return value
        found = _each(value, sink, lambda index: bound)
        lower, upper = found[0], found[1]
        if (is_number(lower) and is_number(upper)) or (isinstance(lower, str) and isinstance(upper, str)):
            backwards = lower > upper  # type: ignore[operator]  # both are numbers, or both are text
            if backwards:
                sink.refuse(
                    ("out_of_range", f"{shown(value)} has its lower bound above its upper; swap them")
                )
        return found

    return read


def read_pairs(key: Reader, value: Reader) -> Reader:
    """A dictionary whose keys are neither String, Int nor CodingKeyRepresentable: `[key, value, ...]`."""

    def read(pairs: object, sink: Sink) -> object:
        if not isinstance(pairs, Sequence) or isinstance(pairs, str | bytes):
            wanted = "an array of key, value, key, value (the keys are no String or Int)"
            sink.refuse(_no_array(pairs, wanted))
            return pairs
        if len(pairs) % 2:
            sink.refuse(
                ("mistyped", f"{shown(pairs)} has a key without its value; write key, value in turns")
            )
        return _each(pairs, sink, lambda index: value if index % 2 else key)

    return read


def read_dictionary(key: SwiftType, value: Reader) -> Reader:
    """A dictionary that is an object."""
    refused = _key_rule(key)

    def read(entries: object, sink: Sink) -> object:
        if not isinstance(entries, Mapping):
            sink.refuse(mistyped(entries, "an object {...}"))
            return entries
        problems = sink.problems
        changed: dict[str, object] | None = None
        for name, before in entries.items():
            mark = len(problems)
            sink.refuse(refused(name))
            after = value(before, sink)
            if len(problems) != mark:
                sink.inside(mark, str(name))
            if after is not before:
                changed = changed or dict(entries)
                changed[name] = after
        return entries if changed is None else changed

    return read


def _key_rule(key: SwiftType) -> Callable[[str], Refusal]:
    if key == Scalar("Int"):
        return _int_key
    if isinstance(key, EnumType) and key.raw == "String":
        refuse = case_refusal(key)
        return lambda name: refuse(name)
    if isinstance(key, EnumType):
        spelt = {str(case.value) for case in key.cases}
        return lambda name: (
            None if name in spelt else ("unknown_case", f"{shown(name)} is no key of {key.name}")
        )
    return lambda name: None


def _int_key(name: str) -> Refusal:
    if _INT_KEY.fullmatch(name) and -_INT_LIMIT <= int(name) < _INT_LIMIT:
        return None
    return "mistyped", f"the key {shown(name)} is no whole number, and the app takes Int keys; mend it"


def _no_array(value: object, wanted: str) -> Refusal:
    if isinstance(value, str) and value.lstrip()[:1] in ("[", "{"):
        return "mistyped", f"{shown(value)} is no JSON that can be read, and the app takes {wanted}; mend it"
    return mistyped(value, wanted)


def _each(values: Sequence[object], sink: Sink, reader: Callable[[int], Reader]) -> Sequence[object]:
    problems = sink.problems
    changed: list[object] | None = None
    for index, before in enumerate(values):
        mark = len(problems)
        after = reader(index)(before, sink)
        if len(problems) != mark:
            sink.inside(mark, f"[{index}]")
        if after is not before:
            changed = changed or list(values)
            changed[index] = after
    return values if changed is None else changed
