"""The names of a table's columns."""

from __future__ import annotations

from collections.abc import Sequence

from live_activity.core.findings import Finding, InvalidInput, invalid


def checked_header(names: Sequence[str], *, where: str) -> tuple[str, ...]:
    """The columns' names without the space around them, and without empty ones at the end.

    A separator at the end of every line is what spreadsheets leave behind. Raises `InvalidInput` with every column
    that has no name, or the name of another one.
    """
    stripped = [name.strip() for name in names]
    while stripped and not stripped[-1]:
        stripped.pop()
    if not stripped:
        raise invalid("no_header", "has no header; write the columns' names on its first line", where=where)
    seen: dict[str, int] = {}
    findings = []
    for place, name in enumerate(stripped, 1):
        if not name:
            what = f"column {place} has no name; write one into the header"
            findings.append(Finding(severity="error", code="column_without_name", message=what, where=where))
        elif seen.setdefault(name, place) != place:
            what = f"columns {seen[name]} and {place} have the same name{_shown(name)}; rename one of them"
            findings.append(Finding(severity="error", code="column_twice", message=what, where=where))
    if findings:
        raise InvalidInput(findings)
    return tuple(stripped)


def _shown(name: str) -> str:
    # Where the header was forgotten, this is somebody's id.
    is_name = len(name) <= 64 and "@" not in name and not any(letter.isdigit() for letter in name)
    return f" {name!r}" if is_name else ""
