"""A contract: what the app's Swift type decodes, and checks of content against it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Literal, TypeAlias

from live_activity.contract.cells import cell, type_at
from live_activity.contract.checks import Compiler
from live_activity.contract.json_schema import to_schema
from live_activity.contract.refusals import mistyped
from live_activity.contract.sink import Mode, Reader, Sink
from live_activity.contract.table import FieldRow, table_of
from live_activity.contract.types import SwiftType
from live_activity.contract.unicode import invalid_unicode
from live_activity.core.content import NO_OPINION, Json, NoOpinion
from live_activity.core.findings import Finding

Kind: TypeAlias = Literal["state", "attributes"]


@dataclass(frozen=True, slots=True)
class Checked:
    """A value as it is to be sent, and the findings; errors mean that phones drop it."""

    value: Any = field(repr=False)
    findings: tuple[Finding, ...]

    @property
    def is_accepted(self) -> bool:
        """Whether every phone decodes the value."""
        return all(finding.severity != "error" for finding in self.findings)


@dataclass(frozen=True)
class Contract:
    """What the app's Swift type of this name decodes.

    `notes` are findings about the Swift or the schema itself, and about what cannot be checked.
    """

    name: str
    attributes: SwiftType
    state: SwiftType
    notes: tuple[Finding, ...] = ()

    def check_state(self, value: object, *, from_text: bool, now: datetime | None = None) -> Checked:
        """Checks a `content_state` against the app's ContentState.

        `from_text`: text in fields comes from cells of a text table and is converted to the field's type. `now`
        decides which dates are 20 or more years off. The column of a finding is the dotted path that begins with
        `state`; the caller adds file and row.
        """
        return self._check("state", value, from_text=from_text, now=now)

    def check_attributes(self, value: object, *, from_text: bool, now: datetime | None = None) -> Checked:
        """Checks static attributes against the app's ActivityAttributes, like `check_state`; None stands for none."""
        return self._check("attributes", {} if value is None else value, from_text=from_text, now=now)

    def cell(self, path: tuple[str, ...], text: str) -> Json | NoOpinion:
        """What a text cell becomes at a path such as `("state", "period")` or `("attributes", "homeTeam")`.

        It stays the text itself where it does not spell the type, so that the check reports why; `NO_OPINION` where
        the contract does not know the path or the type.
        """
        roots: dict[str, SwiftType] = {"state": self.state, "attributes": self.attributes}
        root = roots.get(path[0]) if path else None
        found = type_at(root, path[1:]) if root is not None else None
        return NO_OPINION if found is None else cell(found, text)

    def json_schema(self) -> dict[str, Any]:
        """The contract as JSON Schema, which `read_contract` reads back."""
        return to_schema(name=self.name, attributes=self.attributes, state=self.state)

    def table(self) -> tuple[FieldRow, ...]:
        """The fields in plain words, for analysts."""
        return table_of(state=self.state, attributes=self.attributes)

    def decode_failure(self, kind: Kind, value: object) -> str | None:
        """Why a phone's JSONDecoder throws on a value; None where it decodes. Nothing is converted."""
        sink = Sink()
        self._readers[kind, Mode.DECODE](value, sink)
        first = next(iter(sink.problems), None)
        return f"{first.column(kind)}: {first.message}" if first else None

    def _check(self, kind: Kind, value: object, *, from_text: bool, now: datetime | None) -> Checked:
        sink = Sink(now)
        mode = Mode.TEXT if from_text else Mode.JSON
        read = self._readers[kind, mode](value, sink)
        return Checked(read, tuple(problem.finding(kind) for problem in sink.problems))

    @cached_property
    def _readers(self) -> dict[tuple[Kind, Mode], Reader]:
        roots: tuple[tuple[Kind, SwiftType], ...] = (("state", self.state), ("attributes", self.attributes))
        return {(kind, mode): _root_reader(root, mode) for kind, root in roots for mode in Mode}


def decode_failure(contract: Contract, kind: Kind, value: object) -> str | None:
    """Why a phone's JSONDecoder throws on a state or on attributes; None where it decodes."""
    return contract.decode_failure(kind, value)


def _root_reader(kind: SwiftType, mode: Mode) -> Reader:
    reader = Compiler(mode).reader(kind)

    def read(value: object, sink: Sink) -> object:
        # Apple takes nothing but an object, whatever the app's type could decode.
        if not isinstance(value, Mapping):
            sink.refuse(mistyped(value, "an object {...}"))
            return value
        # Foundation refuses a payload with invalid Unicode as a whole, also in keys that the app does not read.
        for path, message in invalid_unicode(value):
            sink.refuse(("invalid_unicode", message))
            sink.problems[-1].path += reversed(path)
        return reader(value, sink)

    return read
