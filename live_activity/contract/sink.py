"""Collects the problems that readers find in a value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from typing import TypeAlias

from live_activity.contract.refusals import Refusal
from live_activity.core.findings import Finding, Severity


class Mode(Enum):
    """How values are read.

    `DECODE` is JSONDecoder and nothing else. `JSON` converts a date written as text and warns of what a phone
    would not see. `TEXT` also converts what cells of a text table spell.
    """

    DECODE = "decode"
    JSON = "json"
    TEXT = "text"


@dataclass(slots=True)
class Problem:
    """A problem of a value; `path` is collected from the inside out."""

    severity: Severity
    code: str
    message: str
    path: list[str] = field(default_factory=list)

    def finding(self, root: str) -> Finding:
        """The finding, with its dotted path from `state` or `attributes` on."""
        return Finding(severity=self.severity, code=self.code, message=self.message, column=self.column(root))

    def column(self, root: str) -> str:
        """The dotted path, `state.players[2].name`."""
        return root + "".join(part if part.startswith("[") else f".{part}" for part in reversed(self.path))


class Sink:
    """Collects the problems of one value. `now` decides which dates are far off."""

    __slots__ = ("_now", "problems")

    def __init__(self, now: datetime | None = None) -> None:
        self.problems: list[Problem] = []
        self._now = now

    @property
    def now(self) -> datetime:
        """The time that was given, otherwise the current time."""
        if self._now is None:
            self._now = datetime.now(UTC)
        return self._now

    def refuse(self, refusal: Refusal) -> None:
        """Adds an error, unless the refusal is None."""
        if refusal is not None:
            self.problems.append(Problem("error", *refusal))

    def add(self, severity: Severity, code: str, message: str) -> None:
        """Adds a warning or an info."""
        self.problems.append(Problem(severity, code, message))

    def inside(self, mark: int, part: str) -> None:
        """Adds a part to the path of every problem since the mark."""
        for problem in self.problems[mark:]:
            problem.path.append(part)


Reader: TypeAlias = Callable[[object, Sink], object]
"""Reads one value: returns it as it is to be sent, and adds its problems to the sink."""
