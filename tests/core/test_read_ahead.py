"""Reading the next chunk of a table while this one is processed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest

from live_activity.core.read_ahead import read_ahead

# A source that does not answer, and a caller that stops after its first chunk.
HANGS = """
import threading
from live_activity.core.read_ahead import read_ahead

def chunks():
    yield 1
    threading.Event().wait()

for chunk in read_ahead(chunks()):
    {stops}
"""


def test_the_items_come_in_their_order() -> None:
    assert list(read_ahead(iter(range(5)))) == [0, 1, 2, 3, 4]


def test_an_error_is_raised_where_its_item_would_come() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise ValueError("no")

    found = read_ahead(items())
    assert next(found) == 1
    with pytest.raises(ValueError, match="no"):
        next(found)


@pytest.mark.parametrize("stops", ["break", "raise KeyboardInterrupt"])
def test_a_process_that_stops_ends_though_the_source_does_not_answer(stops: str) -> None:
    code = HANGS.format(stops=stops)
    ended = subprocess.run([sys.executable, "-c", code], timeout=60, check=False, capture_output=True)
    assert ended.returncode == (0 if stops == "break" else -2)
