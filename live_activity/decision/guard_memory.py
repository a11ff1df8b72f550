"""What guards remember of an activity between readings, and over a restart. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from live_activity.decision.guard_rules import Kind, is_same

Values = Mapping[str, Any]
"""The values of guarded fields and enums by dotted path; a field that is missing is not there."""


@dataclass(frozen=True, slots=True)
class Breach:
    """A value that breaks a rule. `previous` is the value that it was compared with, None where there was none."""

    path: str
    kind: Kind
    value: Any
    previous: Any
    reason: str

    def as_json(self) -> dict[str, Any]:
        """The value as the ledger keeps it; `from_json` reads it back."""
        return {
            "path": self.path,
            "kind": self.kind,
            "value": self.value,
            "previous": self.previous,
            "reason": self.reason,
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Breach:
        """The breach that `as_json` returned."""
        return cls(kept["path"], kept["kind"], kept["value"], kept["previous"], kept["reason"])

    def is_like(self, other: Breach) -> bool:
        """Whether it is the same change of the same field for the same kind of reason."""
        return (
            (self.path, self.kind) == (other.path, other.kind)
            and is_same(self.value, other.value)
            and is_same(self.previous, other.previous)
        )


@dataclass(frozen=True, slots=True)
class Held:
    """A breach that is held, since which reading, and the number of its row at the newest reading."""

    breach: Breach
    since: datetime
    row: int

    def as_json(self) -> dict[str, Any]:
        """The value as the ledger keeps it; `from_json` reads it back."""
        return {"breach": self.breach.as_json(), "since": self.since.isoformat(), "row": self.row}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Held:
        """The held breach that `as_json` returned."""
        return cls(Breach.from_json(kept["breach"]), datetime.fromisoformat(kept["since"]), kept["row"])


@dataclass(frozen=True, slots=True)
class GoodRow:
    """The guarded values of a row that was not held, and when it was due."""

    due: datetime
    values: Values


@dataclass(frozen=True, slots=True)
class GuardMemory:
    """The state of one activity's guards, kept between readings and over a restart.

    `released` are breaches that a person or a second reading released; `good` the newest good rows that have been due.
    """

    held: tuple[Held, ...] = ()
    released: tuple[Breach, ...] = ()
    good: tuple[GoodRow, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The value as the ledger keeps it; `from_json` reads it back."""
        return {
            "held": [each.as_json() for each in self.held],
            "released": [each.as_json() for each in self.released],
            "good": [{"due": row.due.isoformat(), "values": dict(row.values)} for row in self.good],
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> GuardMemory:
        """The memory that `as_json` returned."""
        return cls(
            tuple(Held.from_json(each) for each in kept.get("held", ())),
            tuple(Breach.from_json(each) for each in kept.get("released", ())),
            tuple(GoodRow(datetime.fromisoformat(row["due"]), row["values"]) for row in kept.get("good", ())),
        )

    def release(self, path: str | None = None) -> GuardMemory:
        """The memory after a person released what is held: all of it, or one field's."""
        freed = tuple(each.breach for each in self.held if path is None or each.breach.path == path)
        kept = tuple(each for each in self.held if path is not None and each.breach.path != path)
        return replace(self, held=kept, released=(*self.released, *freed))
