"""Stages a segment in one pass over its table; a staged segment never changes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count as counting
from typing import Unpack

from live_activity.core.findings import invalid
from live_activity.core.source_access import PUBLIC_ACCESS, SourceAccess
from live_activity.segment.count import BATCH_SIZE, counted, read_segment
from live_activity.segment.first_rows import HashCollision
from live_activity.segment.folder import Folder
from live_activity.segment.manifest import MANIFEST, PEOPLE, REJECTS, ActivityEntry, Manifest, write_manifest
from live_activity.segment.rejects import RejectsFile
from live_activity.segment.segment_options import (
    SegmentArguments,
    SegmentOptions,
    opened,
    segment_options,
)
from live_activity.segment.staged import StagedSegment
from live_activity.tables import Table


def stage(
    source: str | Table,
    *,
    where: str | None = None,
    folder: str,
    batch_size: int = BATCH_SIZE,
    access: SourceAccess = PUBLIC_ACCESS,
    **arguments: Unpack[SegmentArguments],
) -> StagedSegment:
    """Stages the people of a table in `folder` (a path or any fsspec URL, created where it is missing).

    `people.parquet` holds one row group per batch, activities in order of their first row; `rejects.csv` every row
    that was rejected; `segment.json` the rest. It is written last, so what a crash leaves behind never looks complete.
    `exclude` is a table of people who must not be in, and `holdout` the percentage of people who are kept out, the same
    ones whenever `salt` is the same. `access` opens both tables.
    Where nobody is accepted, it is staged as well, with an error among its findings. Raises `InvalidInput` where a
    table cannot be read or lacks a column, or where a segment is staged already.
    """
    target = Folder(folder)
    if target.has(MANIFEST):
        what = "a segment is staged there already, and never changes; take it, or another folder"
        raise invalid("already_staged", what, where=MANIFEST)
    options = segment_options(access, **arguments)
    table = opened(source, access, where=where)
    with _nothing_left_behind(target):
        for seed in counting():  # ids that share a hash with one seed have different ones with another
            try:
                manifest = _staged(table, options, target, batch_size=batch_size, seed=seed)
            except HashCollision:
                continue
            break
        write_manifest(manifest, target)
    return StagedSegment.of(manifest, target)


def _staged(table: Table, options: SegmentOptions, target: Folder, *, batch_size: int, seed: int) -> Manifest:
    with target.written(PEOPLE) as people, target.written(REJECTS) as rejects:
        result, fingerprint = read_segment(
            table,
            options,
            file=people,
            reject=RejectsFile(rejects).write,
            batch_size=batch_size,
            seed=seed,
        )
    numbers = counted(result, batch_size=batch_size)
    return Manifest(
        rows=numbers.rows,
        accepted=numbers.accepted,
        rejected=numbers.rejected,
        reasons=dict(numbers.reasons),
        unmatched=numbers.unmatched,
        columns=table.columns,
        id_column=options.id_column,
        split_by=options.split_by,
        activities=tuple(
            ActivityEntry(
                key=dict(each.key), people=each.people, first_batch=each.first_batch, batches=each.batches
            )
            for each in numbers.activities
        ),
        batch_size=batch_size,
        fingerprint=fingerprint,
        findings=numbers.findings,
    )


@contextmanager
def _nothing_left_behind(folder: Folder) -> Iterator[None]:
    """Deletes the ids of a segment whose staging failed."""
    try:
        yield
    except BaseException:
        folder.remove(REJECTS)
        folder.remove(PEOPLE)
        raise
