"""Blocks of plain lines are read by Arrow, and the result must be that of the strict reader."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyarrow.parquet
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from live_activity.segment import first_rows, stage
from live_activity.segment.count import counted, read_segment
from live_activity.segment.hash_index import HashIndex
from live_activity.segment.hashing import hash_ids, with_codes
from live_activity.segment.rejects import RejectsFile
from live_activity.segment.segment_options import SegmentOptions
from live_activity.tables import Chunk, Table, csv_blocks, open_table
from tests.examples import many_examples

PLAIN = st.text("ab01", min_size=1, max_size=3)
CELL = (
    PLAIN
    | st.text('a",; \\', max_size=4)
    | st.sampled_from(
        ["", "NULL", "1.0", "insider_id", "\ufeffx", "é", "a\x07", " a ", "x" * 256, '"a"', '"a""b"']
    )
)
LINE = (
    st.tuples(PLAIN, PLAIN).map(",".join)
    | st.tuples(CELL, CELL).map(",".join)
    | st.tuples(PLAIN, CELL).map(lambda cells: ",".join(f'"{cell}"' for cell in cells))
    | st.sampled_from(
        ["", '"', 'u1,"12 Main', "Spring, IL", 'USA"', 'a,"b\\"c"', "a,b,c", "a", "\ufeffinsider_id,l"]
    )
)
BODY = st.lists(st.tuples(LINE, st.sampled_from(["\n", "\n", "\n", "\r\n", "\r"])), max_size=14)


class StrictTable(Table):
    """A table that is read by the strict reader alone, row by row."""

    def __init__(self, table: Table) -> None:
        super().__init__(where=table.where, columns=table.columns, doubled=table.doubled)
        self.typed = table.typed
        self._table = table

    def column_chunks(self, names: Any, size: int) -> Iterator[Chunk]:
        return self._table.column_chunks(names, 3)


@pytest.fixture(autouse=True)
def _small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_blocks, "_PIECE", 12)


def results(table: Table, *, split: bool) -> tuple[Any, ...]:
    rejects, people = io.BytesIO(), io.BytesIO()
    options = SegmentOptions("insider_id", ("l",) if split else (), {})
    write = RejectsFile(rejects).write
    result, fingerprint = read_segment(table, options, file=people, reject=write, batch_size=3, seed=0)
    assert result.rows == result.accepted + result.rejected
    numbers = counted(result, batch_size=3)
    ids = pyarrow.parquet.read_table(people)["insider_id"].to_pylist()
    return numbers, fingerprint, ids, rejects.getvalue()


ADDRESS = [('u1,"12 Main', "\n"), ("Spring, IL", "\n"), ('USA"', "\n"), ("u2,x", "\n")]
STRAY = [('a,"b', "\n"), ("c,d", "\n"), ('e"f,g', "\n"), ('"h","i"', "\n")]
HEADERS = st.sampled_from(["insider_id,l", "insider_id,l,", '"insider_id","l"'])


@many_examples(300, deadline=None)
@given(body=BODY, split=st.booleans(), header=HEADERS)
@example(body=ADDRESS, split=False, header="insider_id,l")
@example(body=STRAY, split=True, header="insider_id,l")
def test_the_fast_and_the_strict_reader_give_the_same(
    body: list[tuple[str, str]], split: bool, header: str
) -> None:
    text = f"{header}\n" + "".join(line + end for line, end in body)
    with TemporaryDirectory() as folder:
        path = Path(folder, "people.csv")
        path.write_bytes(text.encode())
        table = open_table(str(path))
        fast, strict = results(table, split=split), results(StrictTable(table), split=split)
    assert fast == strict


def test_one_unusual_line_leaves_the_others_to_arrow(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("insider_id,l\n" + "a1,b\n" * 20 + 'x,"y\n' + "a2,b\n" * 20)
    chunks = list(open_table(str(path)).arrow_chunks(["insider_id"]))
    by_arrow = [chunk for chunk in chunks if not isinstance(chunk, Chunk)]
    assert sum(len(chunk.lines) for chunk in by_arrow) > 30
    assert [(row.line, row.reason) for chunk in chunks for row in chunk.damaged] == [(22, "stray_quote")]


@settings(max_examples=40, deadline=None)
@given(
    ids=st.lists(st.sampled_from([f"user-{number}" for number in range(30)]), max_size=60),
    split=st.booleans(),
)
def test_ids_that_share_a_hash_are_compared_letter_by_letter(ids: list[str], split: bool) -> None:
    seeds: list[int] = []

    def few(hashes: Any) -> Any:
        return hashes if seeds[-1] else hashes % np.uint64(4) + np.uint64(1)

    def poor(texts: Any, *, seed: int) -> Any:
        seeds.append(seed)
        return few(hash_ids(texts, seed=seed))

    def poor_with_codes(hashes: Any, codes: Any) -> Any:
        return few(with_codes(hashes, codes))

    text = io.StringIO()
    csv.writer(text).writerows([["insider_id", "l"], *([each, each[-1]] for each in ids)])
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(first_rows, "hash_ids", poor)
        patch.setattr(first_rows, "with_codes", poor_with_codes)
        path = Path(folder, "people.csv")
        path.write_text(text.getvalue())
        segment = stage(str(path), folder=f"{folder}/staged", split_by=["l"] if split else [], batch_size=4)
        people = [each for number in range(segment.batches) for each in segment.batch(number)]
    assert sorted(people) == sorted(set(ids))
    assert segment.rejected == len(ids) - len(set(ids))
    assert len(set(ids)) < 6 or max(seeds) == 1


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.integers(1, 40), max_size=30), max_size=6))
def test_an_index_finds_the_first_row_of_each_hash(blocks: list[list[int]]) -> None:
    index = HashIndex()
    known: dict[int, int] = {}
    index._allocate(0)
    for number, block in enumerate(blocks):
        # Hashes that begin at few slots, so that they collide.
        keys = np.array(block, np.uint64) << np.uint64(60) | np.array(block, np.uint64)
        before, first, slots = index.add(keys)
        for place, key in enumerate(block):
            assert before[place] == known.get(key, -1)
            assert key in known or first[place] == block.index(key)
        new = [place for place in range(len(block)) if before[place] < 0 and first[place] == place]
        index.set(slots[new], np.array(new) + 100 * number)
        known.update({block[place]: place + 100 * number for place in new})
        index._grow(1)
    every = np.array(range(1, 41), np.uint64)
    assert index.find(every << np.uint64(60) | every).tolist() == [known.get(key, -1) for key in range(1, 41)]
