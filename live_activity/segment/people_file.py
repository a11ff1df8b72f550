"""The accepted ids of a segment on their way into `people.parquet`: one row group per batch, activity after activity.

A segment of one activity is written as it comes. With more activities its ids are first put into a file of their own,
sorted by activity within each block, and gathered from there: memory holds a block, and never the segment.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np

from live_activity.core.threads import stop_if_abandoned
from live_activity.segment.plain_ids import views

# About so many ids are gathered at once for small activities.
_ROWS_AT_ONCE = 200_000
# So many ids are sorted at once.
_SPILLED_ROWS = 400_000
_MOST_PENDING = 3
# So many rows are encoded at once.
_WRITTEN_ROWS = 10_000


class PeopleFile:
    """Takes accepted ids in the table's order; `finish` writes what is left. `file` can be read again afterwards."""

    def __init__(self, file: BinaryIO, *, split: bool, batch_size: int) -> None:
        import pyarrow
        import pyarrow.parquet

        self.counts: list[int] = []
        self._batch_size = batch_size
        self._schema = pyarrow.schema([("activity", pyarrow.int32()), ("insider_id", pyarrow.string())])
        self._writer = pyarrow.parquet.ParquetWriter(
            file,
            self._schema,
            use_dictionary=False,
            write_statistics=False,
            compression="lz4",
            write_batch_size=_WRITTEN_ROWS,
        )
        self._digests: list[_Digest] = []
        self._spill = _Spill() if split else None
        self._waiting: list[Any] = []
        self._waits = 0
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="people-file")
        self._pending: list[Future[object]] = []

    def add(self, ids: Any, codes: Any | None) -> Any:
        """Takes some ids, and the number of each one's activity where there are several.

        Returns the place of each id within its activity.
        """
        if codes is None:
            if not self.counts:
                self.counts.append(0)
                self._digests.append(_Digest())
            begin = self.counts[0]
            self.counts[0] += len(ids)
            self._write(0, ids, self._digests[0])
            return np.arange(begin, begin + len(ids), dtype=np.int64)
        assert self._spill is not None
        self.counts += [0] * (int(codes.max()) + 1 - len(self.counts))
        known = np.array(self.counts, np.int64)
        order = _by_activity(codes)
        ordered = codes[order]
        begins = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
        lengths = np.diff(np.append(begins, len(ids)))
        ranks = np.empty(len(ids), np.int64)
        ranks[order] = np.arange(len(ids)) - np.repeat(begins - known[ordered[begins]], lengths)
        known[ordered[begins]] += lengths
        self.counts[:] = known.tolist()
        self._in_background(self._spill.add, ids, codes)
        return ranks

    def finish(self) -> None:
        """Writes everything that is still to be written."""
        if self._spill is not None:
            self._in_background(self._spill.flush)
            self._written()
            for activity in range(len(self.counts)):
                digest = _Digest()
                self._digests.append(digest)
                for ids in self._spill.of_activity(activity):
                    stop_if_abandoned()
                    self._write(activity, ids, digest)
                self._flush(activity)
        else:
            self._flush(0)
        self._written()
        self.close()

    def close(self) -> None:
        """Closes what is open; to be called where staging failed, too."""
        self._pool.shutdown()
        if self._spill is not None:
            self._spill.close()
        self._writer.close()

    def fingerprint(self, keys: Sequence[Sequence[str]]) -> str:
        """The SHA-256 of the split values and ids of all activities, in order."""
        digest = hashlib.sha256()
        for key, count, part in zip(keys, self.counts, self._digests, strict=True):
            digest.update(json.dumps([list(key), count, *part.hexdigests()]).encode())
        return digest.hexdigest()

    def _write(self, activity: int, ids: Any, digest: _Digest) -> None:
        self._waiting.append(ids)
        self._waits += len(ids)
        whole = self._waits - self._waits % self._batch_size
        self._in_background(digest.update, ids)
        if whole:
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
        self._in_background(self._writer.write_table, table, row_group_size=self._batch_size)
        self._waiting = [rest] if len(rest) else []
        self._waits = len(rest)

    def _in_background(self, work: Callable[..., object], *arguments: Any, **named: Any) -> None:
        """Queues the work for the one background thread; waits while too much is queued."""
        while len(self._pending) >= _MOST_PENDING:
            self._pending.pop(0).result()
        self._pending.append(self._pool.submit(work, *arguments, **named))

    def _written(self) -> None:
        while self._pending:
            self._pending.pop(0).result()


def _by_activity(codes: Any) -> Any:
    """The rows sorted by activity, in their order within each; small numbers are sorted by their digits."""
    small = codes.astype(np.uint16) if len(codes) and int(codes.max()) < 1 << 16 else codes
    return np.argsort(small, kind="stable")


class _Digest:
    """A digest of the ids of one activity; it does not depend on the portions in which they come."""

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
    """Where ids lie in the file: those of the activity at place n of `places` are the rows from `rows[n]` on."""

    places: dict[int, int]
    rows: list[int]
    lengths_at: int
    letters_at: list[int]


class _Spill:
    """Ids in a file without a name, sorted by activity within each block."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115  # closed by close
        self._blocks: list[_Block] = []
        self._ids: list[Any] = []
        self._codes: list[Any] = []
        self._waits = 0

    def add(self, ids: Any, codes: Any) -> None:
        self._ids.append(ids)
        self._codes.append(codes)
        self._waits += len(ids)
        if self._waits >= _SPILLED_ROWS:
            self.flush()

    def flush(self) -> None:
        """Writes what was added."""
        import pyarrow

        if not self._waits:
            return
        codes = np.concatenate(self._codes)
        order = _by_activity(codes)
        letters, begins = views(pyarrow.concat_arrays(self._ids).take(pyarrow.array(order)))
        self._ids, self._codes, self._waits = [], [], 0
        ordered = codes[order]
        firsts = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
        at = self._file.tell()
        lengths = np.diff(begins).astype(np.uint16)
        self._file.write(lengths)
        letters_at = at + lengths.nbytes + np.append(begins[firsts], begins[-1])
        self._file.write(letters)
        self._file.flush()
        rows = np.append(firsts, len(ordered))
        places = {int(code): place for place, code in enumerate(ordered[firsts].tolist())}
        self._blocks.append(_Block(places, rows.tolist(), at, letters_at.tolist()))

    def of_activity(self, activity: int) -> Iterator[Any]:
        """The ids of an activity in the order in which they came, in portions."""
        lengths: list[Any] = []
        letters: list[bytes] = []
        count = 0
        for block in self._blocks:
            place = block.places.get(activity)
            if place is None:
                continue
            first, last = block.rows[place], block.rows[place + 1]
            begin, end = block.letters_at[place], block.letters_at[place + 1]
            self._file.seek(block.lengths_at + 2 * first)
            lengths.append(np.frombuffer(self._file.read(2 * (last - first)), np.uint16))
            self._file.seek(begin)
            letters.append(self._file.read(end - begin))
            count += last - first
            if count >= _ROWS_AT_ONCE:
                yield _strings(lengths, letters)
                lengths, letters, count = [], [], 0
        if count:
            yield _strings(lengths, letters)

    def close(self) -> None:
        self._file.close()


def _strings(lengths: Sequence[Any], letters: Sequence[bytes]) -> Any:
    import pyarrow

    every = np.concatenate(lengths)
    begins = np.zeros(len(every) + 1, np.int32)
    np.cumsum(every, out=begins[1:])
    return pyarrow.StringArray.from_buffers(
        len(every), pyarrow.py_buffer(begins), pyarrow.py_buffer(b"".join(letters))
    )


def read_places(file: BinaryIO, groups: Any, places: Any) -> Iterator[tuple[Any, Any]]:
    """The ids at some places of a people file, in pairs: indexes into `groups` and `places`, and their ids.

    `groups` are row groups, `places` rows within them. A place that the file does not have is left out.
    """
    import pyarrow
    import pyarrow.parquet

    file.seek(0)
    people = pyarrow.parquet.ParquetFile(file, pre_buffer=False)
    order = np.argsort(groups, kind="stable")
    ordered = groups[order]
    known = range(people.num_row_groups)
    for group in np.unique(ordered):
        stop_if_abandoned()
        if int(group) not in known:
            continue
        rows = order[np.searchsorted(ordered, group) : np.searchsorted(ordered, group, "right")]
        column = people.read_row_group(int(group), columns=["insider_id"], use_threads=False)[0]
        ids = column.combine_chunks()
        rows = rows[places[rows] < len(ids)]
        yield rows, ids.take(pyarrow.array(places[rows]))
