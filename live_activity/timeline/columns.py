"""What the columns of a timeline mean (DESIGN, Tables)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from live_activity.core.findings import Finding, Severity
from live_activity.core.formatting import quoted
from live_activity.core.suggestions import nearest

OWN = ("at", "event", "title", "message", "ready")
WHOLE = {"content_state": "state", "attributes": "attributes"}
PREFIXES = ("state", "attributes")
# Without them a row's time and event are what an empty cell means, so what may be one of them is never guessed at.
_DECISIVE = ("at", "event")
# How alike a word has to be to one of our own to be a slip of it.
_A_SLIP = 0.8
_NONE_DOUBLED: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Field:
    """A column and where its cells go: `("state", "score")`. A path of one part takes a whole object."""

    column: str
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of one timeline. Where `findings` hold an error, no row of it can be trusted."""

    names: tuple[str, ...]
    split: tuple[str, ...]
    state: tuple[Field, ...]
    attributes: tuple[Field, ...]
    findings: tuple[Finding, ...]

    @property
    def sound(self) -> bool:
        """Whether every column has one clear meaning."""
        return not any(finding.severity == "error" for finding in self.findings)


def read_columns(
    names: Sequence[str],
    *,
    split_by: Sequence[str],
    where: str,
    typed: bool,
    doubled: Mapping[str, str] = _NONE_DOUBLED,
) -> Columns:
    """What each column means; what is doubtful about them is in the findings.

    `doubled` maps names that several columns share, and that `names` therefore lacks, to what is wrong with them.
    A text table (not `typed`) may lack its header, or be parted by something else than we read.
    """
    told = _Telling(where)
    if not typed and not any(_is_ours(name) for name in names) and any(_is_data(name) for name in names):
        what = (
            "its first line names no column of a timeline; write the names there (at, event, title, message, "
            "state.NAME), parted by commas, semicolons or tabs"
        )
        told.add("error", "no_header", what, None)
    for column in split_by:
        if column in OWN:
            what = "means something else in a timeline; rename it in both tables"
            told.add("error", "split_by_own", what, column)
    split = tuple(column for column in split_by if column in names and column not in OWN)
    free = [name for name in names if name not in OWN and name not in split]
    explicit = any(name.startswith("state.") or name == "content_state" for name in (*free, *doubled))
    for name, what in doubled.items():
        if name in (*OWN, *split_by) or _path(name, explicit=explicit):
            told.add("error", "column_twice", what, name)
    fields = [Field(name, path) for name in free if (path := _path(name, explicit=explicit))]
    # Whole objects first: what a column of its own says twice is then told at that column.
    fields.sort(key=lambda field: len(field.path) > 1)
    sent = {field.column for field in fields}
    known = (*OWN, *split_by, *WHOLE)
    for name in free:
        own = _slip_of(name, names)
        meant = f"; did you mean {own}?" if own else _meant(name, known=known)
        if own in _DECISIVE:
            what = f"is no column of ours{meant} Write {own}, or state.{name} if it is a field of the state"
            told.add("error", "column_misspelt", what, name)
        elif name not in sent:
            mend = meant or f"; to send it write state.{name}"
            what = f"is not sent, as other columns begin with state.{mend}"
            told.add("warning" if meant else "info", "column_not_sent", what, name)
        elif meant:
            told.add("warning", "column_near_miss", f"is sent as a field of the state{meant}", name)
    nameless = set(_nameless(fields))
    for name in sorted(nameless):
        told.add(
            "error", "column_without_name", "has a dot with no name beside it, and dots nest; rename it", name
        )
    fields = [field for field in fields if field.column not in nameless]
    clashes = list(_clashes(fields))
    for clash, what in clashes:
        told.add("error", "columns_collide", what, clash.column)
    # Told here once, they are not to be told again by every row.
    fields = [field for field in fields if all(field is not clash for clash, _ in clashes)]
    state = tuple(field for field in fields if field.path[0] == "state")
    if names and not state and not nameless:
        what = "no column is a field of the state; add one, such as state.minute"
        told.add("error", "no_state_columns", what, None)
    attributes = tuple(field for field in fields if field.path[0] == "attributes")
    return Columns(tuple(names), split, state, attributes, tuple(told.findings))


class _Telling:
    def __init__(self, where: str) -> None:
        self._where = where
        self.findings: list[Finding] = []

    def add(self, severity: Severity, code: str, message: str, column: str | None) -> None:
        self.findings.append(
            Finding(severity=severity, code=code, message=message, where=self._where, column=column)
        )


def _path(name: str, *, explicit: bool) -> tuple[str, ...]:
    if name in WHOLE:
        return (WHOLE[name],)
    first, dot, _ = name.partition(".")
    if dot and first in PREFIXES:
        return tuple(name.split("."))
    return () if explicit else ("state", *name.split("."))


def _is_ours(name: str) -> bool:
    return name in OWN or name in WHOLE or name.partition(".")[0] in PREFIXES


def _is_data(name: str) -> bool:
    """Whether this is no column's name: a row's event, time or number, or a whole line parted by something else."""
    return name.casefold() in ("start", "update", "end") or name[:1].isdigit() or "|" in name


def _slip_of(name: str, names: Sequence[str]) -> str | None:
    """The column of ours that is not there, where this name is only another spelling of it."""
    missing = [own for own in OWN if own not in names]
    return next(iter(nearest(name, missing, most=1, cutoff=_A_SLIP)), None)


def _meant(name: str, *, known: Iterable[str]) -> str:
    first, dot, rest = name.partition(".")
    if dot and first.casefold() in ("content_state", "contentstate", "content-state", "states"):
        return f"; did you mean state.{rest}?"
    if dot and first.casefold() in ("attribute", *PREFIXES) and first not in PREFIXES:
        right = "state" if first.casefold() == "state" else "attributes"
        return f"; did you mean {right}.{rest}?"
    same = next((right for right in known if right != name and right.casefold() == name.casefold()), None)
    return f"; did you mean {same}?" if same else ""


def _nameless(fields: Sequence[Field]) -> Iterator[str]:
    return (field.column for field in fields if not all(part.strip() for part in field.path))


def _clashes(fields: Sequence[Field]) -> Iterator[tuple[Field, str]]:
    owned_elsewhere: dict[tuple[str, ...], Field] = {}
    for field in sorted(fields, key=lambda field: len(field.path)):
        outer = next(
            (
                owned_elsewhere[path]
                for n in range(2, len(field.path))
                if (path := field.path[:n]) in owned_elsewhere
            ),
            None,
        )
        if field.path in owned_elsewhere:
            same = quoted(owned_elsewhere[field.path].column)
            yield field, f"says the same field as {same}; take one of them out, or rename it"
        elif outer is not None:
            inside = quoted(outer.column)
            yield field, f"cannot stand inside {inside}, which is a value itself; rename one of them"
        else:
            owned_elsewhere[field.path] = field
