"""Staging that was abandoned: it stops at the next rows, and leaves no ids behind."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from live_activity.core.threads import Abandoned, run_in_daemon_thread
from live_activity.segment import stage
from live_activity.tables import Chunk, Table

_CHUNKS = 200


class _Long(Table):
    """A table of many rows, which waits before its second chunk until it is allowed."""

    typed = False

    def __init__(self) -> None:
        super().__init__(where="people", columns=("insider_id",))
        self.began, self.may_go_on = threading.Event(), threading.Event()
        self.given = 0

    def column_chunks(self, names: Sequence[str], size: int) -> Iterator[Chunk]:
        for number in range(1, _CHUNKS + 1):
            self.given += 1
            yield Chunk(number, [number + 1], {"insider_id": [f"u{number}"]}, [])
            self.began.set()
            self.may_go_on.wait(60)


@pytest.mark.parametrize("reads", ["segment", "exclude"])
async def test_an_abandoned_table_is_not_read_to_its_end(reads: str, tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("insider_id\na\nb\n")
    table, folder, ended = _Long(), tmp_path / "staged", threading.Event()
    raised: list[BaseException] = []

    def works() -> None:
        try:
            if reads == "segment":
                stage(table, folder=str(folder))
            else:
                stage(str(tmp_path / "people.csv"), exclude=table, folder=str(folder))
        except Abandoned as abandoned:
            raised.append(abandoned)
        finally:
            ended.set()

    task = asyncio.create_task(run_in_daemon_thread(works))
    assert await asyncio.to_thread(table.began.wait, 60)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    table.may_go_on.set()
    assert await asyncio.to_thread(ended.wait, 60)
    assert raised
    assert table.given < 5
    assert not list(folder.glob("*"))
