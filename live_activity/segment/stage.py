"""Puts a segment aside: one pass over its table, then it never changes."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import BinaryIO

from live_activity.core.findings import invalid
from live_activity.segment.count import BATCH_SIZE, NO_DEFAULTS, counted
from live_activity.segment.folder import Folder
from live_activity.segment.manifest import (
    MANIFEST,
    PEOPLE,
    REJECTS,
    ActivityEntry,
    Manifest,
    write_manifest,
)
from live_activity.segment.staged import StagedSegment
from live_activity.segment.validate_rows import Reject, SegmentOptions, ValidatedRows, validate_rows
from live_activity.tables import open_table


def stage(
    source: str,
    *,
    where: str | None = None,
    id_column: str = "insider_id",
    split_by: Sequence[str] = (),
    defaults: Mapping[str, str] = NO_DEFAULTS,
    folder: str,
    batch_size: int = BATCH_SIZE,
) -> StagedSegment:
    """Puts the people of a table aside in `folder` (a path or any fsspec URL, created where it is missing).

    `people.parquet` holds one row group a batch, activities in order of their first row; `rejects.csv` every row
    that was rejected; `segment.json` the rest, and is written last, so what a crash leaves behind never looks whole.
    With nobody accepted it is staged all the same, with an error among its findings. Raises `InvalidInput` where the
    table cannot be read or lacks a column, or where a segment is staged already.
    """
    inside = Folder(folder)
    if inside.has(MANIFEST):
        what = "a segment is staged there already, and never changes; take it, or another folder"
        raise invalid("already_staged", what, where=MANIFEST)
    table = open_table(source, where=where)
    asked = SegmentOptions(id_column, tuple(dict.fromkeys(split_by)), defaults)
    with _nothing_left_behind(inside):
        with inside.written(REJECTS) as file, _rejecting(file) as reject:
            gathered = validate_rows(table, asked, reject)
        numbers = counted(gathered, batch_size=batch_size)
        with inside.written(PEOPLE) as file:
            _write_people(file, gathered, batch_size=batch_size)
        manifest = Manifest(
            rows=numbers.rows,
            accepted=numbers.accepted,
            rejected=numbers.rejected,
            reasons=dict(numbers.reasons),
            columns=table.columns,
            id_column=id_column,
            split_by=asked.split_by,
            activities=tuple(
                ActivityEntry(
                    key=dict(each.key),
                    people=each.people,
                    first_batch=each.first_batch,
                    batches=each.batches,
                )
                for each in numbers.activities
            ),
            batch_size=batch_size,
            fingerprint=_fingerprint(gathered),
            findings=numbers.findings,
        )
        write_manifest(manifest, inside)
    return StagedSegment.of(manifest, inside)


@contextmanager
def _nothing_left_behind(folder: Folder) -> Iterator[None]:
    """Ids of a segment that did not become whole are of no use to anybody."""
    try:
        yield
    except BaseException:
        folder.remove(REJECTS)
        folder.remove(PEOPLE)
        raise


class _Rejects:
    def __init__(self, text: io.TextIOWrapper) -> None:
        self._writer = csv.writer(text, lineterminator="\n")
        self._writer.writerow(("line", "insider_id", "reason"))

    def __call__(self, rejects: Iterable[Reject]) -> None:
        self._writer.writerows(rejects)


@contextmanager
def _rejecting(file: BinaryIO) -> Iterator[_Rejects]:
    # Half a character cannot be written, and is one of the reasons to reject.
    text = io.TextIOWrapper(file, encoding="utf-8", errors="backslashreplace", newline="")
    try:
        yield _Rejects(text)
        text.flush()
    finally:
        text.detach()


def _write_people(file: BinaryIO, gathered: ValidatedRows, *, batch_size: int) -> None:
    import pyarrow
    import pyarrow.parquet

    schema = pyarrow.schema([("activity", pyarrow.int32()), ("insider_id", pyarrow.string())])
    with pyarrow.parquet.ParquetWriter(file, schema, use_dictionary=["activity"]) as writer:
        for number, people in enumerate(gathered.people.values()):
            rest = iter(people)
            while ids := list(islice(rest, batch_size)):
                activity = pyarrow.repeat(pyarrow.scalar(number, pyarrow.int32()), len(ids))
                columns = [activity, pyarrow.array(ids, pyarrow.string())]
                writer.write_table(pyarrow.table(columns, schema=schema), row_group_size=batch_size)


def _fingerprint(gathered: ValidatedRows) -> str:
    digest = hashlib.sha256()
    for values, people in gathered.people.items():
        # No id holds a line end, JSON is one line, and it is said how many ids follow: nothing else reads the same.
        digest.update(f"{len(people)} {json.dumps(values)}\n".encode())
        digest.update("".join(f"{each}\n" for each in people).encode())
    return digest.hexdigest()
