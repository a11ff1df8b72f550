"""Findings: problems and remarks about somebody's inputs, each with its place and how to fix it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Literal

from pydantic import BaseModel, ConfigDict, field_validator

from live_activity.core.formatting import one_line

Severity = Literal["error", "warning", "info"]


class Finding(BaseModel):
    """One problem or remark: what is wrong, where, and how to fix it, in one line.

    `where` names the file (or the parameter), `row` is a 1-based data row number, `column` names the column or key.
    A message never holds a person's id.
    """

    model_config = ConfigDict(frozen=True)

    severity: Severity
    code: str
    message: str
    where: str | None = None
    row: int | None = None
    column: str | None = None

    @field_validator("message", "where", "column")
    @classmethod
    def _one_line(cls, text: str | None) -> str | None:
        return text if text is None else one_line(text)

    @classmethod
    def error(
        cls,
        code: str,
        message: str,
        *,
        where: str | None = None,
        row: int | None = None,
        column: str | None = None,
    ) -> Finding:
        """A finding that keeps the input from being used."""
        return cls(severity="error", code=code, message=message, where=where, row=row, column=column)

    @classmethod
    def warning(
        cls,
        code: str,
        message: str,
        *,
        where: str | None = None,
        row: int | None = None,
        column: str | None = None,
    ) -> Finding:
        """A finding that should be looked at, but stops nothing."""
        return cls(severity="warning", code=code, message=message, where=where, row=row, column=column)

    @classmethod
    def info(
        cls,
        code: str,
        message: str,
        *,
        where: str | None = None,
        row: int | None = None,
        column: str | None = None,
    ) -> Finding:
        """A remark."""
        return cls(severity="info", code=code, message=message, where=where, row=row, column=column)

    def __str__(self) -> str:
        place = [self.where] if self.where else []
        if self.row is not None:
            place.append(f"row {self.row}")
        if self.column is not None:
            place.append(self.column)
        return f"{', '.join(place)}: {self.message}" if place else self.message


def what_and_fix(message: str) -> tuple[str, str]:
    """What is wrong, and how to fix it: what a message says after its last semicolon; empty where it has none."""
    what, _, fix = message.rpartition("; ")
    return (what, fix) if what else (fix, "")


class InvalidInput(Exception):
    """An input cannot be used. `findings` holds every problem that was found, not only the first."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("\n".join(str(finding) for finding in self.findings))


def invalid(
    code: str, message: str, *, where: str | None = None, row: int | None = None, column: str | None = None
) -> InvalidInput:
    """An `InvalidInput` of one error."""
    return InvalidInput([Finding.error(code, message, where=where, row=row, column=column)])


@contextmanager
def collecting(problems: list[Finding]) -> Iterator[None]:
    """Adds the findings of an `InvalidInput` to `problems` instead of raising it, so that others are found too."""
    try:
        yield
    except InvalidInput as found:
        problems += found.findings
