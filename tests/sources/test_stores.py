"""A timeline in an fsspec store: its change mark is checked, and the file is read only when that changed."""

from __future__ import annotations

import fsspec

from live_activity.sources.timeline_source import PolledSource

URL = "memory://polled/rows.csv"


def write(text: str) -> None:
    with fsspec.open(URL, "w") as file:
        file.write(text)


def test_a_file_in_a_store_is_read_again_only_when_its_mark_changed() -> None:
    write("at,score\n0m,0\n")
    source = PolledSource(URL)
    assert source.changed()
    assert len(list(source.table().rows())) == 1
    source.accept()
    assert not source.changed()
    write("at,score\n0m,0\n5m,1\n")
    assert source.changed()
    assert len(list(source.table().rows())) == 2
