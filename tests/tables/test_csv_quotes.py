"""The blocks of CSV that are plain, for any length relative to the words of 64 bytes in which they are scanned."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_activity.tables.csv_quotes import is_plain

# A plain cell: without quotes, or all of it in quotes, where a quote is written twice.
CELL = r'(?:[^",\r\n]*|"(?:[^"\r\n]|"")*")'
LINES = re.compile(rf"(?:{CELL}(?:,{CELL})*\r?\n)*", re.ASCII)

PIECES = st.sampled_from(['"', '""', ",", "\n", "\r\n", "a", "bc", '"x"', '"x","y"\n', '"a""b",'])
# Moves the rest to any place within a word, and across its border.
BLOCKS = st.builds(
    lambda letters, pieces: "a" * letters + "\n" + "".join(pieces) + "\n",
    st.integers(0, 130),
    st.lists(PIECES, max_size=24),
)


@given(BLOCKS)
def test_a_block_is_plain_if_every_quote_belongs_to_a_whole_cell_on_one_line(block: str) -> None:
    assert is_plain(block.encode(), ",") is (LINES.fullmatch(block) is not None)


@pytest.mark.parametrize("before", range(60, 70))
@pytest.mark.parametrize(
    ("cells", "plain"),
    [
        ('"b","c"', True),
        ('"b""c"', True),
        ('"b,c",""', True),
        ('"b"c', False),
        ('b"c"', False),
        ('"b', False),
        ('"b\nc"', False),
        ('"b\\"c"', False),
        ("b\rc", False),
    ],
)
def test_a_quote_at_the_border_of_a_word_is_found(before: int, cells: str, plain: bool) -> None:
    assert is_plain(f"{'a' * before},{cells}\n".encode(), ",") is plain
