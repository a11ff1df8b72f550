"""How a segment's table is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypedDict, Unpack

from live_activity.core.source_access import SourceAccess
from live_activity.tables import Table, open_table


class _SameArguments(TypedDict, total=False):
    id_column: str
    defaults: Mapping[str, str]
    holdout: float
    salt: str


class SegmentArguments(_SameArguments, total=False):
    """The arguments of `count` and `stage` that say how the table is read; see `SegmentOptions`."""

    split_by: Sequence[str]
    exclude: str | Table | None


@dataclass(frozen=True, slots=True)
class SegmentOptions:
    """How a segment's table is read.

    `defaults` replace empty split values; `exclude` is a table of people who must not be in, and `holdout`
    the percentage of people who are kept out, drawn with `salt`.
    """

    id_column: str = "insider_id"
    split_by: tuple[str, ...] = ()
    defaults: Mapping[str, str] = field(default_factory=dict)
    exclude: Table | None = None
    holdout: float = 0
    salt: str = ""


def segment_options(
    access: SourceAccess,
    *,
    split_by: Sequence[str] = (),
    exclude: str | Table | None = None,
    **same: Unpack[_SameArguments],
) -> SegmentOptions:
    """The options, with the table of who is excluded opened. Raises `InvalidInput` where it cannot be."""
    excluded = None if exclude is None else opened(exclude, access)
    return SegmentOptions(split_by=tuple(dict.fromkeys(split_by)), exclude=excluded, **same)


def opened(source: str | Table, access: SourceAccess, *, where: str | None = None) -> Table:
    """The table at a path, or the one that is given."""
    return open_table(source, where=where, access=access) if isinstance(source, str) else source
