"""The fields of a content as a card uses them: flat, each with its words, its type and its value."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from live_activity.cards.words import DATES, HIDDEN, HIDDEN_TOO, any_of, label_of, words_of
from live_activity.contract import Contract
from live_activity.contract.cells import type_at
from live_activity.contract.dates import REFERENCE, reference_seconds
from live_activity.contract.types import BareEnumType, EnumType, Scalar, SwiftType, Unchecked, unwrapped

FieldSource = Literal["state", "attributes"]
Kind = Literal["number", "text", "bool", "date", "list"]

MOST_FIELDS, DEEPEST, MOST_IN_A_LIST = 80, 5, 12
# Numbers that a field with a date's name holds for the years 2019 to 2048, counted as Swift does.
_LIKELY_DATES = (568_000_000, 1_514_000_000)


@dataclass(frozen=True, slots=True)
class Field:
    """One value. `cases` are those of its enum, where a contract knows them; `decimal`: a number with a fraction."""

    source: FieldSource
    path: tuple[str, ...]
    kind: Kind
    value: Any
    words: tuple[str, ...]
    cases: tuple[str, ...] = ()
    decimal: bool = False

    @property
    def name(self) -> str:
        """The dotted path as a card file and a finding write it: state.home.score."""
        return ".".join((self.source, *self.path))

    @property
    def label(self) -> str:
        """Its name for people."""
        shown = [part for part in self.path if not part.isdigit()] or [*self.path]
        own = shown[-1]
        return label_of(" ".join(shown[-2:]) if own in ("name", "value", "label", "text") else own)

    @property
    def is_hidden(self) -> bool:
        """Whether it is for the app rather than for people: an id, an address, a picture."""
        last = self.words[-1:] and self.words[-1]
        return last in HIDDEN or last in HIDDEN_TOO or (self.kind == "text" and "://" in self.value)

    def has(self, words: Sequence[str] | frozenset[str]) -> bool:
        """Whether its name has one of the words."""
        return any_of(self.words, words)


def fields_of(
    state: Mapping[str, Any], attributes: Mapping[str, Any], contract: Contract | None
) -> tuple[Field, ...]:
    """The fields that have a value; what is null, empty, too deep or beyond the limit is left out."""
    parts: tuple[tuple[FieldSource, Mapping[str, Any], SwiftType | None], ...] = (
        ("state", state, contract.state if contract is not None else None),
        ("attributes", attributes, contract.attributes if contract is not None else None),
    )
    found = (
        field
        for source, values, kind in parts
        for path, value in _flat(values, ())
        if (field := _field(source, path, value, kind)) is not None
    )
    return tuple(itertools.islice(found, MOST_FIELDS))


def field_names(state: Mapping[str, Any], attributes: Mapping[str, Any]) -> list[str]:
    """The dotted names of the fields: state.home.score, attributes.homeTeam."""
    parts = (("state", state), ("attributes", attributes))
    return [".".join((source, *path)) for source, values in parts for path, _ in _flat(values, ())]


def _flat(value: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    if len(path) > DEEPEST:
        return
    if isinstance(value, Mapping):
        if path and len(value) == 1 and isinstance(only := next(iter(value.values())), Mapping) and not only:
            # How Swift writes the case of an enum without raw values: {"boarding": {}}.
            yield path, str(next(iter(value)))
            return
        for name, inner in value.items():
            yield from _flat(inner, (*path, str(name)))
    elif isinstance(value, list | tuple):
        if path:
            yield path, list(value[:MOST_IN_A_LIST])
        for number, inner in enumerate(value[:MOST_IN_A_LIST]):
            if isinstance(inner, Mapping):
                yield from _flat(inner, (*path, str(number)))
    else:
        yield path, value


def _field(source: FieldSource, path: tuple[str, ...], value: Any, root: SwiftType | None) -> Field | None:
    if value is None or value == "" or value == []:
        return None
    words = tuple(word for part in path for word in words_of(part))
    declared = type_at(root, path) if root is not None and not any(part.isdigit() for part in path) else None
    kind = unwrapped(declared) if declared is not None and not isinstance(declared, Unchecked) else None
    name = kind.name if isinstance(kind, Scalar) else None
    if isinstance(value, list):
        return Field(source, path, "list", value, words)
    if isinstance(value, bool):
        return Field(source, path, "bool", value, words)
    if isinstance(value, int | float):
        if name == "Date" or (name is None and _looks_like_date(value, words)):
            moment = moment_of(value)
            return Field(source, path, "date", moment, words) if moment is not None else None
        decimal = isinstance(value, float) or name in ("Double", "Float", "Decimal", "CGFloat")
        return Field(source, path, "number", value, words, decimal=decimal) if math.isfinite(value) else None
    text = str(value)
    if isinstance(kind, EnumType | BareEnumType):
        cases = tuple(str(case.value) for case in kind.cases)
        return Field(source, path, "text", text, words, cases=cases)
    if name is None and (moment := _written_date(text)) is not None:
        return Field(source, path, "date", moment, words)
    return Field(source, path, "text", text, words)


def _looks_like_date(value: float, words: Sequence[str]) -> bool:
    return _LIKELY_DATES[0] < value < _LIKELY_DATES[1] and any_of(words, DATES)


def _written_date(text: str) -> datetime | None:
    try:
        seconds = reference_seconds(text) if len(text) < 40 else None
    except ValueError:
        return None
    return moment_of(seconds) if seconds is not None else None


def moment_of(seconds: float) -> datetime | None:
    """The moment that Swift means by so many seconds; None where it is beyond the calendar."""
    try:
        return REFERENCE + timedelta(seconds=seconds)
    except (OverflowError, ValueError):
        return None
