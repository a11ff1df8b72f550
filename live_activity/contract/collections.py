"""Readers of arrays, ranges and dictionaries."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from live_activity.contract.enums import allowed_values, case_refusal
from live_activity.contract.keywords import keyword_refusal
from live_activity.contract.refusals import Refusal, is_number, mistyped, shown, spelled_number
from live_activity.contract.sink import Reader, Sink
from live_activity.contract.types import EnumType, Scalar, SwiftType
from live_activity.core.content import Json
from live_activity.core.formatting import count_of

_INT_KEY = re.compile(r"[+-]?[0-9]+")
_INT_LIMIT = 2**63
_MOST_DIGITS = 400


def read_array(element: Reader, rules: Mapping[str, Json], *, example: str) -> Reader:
    """`[T]` and `Set<T>`. `example` says how such a value is written, as in the readers below."""

    def read(value: object, sink: Sink) -> object:
        if not isinstance(value, Sequence) or isinstance(value, str | bytes):
            sink.refuse(_no_array(value, f"an array [...]{example}"))
            return value
        if rules:
            sink.refuse(keyword_refusal(value, rules))
        return _each(value, sink, lambda index: element)

    return read


def read_range(bound: Reader, *, example: str) -> Reader:
    """`ClosedRange<T>` and `Range<T>`: `[lower, upper]`; the decoder throws where lower is above upper."""

    def read(value: object, sink: Sink) -> object:
        if not isinstance(value, Sequence) or isinstance(value, str | bytes) or len(value) < 2:
            sink.refuse(_no_array(value, f"an array of two, [lower, upper]{example}"))
            return value
        found = _each(value, sink, lambda index: bound)
        lower, upper = found[0], found[1]
        if is_number(lower) and is_number(upper):
            is_backwards = lower > upper
        else:
            is_backwards = isinstance(lower, str) and isinstance(upper, str) and lower > upper
        if is_backwards:
            sink.refuse(
                ("out_of_range", f"{shown(value)} has its lower bound above its upper bound; swap them")
            )
        return found

    return read


def read_tuple(name: str, elements: Sequence[Reader], *, exact: bool) -> Reader:
    """A type that is coded as an array with one element of each type; further ones are ignored unless `exact`."""
    count = len(elements)
    wanted = f"an array of {count_of(count, 'value')} ({name})"

    def read(value: object, sink: Sink) -> object:
        if not isinstance(value, Sequence) or isinstance(value, str | bytes):
            sink.refuse(_no_array(value, wanted))
            return value
        if len(value) < count or (exact and len(value) > count):
            sink.refuse(("mistyped", f"{shown(value)} has {len(value)} values, and the app takes {wanted}"))
            return value
        read = _each(value[:count], sink, lambda index: elements[index])
        return (
            value
            if all(new is old for new, old in zip(read, value, strict=False))
            else [*read, *value[count:]]
        )

    return read


def read_pairs(key: Reader, value: Reader) -> Reader:
    """A dictionary with other keys than String, Int or CodingKeyRepresentable ones: `[key, value, ...]`."""

    def read(pairs: object, sink: Sink) -> object:
        if not isinstance(pairs, Sequence) or isinstance(pairs, str | bytes):
            wanted = "an array of key, value, key, value (its keys are neither String nor Int)"
            sink.refuse(_no_array(pairs, wanted))
            return pairs
        if len(pairs) % 2:
            sink.refuse(
                ("mistyped", f"{shown(pairs)} has a key without a value; write key, value, key, value")
            )
        return _each(pairs, sink, lambda index: value if index % 2 else key)

    return read


def read_dictionary(key: SwiftType, value: Reader, *, example: str) -> Reader:
    """A dictionary that is an object."""
    refused = _key_rule(key)

    def read(entries: object, sink: Sink) -> object:
        if not isinstance(entries, Mapping):
            sink.refuse(mistyped(entries, f"an object {{...}}{example}"))
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
        return _number_key(key)
    return lambda name: None


def _number_key(key: EnumType) -> Callable[[str], Refusal]:
    values = {case.value for case in key.cases}

    def refuse(name: str) -> Refusal:
        number = int(name) if _INT_KEY.fullmatch(name) and len(name) < _MOST_DIGITS else spelled_number(name)
        if number in values:
            return None
        return "unknown_case", f"{shown(name)} is not a key of {key.name}; it takes {allowed_values(key)}"

    return refuse


def _int_key(name: str) -> Refusal:
    if _INT_KEY.fullmatch(name) and len(name) < _MOST_DIGITS and -_INT_LIMIT <= int(name) < _INT_LIMIT:
        return None
    return "mistyped", f"the key {shown(name)} is not a whole number, and the app takes Int keys; correct it"


def _no_array(value: object, wanted: str) -> Refusal:
    if isinstance(value, str) and value.lstrip()[:1] in ("[", "{"):
        return "mistyped", f"{shown(value)} is not valid JSON, and the app takes {wanted}; correct it"
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
