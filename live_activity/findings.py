"""What was found in somebody's files and tables, in words that say the mend."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from pydantic import BaseModel, ConfigDict

Severity = Literal["error", "warning", "info"]


class Finding(BaseModel):
    """One thing worth telling: what is wrong, where, and the mend, in one line.

    `where` names the file (or the parameter), `row` counts a table's data rows from 1, `column` names the
    column or key. A message never holds a person's id.
    """

    model_config = ConfigDict(frozen=True)

    severity: Severity
    code: str
    message: str
    where: str | None = None
    row: int | None = None
    column: str | None = None

    def __str__(self) -> str:
        place = [self.where] if self.where else []
        if self.row is not None:
            place.append(f"row {self.row}")
        if self.column is not None:
            place.append(self.column)
        return f"{', '.join(place)}: {self.message}" if place else self.message


class WrongInput(Exception):
    """What was handed over cannot be used; carries every problem that was found, not only the first."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("\n".join(str(finding) for finding in self.findings))


def wrong(
    code: str, message: str, *, where: str | None = None, row: int | None = None, column: str | None = None
) -> WrongInput:
    """A `WrongInput` of one error."""
    return WrongInput(
        [Finding(severity="error", code=code, message=message, where=where, row=row, column=column)]
    )
