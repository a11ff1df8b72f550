"""What the columns of a timeline mean."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from live_activity.core.content import checked_text
from live_activity.core.findings import Finding
from live_activity.core.formatting import quoted
from live_activity.core.suggestions import nearest

OWN = ("at", "event", "title", "message", "ready")
WHOLE = {"content_state": "state", "attributes": "attributes"}
PREFIXES = ("state", "attributes")
# Without these a row's time and event are what an empty cell means, so a column that may be one of them is an error.
_DECISIVE = ("at", "event")
# How similar a name has to be to one of our own columns to be a misspelling of it.
_MISSPELT = 0.8
# Other words for our own columns, without spaces, hyphens and underscores.
_SYNONYMS = {
    "at": (
        "time", "timestamp", "when", "datetime", "dateandtime", "due", "dueat", "sendat", "sentat", "scheduledat",
        "eventtime", "attime", "timeutc", "utctime", "zaman", "saat", "zeit", "zeitpunkt", "uhrzeit",
    ),
    "event": ("eventtype", "eventname", "eventkind"),
    "title": ("headline", "heading", "subject", "alerttitle"),
    "message": ("body", "text", "msg", "alertmessage", "alertbody"),
}  # fmt: skip
_DAYS = ("date", "day", "datum", "tag", "tarih", "g\u00fcn", "fecha", "data", "jour")
_OWN_BY_SYNONYM = {synonym: own for own, synonyms in _SYNONYMS.items() for synonym in synonyms}
_NONE_DOUBLED: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Field:
    """A column and where its cells go: `("state", "score")`. A path of one part takes a whole object."""

    column: str
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of one timeline. Where `findings` hold an error, none of its rows can be trusted.

    `plain` are the columns that are neither our own, nor split values, nor named with a prefix.
    """

    names: tuple[str, ...]
    split: tuple[str, ...]
    state: tuple[Field, ...]
    attributes: tuple[Field, ...]
    plain: tuple[str, ...]
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
    A text table (not `typed`) may lack its header, or have a separator that is not supported.
    """
    split = tuple(column for column in split_by if column in names and column not in OWN)
    free = [name for name in names if name not in OWN and name not in split]
    explicit = any(name.startswith("state.") or name == "content_state" for name in (*free, *doubled))
    fields = [Field(name, path) for name in free if (path := _path(name, explicit=explicit))]
    # Whole objects first: what a column of its own repeats is then reported at that column.
    fields.sort(key=lambda field: len(field.path) > 1)
    findings = [
        *(
            Finding.error("column_twice", what, column=name)
            for name, what in doubled.items()
            if name in (*OWN, *split_by) or _path(name, explicit=explicit)
        ),
        *_table_findings(names, split_by, typed=typed),
        *_name_findings(names, free, split_by, fields),
    ]
    unusable = {name for name in free if not _is_usable(name)}
    nameless = {field.column for field in fields if not all(part.strip() for part in field.path)}
    for name in sorted(nameless):
        message = "has a dot with no name beside it, and dots nest; rename it"
        findings.append(Finding.error("column_without_name", message, column=name))
    fields = [field for field in fields if field.column not in nameless | unusable]
    clashes = list(_clashes(fields))
    findings += [Finding.error("columns_collide", message, column=clash.column) for clash, message in clashes]
    # Reported here once, they are not to be reported again by every row.
    fields = [field for field in fields if all(field is not clash for clash, _ in clashes)]
    state = tuple(field for field in fields if field.path[0] == "state")
    if names and not state and not nameless:
        message = "no column is a field of the state; add one, such as state.minute"
        findings.append(Finding.error("no_state_columns", message))
    return Columns(
        names=tuple(names),
        split=split,
        state=state,
        attributes=tuple(field for field in fields if field.path[0] == "attributes"),
        plain=tuple(name for name in free if name not in WHOLE and not _has_prefix(name)),
        findings=tuple(finding.model_copy(update={"where": where}) for finding in findings),
    )


def _table_findings(names: Sequence[str], split_by: Sequence[str], *, typed: bool) -> Iterator[Finding]:
    if not typed and not any(_is_ours(name) for name in names) and any(_is_data(name) for name in names):
        yield Finding.error(
            "no_header",
            "its first line names no column of a timeline; write the names there (at, event, title, message, "
            "state.NAME), separated by commas, semicolons or tabs",
        )
    for column in split_by:
        if column in OWN:
            message = "means something else in a timeline; rename it in both tables"
            yield Finding.error("split_by_own", message, column=column)
    for column in names:
        if not _is_usable(column):
            message = "its name contains invalid Unicode, which cannot be sent; rename it"
            yield Finding.error("column_invalid_text", message, column=column)


def _name_findings(
    names: Sequence[str], free: Sequence[str], split_by: Sequence[str], fields: Sequence[Field]
) -> Iterator[Finding]:
    """Names that look like one of ours, and columns that are not sent."""
    sent = {field.column for field in fields}
    known = (*OWN, *split_by, *WHOLE)
    for name in free:
        own = _meant_own(name, names)
        meant = f"; did you mean {own}?" if own else _meant(name, known=known)
        if own in _DECISIVE:
            day = next((each for each in names if each.casefold() in _DAYS), None) if own == "at" else None
            joined = f"; add the day of {day} to the times, as in 2026-07-19 20:00" if day else ""
            yield Finding.error("column_misspelt", misspelt(name, own) + joined, column=name)
        elif name not in sent:
            fix = meant or f"; to send it write state.{name}"
            message = f"is not sent, as other columns begin with state.{fix}"
            finding = Finding.warning if meant else Finding.info
            yield finding("column_not_sent", message, column=name)
        elif meant:
            message = f"is sent as a field of the state{meant}"
            yield Finding.warning("column_near_miss", message, column=name)


def misspelt(name: str, own: str) -> str:
    """The message about a column that may be one of our own, misspelt."""
    return (
        f"there is no column {own}, but there is {name}; did you mean {own}? Write {own}, or state.{name} if it is a "
        "field of the state"
    )


def _path(name: str, *, explicit: bool) -> tuple[str, ...]:
    if name in WHOLE:
        return (WHOLE[name],)
    if _has_prefix(name):
        return tuple(name.split("."))
    return () if explicit else ("state", *name.split("."))


def _has_prefix(name: str) -> bool:
    first, dot, _ = name.partition(".")
    return bool(dot) and first in PREFIXES


def _is_ours(name: str) -> bool:
    return name in OWN or name in WHOLE or name.partition(".")[0] in PREFIXES


def _is_data(name: str) -> bool:
    """Whether this is not a column's name: a row's event, time or number, or a whole line with another separator."""
    return name.casefold() in ("start", "update", "end") or name[:1].isdigit() or "|" in name


def _is_usable(name: str) -> bool:
    try:
        checked_text(name)
    except ValueError:
        return False
    return True


def _meant_own(name: str, names: Sequence[str]) -> str | None:
    """The column of ours that is missing, where this name is only another spelling or another word of it."""
    missing = [own for own in OWN if own not in names]
    synonym = _OWN_BY_SYNONYM.get(
        "".join(character for character in name.casefold() if character not in " _-")
    )
    return (
        synonym if synonym in missing else next(iter(nearest(name, missing, most=1, cutoff=_MISSPELT)), None)
    )


def _meant(name: str, *, known: Iterable[str]) -> str:
    first, dot, rest = name.partition(".")
    if dot and first.casefold() in ("content_state", "contentstate", "content-state", "states"):
        return f"; did you mean state.{rest}?"
    if dot and first.casefold() in ("attribute", *PREFIXES) and first not in PREFIXES:
        right = "state" if first.casefold() == "state" else "attributes"
        return f"; did you mean {right}.{rest}?"
    same = next((right for right in known if right != name and right.casefold() == name.casefold()), None)
    return f"; did you mean {same}?" if same else ""


def _clashes(fields: Sequence[Field]) -> Iterator[tuple[Field, str]]:
    by_path: dict[tuple[str, ...], Field] = {}
    for field in sorted(fields, key=lambda field: len(field.path)):
        outer = next(
            (by_path[path] for n in range(2, len(field.path)) if (path := field.path[:n]) in by_path), None
        )
        if field.path in by_path:
            same = quoted(by_path[field.path].column)
            yield field, f"names the same field as {same}; remove one of them, or rename it"
        elif outer is not None:
            inside = quoted(outer.column)
            yield field, f"cannot be inside {inside}, which is a value itself; rename one of them"
        else:
            by_path[field.path] = field
