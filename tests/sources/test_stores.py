"""A timeline in an fsspec store: its change mark is checked, and the file is read only when that changed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import fsspec
import pytest

from live_activity.core.findings import InvalidInput
from live_activity.sources.timeline_source import PolledSource
from live_activity.template import read_texts
from tests.sources.hanging_store import URL as HANGING_URL
from tests.sources.hanging_store import HangingStore, hanging, hanging_store

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


@pytest.fixture
def store() -> Iterator[type[HangingStore]]:
    with hanging_store("at,score\n0m,0\n") as made:
        yield made


def test_a_store_that_does_not_answer_is_asked_once_and_read_when_it_answers_again(
    store: type[HangingStore],
) -> None:
    source = PolledSource(HANGING_URL)
    with hanging(store):
        for _ in range(3):
            with pytest.raises(InvalidInput, match=r"rows\.csv.* does not answer in time"):
                source.changed()
        assert store.asked == 1, "no thread is added while one hangs"
    assert source.changed()
    assert len(list(source.table().rows())) == 1


def test_a_file_whose_content_does_not_come_is_a_failed_reading(store: type[HangingStore]) -> None:
    source = PolledSource(HANGING_URL)
    assert source.changed()
    with hanging(store), pytest.raises(InvalidInput, match="does not answer in time"):
        source.table()
    assert source.changed()
    assert len(list(source.table().rows())) == 1


def test_a_table_beside_a_timeline_is_not_waited_for_either(store: type[HangingStore]) -> None:
    with hanging(store), pytest.raises(InvalidInput, match="does not answer in time"):
        read_texts(HANGING_URL)


def test_a_process_ends_while_a_store_does_not_answer() -> None:
    code = (
        "from live_activity.core.findings import InvalidInput\n"
        "from live_activity.tables import open_table, stores\n"
        "from tests.sources.hanging_store import URL, register\n"
        "register()\n"
        "stores.STORE_SECONDS = 0.01\n"
        "try:\n"
        "    open_table(URL)\n"
        "except InvalidInput as late:\n"
        "    print(late)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert "does not answer in time" in done.stdout


def test_an_unknown_scheme_is_named_by_a_poll() -> None:
    with pytest.raises(InvalidInput, match="s4:// is not a known kind of URL"):
        PolledSource("s4://team/rows.csv").changed()
