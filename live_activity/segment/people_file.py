"""The accepted ids of a segment on their way into `people.parquet`: one row group a batch, activity after activity.

A segment of one activity is written as it comes. With more activities its ids are first put into a file of their own,
sorted by activity within each block, and gathered from there: memory holds a block, and never the segment.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import numpy as np

from live_activity.segment.plain_ids import views

# About so many ids are gathered at once for small activities.
_ROWS_AT_ONCE = 200_000


class PeopleFile:
    """Takes accepted ids in the table's order; `finish` writes what is left. `file` can be read again afterwards."""

    def __init__(self, file: BinaryIO, *, split: bool, batch_size: int) -> None:
        import pyarrow
        import pyarrow.parquet

        self.counts: list[int] = []
        self._batch_size = batch_size
        self._schema = pyarrow.schema([("activity", pyarrow.int32()), ("insider_id", pyarrow.string())])
        self._writer = pyarrow.parquet.ParquetWriter(
            file, self._schema, use_dictionary=["activity"], write_statistics=False
        )
        self._digests: list[_Digest] = []
        self._spill = _Spill() if split else None
        self._waiting: list[Any] = []
        self._waits = 0

    def ranks(self, codes: Any | None, count: int) -> Any:
        """The place within its activity that each of the next `count` ids will get."""
        if codes is None:
            begin = self.counts[0] if self.counts else 0
            return np.arange(begin, begin + count, dtype=np.int64)
        order = np.argsort(codes, kind="stable")
        ordered = codes[order]
        begins = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
        known = np.array(self.counts + [0] * max(0, int(ordered[-1]) + 1 - len(self.counts)), np.int64)
        lengths = np.diff(np.append(begins, count))
        ranks = np.empty(count, np.int64)
        ranks[order] = np.arange(count) - np.repeat(begins - known[ordered[begins]], lengths)
        return ranks

    def add(self, ids: Any, codes: Any | None) -> None:
        """Takes some ids, and the number of each one's activity where there are several."""
        if codes is None:
            if not self.counts:
                self.counts.append(0)
                self._digests.append(_Digest())
            self.counts[0] += len(ids)
            self._digests[0].update(ids)
            self._write(0, ids)
            return
        assert self._spill is not None
        most = int(codes.max()) + 1
        self.counts += [0] * (most - len(self.counts))
        for code, count in zip(*np.unique(codes, return_counts=True), strict=True):
            self.counts[code] += int(count)
        self._spill.add(ids, codes)

    def finish(self) -> None:
        """Writes everything that is still to be written."""
        if self._spill is not None:
            for activity, parts in self._spill.by_activity(self.counts):
                digest = _Digest()
                self._digests.append(digest)
                for ids in parts:
                    digest.update(ids)
                    self._write(activity, ids)
                self._flush(activity)
            self._spill.close()
        else:
            self._flush(0)
        self._writer.close()

    def close(self) -> None:
        """Lets go of what a failed staging had opened."""
        if self._spill is not None:
            self._spill.close()
        self._writer.close()

    def fingerprint(self, keys: Sequence[Sequence[str]]) -> str:
        """The SHA-256 of the split values and ids of all activities, in order."""
        digest = hashlib.sha256()
        for key, count, part in zip(keys, self.counts, self._digests, strict=True):
            digest.update(json.dumps([list(key), count, *part.hexdigests()]).encode())
        return digest.hexdigest()

    def _write(self, activity: int, ids: Any) -> None:
        self._waiting.append(ids)
        self._waits += len(ids)
        if self._waits < self._batch_size:
            return
        whole = self._waits - self._waits % self._batch_size
        self._write_batches(activity, whole)

    def _flush(self, activity: int) -> None:
        if self._waits:
            self._write_batches(activity, self._waits)

    def _write_batches(self, activity: int, count: int) -> None:
        import pyarrow

        ids = self._waiting[0] if len(self._waiting) == 1 else pyarrow.concat_arrays(self._waiting)
        now, rest = ids[:count], ids[count:]
        activities = pyarrow.repeat(pyarrow.scalar(activity, pyarrow.int32()), count)
        table = pyarrow.table([activities, now], schema=self._schema)
        self._writer.write_table(table, row_group_size=self._batch_size)
        self._waiting = [rest] if len(rest) else []
        self._waits = len(rest)


class _Digest:
    """Of the ids of one activity; it does not depend on how many come at once."""

    def __init__(self) -> None:
        self._letters = hashlib.sha256()
        self._lengths = hashlib.sha256()

    def update(self, ids: Any) -> None:
        letters, begins = views(ids)
        self._letters.update(letters)
        self._lengths.update(np.diff(begins).astype("<u2"))

    def hexdigests(self) -> tuple[str, str]:
        return self._letters.hexdigest(), self._lengths.hexdigest()


@dataclass(slots=True)
class _Block:
    """Where the ids of some activities lie in the file: those of the n-th of `codes` from `begins[n]` on."""

    codes: Any
    rows: Any
    lengths_at: int
    letters_at: Any


@dataclass(slots=True)
class _Spill:
    """Ids in a file without a name, sorted by activity within each block."""

    file: Any = field(default_factory=tempfile.TemporaryFile)
    blocks: list[_Block] = field(default_factory=list)

    def add(self, ids: Any, codes: Any) -> None:
        import pyarrow

        order = np.argsort(codes.astype(np.int32), kind="stable")
        letters, begins = views(ids.take(pyarrow.array(order)))
        ordered = codes[order]
        firsts = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
        at = self.file.tell()
        lengths = np.diff(begins).astype(np.uint16)
        self.file.write(lengths)
        letters_at = at + lengths.nbytes + np.append(begins[firsts], begins[-1])
        self.file.write(letters)
        rows = np.append(firsts, len(ordered))
        self.blocks.append(_Block(ordered[firsts], rows, at, letters_at))

    def by_activity(self, counts: Sequence[int]) -> Iterator[tuple[int, Iterator[Any]]]:
        """Each activity with its ids, in the order in which they came."""
        self.file.flush()
        for activity in range(len(counts)):
            yield activity, self._parts(activity)

    def _parts(self, activity: int) -> Iterator[Any]:
        lengths: list[Any] = []
        letters: list[bytes] = []
        count = 0
        for block in self.blocks:
            place = int(np.searchsorted(block.codes, activity))
            if place == len(block.codes) or block.codes[place] != activity:
                continue
            first, last = int(block.rows[place]), int(block.rows[place + 1])
            begin, end = int(block.letters_at[place]), int(block.letters_at[place + 1])
            self.file.seek(block.lengths_at + 2 * first)
            lengths.append(np.frombuffer(self.file.read(2 * (last - first)), np.uint16))
            self.file.seek(begin)
            letters.append(self.file.read(end - begin))
            count += last - first
            if count >= _ROWS_AT_ONCE:
                yield _strings(lengths, letters)
                lengths, letters, count = [], [], 0
        if count:
            yield _strings(lengths, letters)

    def close(self) -> None:
        self.file.close()


def _strings(lengths: Sequence[Any], letters: Sequence[bytes]) -> Any:
    import pyarrow

    every = np.concatenate(lengths)
    begins = np.zeros(len(every) + 1, np.int32)
    np.cumsum(every, out=begins[1:])
    return pyarrow.StringArray.from_buffers(
        len(every), pyarrow.py_buffer(begins), pyarrow.py_buffer(b"".join(letters))
    )


def read_places(file: BinaryIO, groups: Any, places: Any) -> Iterator[tuple[Any, Any]]:
    """The ids at some places of a people file: pairs of which of the asked rows, and their ids.

    `groups` are row groups, `places` rows within them. A place that the file does not have is left out.
    """
    import pyarrow
    import pyarrow.parquet

    file.seek(0)
    people = pyarrow.parquet.ParquetFile(file)
    order = np.argsort(groups, kind="stable")
    ordered = groups[order]
    known = range(people.num_row_groups)
    for group in np.unique(ordered):
        if int(group) not in known:
            continue
        rows = order[np.searchsorted(ordered, group) : np.searchsorted(ordered, group, "right")]
        ids = people.read_row_group(int(group), columns=["insider_id"])[0].combine_chunks()
        rows = rows[places[rows] < len(ids)]
        yield rows, ids.take(pyarrow.array(places[rows]))
