"""A segment counted, with nothing put aside: what `check` shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from live_activity.core.findings import Finding
from live_activity.segment.activities import StagedActivity, in_batches
from live_activity.segment.validate_rows import SegmentOptions, ValidatedRows, validate_rows
from live_activity.tables import open_table

NO_DEFAULTS: Mapping[str, str] = MappingProxyType({})
# The vendor's bound of a call (reference/live-activities-api.md, /register).
BATCH_SIZE = 10_000


@dataclass(frozen=True, slots=True)
class SegmentCount:
    """Who is in the table: `rows` is always `accepted` plus `rejected`, and `reasons` add up to `rejected`."""

    rows: int
    accepted: int
    rejected: int
    reasons: Mapping[str, int]
    findings: tuple[Finding, ...]
    activities: tuple[StagedActivity, ...]


def count(
    source: str,
    *,
    where: str | None = None,
    id_column: str = "insider_id",
    split_by: Sequence[str] = (),
    defaults: Mapping[str, str] = NO_DEFAULTS,
    batch_size: int = BATCH_SIZE,
) -> SegmentCount:
    """The numbers that `stage` would come to, with nothing written.

    Raises `InvalidInput` where the table cannot be read or lacks a column.
    """
    asked = SegmentOptions(id_column, tuple(dict.fromkeys(split_by)), defaults)
    gathered = validate_rows(open_table(source, where=where), asked, _forget)
    return counted(gathered, batch_size=batch_size)


def counted(gathered: ValidatedRows, *, batch_size: int) -> SegmentCount:
    """The numbers of what was gathered."""
    if batch_size < 1:
        raise ValueError(f"batch_size is {batch_size}; a batch holds at least one person")
    sizes = ((values, len(ids)) for values, ids in gathered.people.items())
    return SegmentCount(
        rows=gathered.rows,
        accepted=gathered.accepted,
        rejected=gathered.rejected,
        reasons=dict(sorted(gathered.reasons.items())),
        findings=gathered.findings(),
        activities=in_batches(sizes, split_by=gathered.asked.split_by, batch_size=batch_size),
    )


def _forget(rejects: object) -> None:
    pass
