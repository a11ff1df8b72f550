"""What an activity shows: title, message and state, and how a table's cell becomes a value of them."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final, TypeAlias

from live_activity.core.formatting import quoted

Json: TypeAlias = bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"] | None


class Absent(Enum):
    """The type of `ABSENT`."""

    ABSENT = "absent"


class NoOpinion(Enum):
    """The type of `NO_OPINION`."""

    NO_OPINION = "no opinion"


ABSENT: Final = Absent.ABSENT
"""What an empty cell becomes: no value at all, which is not null."""

NO_OPINION: Final = NoOpinion.NO_OPINION
"""What a contract returns for a cell that it knows nothing about; the cell is then read by its spelling."""

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?P<decimal>(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)")


@dataclass(frozen=True, slots=True, eq=False)
class Content:
    """What an activity shows. Contents are the same when their fingerprints are; 3 counts as 3.0.

    The state is copied, so later changes to the original change nothing here. `most_bytes` is an upper bound of what
    title, message and state take as UTF-8 JSON. Raises ValueError where the state is not JSON (NaN, an infinite number,
    a value of another type), and for invalid Unicode in any part.
    """

    title: str | None
    message: str | None
    state: Mapping[str, Json]
    fingerprint: str = field(init=False, repr=False)
    most_bytes: int = field(init=False, repr=False)

    def __post_init__(self) -> None:
        for text in (self.title, self.message):
            if isinstance(text, str):
                checked_text(text)
        state = plain_json(self.state)
        object.__setattr__(self, "state", state)
        canonical = _canonical([self.title, self.message, state])
        # Escaped as ASCII, so it is never shorter than UTF-8.
        object.__setattr__(self, "most_bytes", len(canonical))
        object.__setattr__(self, "fingerprint", hashlib.sha256(canonical.encode()).hexdigest())

    def __eq__(self, other: object) -> bool:
        return self.fingerprint == other.fingerprint if isinstance(other, Content) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.fingerprint)

    def body(self, attributes: Mapping[str, Json] | None = None, *, words: bool = True) -> dict[str, Any]:
        """The API's `content`, a fresh copy each time; what is None is left out.

        Without `words` it is the state alone, at which phones do not alert.
        """
        body: dict[str, Any] = {
            "title": self.title if words else None,
            "message": self.message if words else None,
            "content_state": plain_json(self.state),
        }
        body["attributes"] = None if attributes is None else plain_json(attributes)
        return {name: value for name, value in body.items() if value is not None}

    def as_json(self) -> dict[str, Any]:
        """The content as the ledger keeps it; `from_body` reads it back."""
        return self.body()

    @classmethod
    def from_body(cls, body: Mapping[str, Any]) -> Content:
        """The content of an API body, or of what `as_json` returned; attributes are not part of it."""
        return cls(title=body.get("title"), message=body.get("message"), state=body["content_state"])


def cell_value(text: str) -> Json | Absent:
    """The value that a text cell spells: nothing, true or false, a number, JSON, otherwise text.

    Space around a value does not matter, and text is kept as it is written. A number too large for a float
    stays text. Raises ValueError where a cell begins with { or [ and is not JSON.
    """
    spelt = text.strip()
    if not spelt:
        return ABSENT
    if spelt in ("true", "false"):
        return spelt == "true"
    if spelt[0] in "{[":
        return _from_json(text)
    number = _NUMBER.fullmatch(spelt)
    value = _number(spelt, decimal=bool(number["decimal"])) if number else None
    return checked_text(text) if value is None else value


def checked_text(text: str) -> str:
    """The text itself. Raises ValueError for invalid Unicode (an unpaired surrogate), which cannot be sent."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError(
            f"contains invalid Unicode (unpaired surrogate) at position {error.start + 1}; write the character again"
        ) from None
    return text


def _number(spelt: str, *, decimal: bool) -> int | float | None:
    try:
        value = float(spelt) if decimal else int(spelt)
    except ValueError:  # thousands of digits, which Python refuses to read
        return None
    return value if math.isfinite(value) else None


def _from_json(text: str) -> Json:
    skipped = len(text) - len(text.lstrip())
    begins = text.lstrip()[0]
    try:
        value = json.loads(
            text.strip(), object_pairs_hook=unique_keys, parse_constant=_no_constant, parse_float=_finite
        )
        found: Json = plain_json(value)
        return found
    except json.JSONDecodeError as error:
        place = f"{error.msg[:1].lower()}{error.msg[1:]} at character {skipped + error.pos + 1}"
    except RecursionError:
        place = "it is nested too deeply"
    except ValueError as error:
        place = str(error)
    raise ValueError(
        f"{quoted(text)} begins with {begins} and is not valid JSON: {place}; correct it, or begin the text differently"
    )


def unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The object of a JSON decoder's pairs, for its `object_pairs_hook`. Raises ValueError where a key is repeated."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"the key {quoted(next(n for n in names if names.count(n) > 1))} is given twice")
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(f"JSON has no {name}")


def _finite(spelt: str) -> float:
    value = float(spelt)
    if not math.isfinite(value):
        raise ValueError(f"{quoted(spelt)} is beyond what a number can hold")
    return value


def plain_json(value: Any) -> Any:
    """A deep copy made of plain dicts and lists. Raises ValueError where something in it is not JSON."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return checked_text(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(
                f"{value} is not a number that JSON can hold; write a finite number, or leave it out"
            )
        return value
    if isinstance(value, Mapping):
        return {_name(name): plain_json(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain_json(part) for part in value]
    raise ValueError(f"a {type(value).__name__} is not a JSON value")


def same_json(one: Json, other: Json) -> bool:
    """Whether two JSON values are the same; 3 counts as 3.0, and 1 is not true."""
    return _canonical(plain_json(one)) == _canonical(plain_json(other))


def _canonical(value: Any) -> str:
    return json.dumps(_by_value(value), sort_keys=True, separators=(",", ":"), allow_nan=False)


def _name(name: object) -> str:
    if not isinstance(name, str):
        raise ValueError(f"the key {quoted(name)} is not text, and JSON has no other keys")
    return checked_text(name)


def _by_value(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {name: _by_value(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_by_value(part) for part in value]
    return value
