"""Finds the first row of each id, exactly, without holding the ids in memory.

Ids are compared by a 64-bit hash while the table is read. Rows whose hash was there before are put aside and compared
letter by letter with the row that they seem to repeat, once all rows are in the people file. Should two different
ids share a hash, `HashCollision` says so, and the segment is staged again with other hashes.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from typing import Any, BinaryIO

import numpy as np

from live_activity.segment.hash_index import HashIndex
from live_activity.segment.hashing import hash_ids, with_codes
from live_activity.segment.people_file import PeopleFile, read_places


class HashCollision(Exception):
    """Two different ids have the same hash."""


class FirstRows:
    """The ids that were accepted into a people file."""

    def __init__(self, people: PeopleFile, *, seed: int, expected: int = 0) -> None:
        self._people = people
        self._seed = seed
        self._index = HashIndex(expected)
        self._repeats = RepeatedIds()

    def hashes(self, ids: Any) -> Any:
        """The hash of each id; may be called in another thread."""
        return hash_ids(ids, seed=self._seed)

    def accept(self, ids: Any, hashes: Any, codes: Any | None) -> Any:
        """Accepts each id that is new in its activity, given the ids' `hashes`; returns a mask of the new ones."""
        keys = hashes if codes is None else with_codes(hashes, codes)
        before, first, slots = self._index.add(keys)
        rows = np.arange(len(keys))
        new = (before < 0) & (first == rows)
        kept = np.flatnonzero(new)
        kept_codes = None if codes is None else codes[kept]
        ranks = np.zeros(0, np.int64)
        if len(kept):
            ranks = self._people.add(ids if len(kept) == len(rows) else _taken(ids, kept), kept_codes)
            self._index.set(slots[kept], ranks)
        if len(kept) < len(rows):
            repeats = np.flatnonzero(~new)
            here = np.full(len(rows), -1, np.int64)
            here[kept] = ranks
            owners = np.where(before[repeats] >= 0, before[repeats], here[first[repeats]])
            self._repeats.add(_taken(ids, repeats), owners, None if codes is None else codes[repeats])
        return new

    def find(self, ids: Any) -> Any:
        """The places of the ids among those accepted (of one activity), -1 for those that are not; by hash alone."""
        return self._index.find(self.hashes(ids))

    def verify(self, file: BinaryIO, *, batch_size: int) -> None:
        """Compares every repeated id with the one that it repeats; `find` finds nothing afterwards.

        Raises `HashCollision`.
        """
        self._index = HashIndex()
        self._repeats.verify(file, self._people.counts, batch_size=batch_size)

    def close(self) -> None:
        """Deletes the rows put aside."""
        self._repeats.close()


class RepeatedIds:
    """Ids put aside in a file, each with the place in the people file where the same id should stand."""

    def __init__(self) -> None:
        self._file: Any = None
        self._writer: Any = None

    def add(self, ids: Any, ranks: Any, codes: Any | None) -> None:
        """Puts ids aside: `ranks` are their places in the activities `codes`."""
        import pyarrow

        schema = pyarrow.schema(
            [("id", pyarrow.string()), ("rank", pyarrow.int64()), ("code", pyarrow.int32())]
        )
        if self._writer is None:
            self._file = tempfile.TemporaryFile()  # noqa: SIM115  # closed by close
            self._writer = pyarrow.ipc.new_stream(self._file, schema)
        activities = np.zeros(len(ids), np.int32) if codes is None else codes.astype(np.int32)
        arrays = [ids, pyarrow.array(ranks), pyarrow.array(activities)]
        self._writer.write_batch(pyarrow.record_batch(arrays, schema=schema))

    def verify(self, file: BinaryIO, counts: Sequence[int], *, batch_size: int) -> None:
        """Compares all of them with a people file. Raises `HashCollision` where one differs."""
        if self._writer is None:
            return
        import pyarrow

        self._writer.close()
        self._file.seek(0)
        waiting: list[Any] = []
        for batch in pyarrow.ipc.open_stream(self._file):
            waiting.append(batch)
            if sum(len(each) for each in waiting) >= 1_000_000:
                _compare(waiting, file, counts, batch_size)
                waiting = []
        if waiting:
            _compare(waiting, file, counts, batch_size)

    def close(self) -> None:
        """Deletes the file."""
        if self._file is not None:
            self._file.close()


def _compare(batches: list[Any], file: BinaryIO, counts: Sequence[int], batch_size: int) -> None:
    import pyarrow
    from pyarrow import compute

    table = pyarrow.Table.from_batches(batches).combine_chunks()
    ids = table["id"].combine_chunks()
    ranks, codes = (table[name].to_numpy() for name in ("rank", "code"))
    people = np.asarray(counts, np.int64)
    if codes.max() >= len(people) or (ranks >= people[codes]).any():
        raise HashCollision
    batches_of = -(-people // batch_size)
    groups = (np.cumsum(batches_of) - batches_of)[codes] + ranks // batch_size
    equal = 0
    for rows, there in read_places(file, groups, ranks % batch_size):
        same = compute.equal(ids.take(pyarrow.array(rows)), there)
        equal += int(compute.sum(same).as_py() or 0)
    if equal < len(ids):
        raise HashCollision


def _taken(ids: Any, rows: Any) -> Any:
    import pyarrow

    return ids.take(pyarrow.array(rows))
