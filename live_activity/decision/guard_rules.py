"""The grammar of guards, and the check of a value by each rule. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from live_activity.core.formatting import quoted
from live_activity.core.suggestions import did_you_mean

Kind = Literal["impossible", "unlikely", "ask"]

FORMS = "0 to 20 (a range), Boarding | Departed (the values), step 1, up, factor 2, or ask"
_WORDS = ("step", "up", "factor", "ask", "to")
_NUMBER = r"[+-]?\d+(?:\.\d+)?"
_RANGE = re.compile(rf"(?P<low>{_NUMBER})\s*(?:to|bis|\.\.\.?|…)\s*(?P<high>{_NUMBER})", re.IGNORECASE)
_DASHED = re.compile(r"(?P<low>\d+(?:\.\d+)?)\s*[-–—]\s*(?P<high>\d+(?:\.\d+)?)")  # noqa: RUF001  # people write ranges with any dash
_STEP = re.compile(rf"(?P<word>step|factor)\s+(?P<number>{_NUMBER})", re.IGNORECASE)
_RULES_TOGETHER = re.compile(r"\s+(?=(?:step|factor|up|ask)\b)", re.IGNORECASE)
# A minute with its added time, a percentage with its sign: 45+3, 90', 12.5 %.
_WRITTEN = re.compile(rf"(?P<number>{_NUMBER})(?:\s*\+\s*(?P<added>\d+))?\s*['’′%]?")  # noqa: RUF001  # any apostrophe
_OUTSIDE_QUOTES = r"(?=(?:[^\"]*\"[^\"]*\")*[^\"]*$)"
_LONGEST_LIST = 200


@dataclass(frozen=True, slots=True)
class Guard:
    """The rules of one field. `path` is its dotted path in the state."""

    path: str
    low: Decimal | None = None
    high: Decimal | None = None
    values: tuple[str, ...] = ()
    step: Decimal | None = None
    up: bool = False
    factor: Decimal | None = None
    ask: bool = False

    def __str__(self) -> str:
        return f"{self.path}: {', '.join(self._rules())}"

    def impossible(self, value: Any) -> str | None:
        """Why the value is impossible, whatever the earlier values were; None where it is possible."""
        if self.values and _text(value) not in self.values:
            near = did_you_mean(_text(value), self.values)
            return f"{quoted(value)} is none of {_listed(self.values)}{near}"
        if not self._is_numeric:
            return None
        number = as_number(value)
        if number is None:
            return f"{quoted(value)} is not a number"
        if self.low is not None and self.high is not None and not self.low <= number <= self.high:
            return f"{quoted(value)} is not within {self.low} to {self.high}"
        return None

    def unlikely(self, value: Any, previous: Any) -> str | None:
        """Why the value is unlikely after the previous one; None where it is not."""
        new, old = as_number(value), as_number(previous)
        if new is None or old is None or new == old:
            return None
        change = f"goes from {previous} to {value}"
        if self.up and new < old:
            return f"{change}, and it should only go up"
        if self.step is not None and abs(new - old) > self.step:
            return f"{change}, which is more than a step of {self.step}"
        if self.factor is not None and old != 0 and not _is_within(new / old, self.factor):
            return f"{change}, which is more than a factor of {self.factor}"
        return None

    @property
    def _is_numeric(self) -> bool:
        return self.low is not None or self.step is not None or self.up or self.factor is not None

    def _rules(self) -> Iterator[str]:
        if self.low is not None:
            yield f"{self.low} to {self.high}"
        if self.values:
            yield " | ".join(_written(value) for value in self.values)
        if self.step is not None:
            yield f"step {self.step}"
        if self.up:
            yield "up"
        if self.factor is not None:
            yield f"factor {self.factor}"
        if self.ask:
            yield "ask"


def parse_guard(line: str) -> Guard:
    """Parses a line such as `homeScore: 0 to 20, step 1`. Raises ValueError with the fix."""
    name, colon, rules = line.partition(":")
    path = name.strip().removeprefix("state.")
    if not colon or not path or not all(part.strip() for part in path.split(".")):
        raise ValueError(
            f"{quoted(line)} names no field; write a field and its rules: homeScore: 0 to 20, step 1"
        )
    found: dict[str, Any] = {}
    pieces = [piece.strip() for piece in re.split(rf",{_OUTSIDE_QUOTES}", rules)]
    if not any(pieces):
        raise ValueError(f"{path} has no rule; write {FORMS}")
    for piece in pieces:
        for key, value in _rule(path, piece).items():
            if key in found:
                raise ValueError(f"{path} has the rule {quoted(piece)} beside another of its kind; keep one")
            found[key] = value
    if found.get("values") and "low" in found:
        raise ValueError(f"{path} has a range and a list of values; keep one of them")
    return Guard(path, **found)


def parse_guards(lines: Sequence[str]) -> tuple[Guard, ...]:
    """Parses all lines; a field may have only one. Raises ValueError with the first problem."""
    guards: dict[str, Guard] = {}
    for line in lines:
        guard = parse_guard(line)
        if guard.path in guards:
            raise ValueError(f"{guard.path} has two lines; write its rules in one, separated by commas")
        guards[guard.path] = guard
    return tuple(guards.values())


def as_number(value: Any) -> Decimal | None:
    """The value as a number, also if it is a number as text; None where it is none. 45+3 is 48, and 12.5% is 12.5."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, str) and (written := _WRITTEN.fullmatch(value.strip())) is not None:
        return Decimal(written["number"]) + Decimal(written["added"] or 0)
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def is_same(one: Any, other: Any) -> bool:
    """Whether two values are the same; 3 counts as 3.0, true not as 1."""
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


def _rule(path: str, piece: str) -> dict[str, Any]:
    if (found := _RANGE.fullmatch(piece)) is not None:
        low, high = Decimal(found["low"]), Decimal(found["high"])
        if low > high:
            raise ValueError(f"{path}: {quoted(piece)} is empty; write {high} to {low}")
        return {"low": low, "high": high}
    if (found := _STEP.fullmatch(piece)) is not None:
        number, word = Decimal(found["number"]), found["word"].lower()
        if number <= 0 or (word == "factor" and number <= 1):
            raise ValueError(f"{path}: {quoted(piece)} must be more than {1 if word == 'factor' else 0}")
        return {word: number}
    if piece.casefold() in ("up", "ask"):
        return {piece.casefold(): True}
    if "|" in piece:
        values = tuple(
            part.strip().strip('"') for part in re.split(rf"\|{_OUTSIDE_QUOTES}", piece) if part.strip()
        )
        if len(values) < 2 or len(values) > _LONGEST_LIST:
            raise ValueError(f"{path}: {quoted(piece)} must list 2 to {_LONGEST_LIST} values: A | B")
        return {"values": values}
    raise ValueError(f"{path}: {_unknown(piece)}")


def _unknown(piece: str) -> str:
    if dashed := _DASHED.fullmatch(piece):
        return f"{quoted(piece)} is not a rule; write {dashed['low']} to {dashed['high']}"
    if re.fullmatch(r"\d+", piece):
        return f"{quoted(piece)} is not a rule; write numbers without separators, such as 0 to 1000000"
    if len(parts := _RULES_TOGETHER.split(piece)) > 1:
        return f"{quoted(piece)} is not one rule; write commas between several: {', '.join(parts)}"
    word = piece.split(" ")[0]
    if word.casefold() in ("step", "factor"):
        return f"{quoted(piece)} needs a number; write {word.lower()} 2"
    return f"{quoted(piece)} is not a rule{did_you_mean(word, _WORDS)}; write {FORMS}"


def _is_within(ratio: Decimal, factor: Decimal) -> bool:
    return 1 / factor <= ratio <= factor


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    # An enum without raw values is an object of one key.
    if isinstance(value, dict) and len(value) == 1 and next(iter(value.values())) == {}:
        return str(next(iter(value)))
    return str(value)


def _listed(values: Sequence[str], *, most: int = 6) -> str:
    shown = " | ".join(values[:most])
    return f"{shown} | ..." if len(values) > most else shown


def _written(value: str) -> str:
    return f'"{value}"' if any(mark in value for mark in ",|") else value
