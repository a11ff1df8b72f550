"""Counts a segment: the numbers that `check` shows, and those of staging."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count as counting
from typing import Any, BinaryIO, Unpack

from live_activity.core.findings import Finding
from live_activity.core.source_access import PUBLIC_ACCESS, SourceAccess
from live_activity.segment.activities import StagedActivity, in_batches, unmatched_share
from live_activity.segment.exclusion import Exclusion
from live_activity.segment.first_rows import FirstRows, HashCollision
from live_activity.segment.people_file import PeopleFile
from live_activity.segment.segment_options import (
    SegmentArguments,
    SegmentOptions,
    opened,
    segment_options,
)
from live_activity.segment.validate_rows import Reject, ValidatedRows, validate_rows
from live_activity.tables import Table

# The vendor's bound of a call to /register and /add-users.
BATCH_SIZE = 10_000


@dataclass(frozen=True, slots=True)
class SegmentCount:
    """Who is in the table: `rows` is always `accepted` plus `rejected`, and `reasons` add up to `rejected`.

    `unmatched` rows have an id of a valid form that can match nobody, such as `1001.0` or `NULL`.
    """

    rows: int
    accepted: int
    rejected: int
    reasons: Mapping[str, int]
    findings: tuple[Finding, ...]
    activities: tuple[StagedActivity, ...]
    unmatched: int = 0

    @property
    def unmatched_share(self) -> float:
        """The share of ids that can match nobody, from 0 to 1."""
        return unmatched_share(unmatched=self.unmatched, accepted=self.accepted, reasons=self.reasons)


def count(
    source: str | Table,
    *,
    where: str | None = None,
    batch_size: int = BATCH_SIZE,
    access: SourceAccess = PUBLIC_ACCESS,
    **arguments: Unpack[SegmentArguments],
) -> SegmentCount:
    """The numbers that `stage` would give; nothing is kept.

    Raises `InvalidInput` where a table cannot be read or lacks a column.
    """
    options = segment_options(access, **arguments)
    table = opened(source, access, where=where)
    for seed in counting():  # ids that share a hash with one seed have different ones with another
        with tempfile.TemporaryFile() as file:
            try:
                result, _ = read_segment(
                    table, options, file=file, reject=_ignore, batch_size=batch_size, seed=seed
                )
            except HashCollision:
                continue
        return counted(result, batch_size=batch_size)
    raise AssertionError("unreachable")


def read_segment(
    table: Table,
    options: SegmentOptions,
    *,
    file: BinaryIO,
    reject: Reject,
    batch_size: int,
    seed: int,
) -> tuple[ValidatedRows, str]:
    """Reads a segment and writes its people to `file`, open for reading and writing.

    Returns the validated rows, and the fingerprint of the people.

    Raises `InvalidInput`, and `HashCollision` where it has to be read again with another seed.
    """
    if batch_size < 1:
        raise ValueError(f"batch_size is {batch_size}; a batch holds at least one person")
    exclusion = None
    people = PeopleFile(file, split=bool(options.split_by), batch_size=batch_size)
    first_rows = FirstRows(people, seed=seed, expected=table.expected_rows)
    try:
        if options.exclude is not None:
            exclusion = Exclusion(options.exclude, id_column=options.id_column, seed=seed)
        result = validate_rows(
            table, options, people=people, first_rows=first_rows, reject=reject, exclusion=exclusion
        )
        people.finish()
        first_rows.verify(file, batch_size=batch_size)
        if exclusion is not None:
            exclusion.verify()
    finally:
        people.close()
        first_rows.close()
        if exclusion is not None:
            exclusion.close()
    keys = result.keys[: len(result.counts)]
    return result, people.fingerprint(keys)


def counted(result: ValidatedRows, *, batch_size: int) -> SegmentCount:
    """The numbers of a segment that was read."""
    sizes = zip(result.keys, result.counts, strict=False)
    return SegmentCount(
        rows=result.rows,
        accepted=result.accepted,
        rejected=result.rejected,
        reasons=dict(sorted(result.reasons.items())),
        findings=result.findings(),
        activities=in_batches(sizes, split_by=result.options.split_by, batch_size=batch_size),
        unmatched=result.unmatched.total,
    )


def _ignore(lines: Any, ids: Any, reasons: Any) -> None:
    pass
