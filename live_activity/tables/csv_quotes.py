"""Whether Arrow's CSV reader reads a block as the strict reader does; 64 bytes at once, one bit for each."""

from __future__ import annotations

from typing import Any

import numpy as np

_QUOTE, _LINE_FEED, _RETURN = 34, 10, 13
_MARK = b"\xef\xbb\xbf"
_WORD = 64
_ONE, _LAST = np.uint64(1), np.uint64(_WORD - 1)


def is_plain(block: bytes, delimiter: str) -> bool:
    """Whether every quote opens or closes a whole cell on one line, and lines end with a line feed.

    The block must end where a line ends.
    """
    has_returns = b"\r" in block
    if has_returns and block.count(b"\r") != block.count(b"\r\n"):
        return False
    # Arrow skips a byte order mark.
    if block.startswith(_MARK):
        return False
    if b'"' not in block:
        return True
    # The backslash alone is searched for first, as that is far quicker among many quotes.
    if b"\\" in block and b'\\"' in block:
        return False
    # At least one line feed after the block closes its last line.
    letters = np.frombuffer(block + b"\n" * (_WORD - len(block) % _WORD), np.uint8)
    quotes, feeds = _bits(letters == _QUOTE), _bits(letters == _LINE_FEED)
    inside = _odd_so_far(quotes)
    opens, closes = quotes & inside, quotes & ~inside
    ends = feeds | _bits(letters == ord(delimiter))
    begins = _one_later(ends)
    begins[0] |= _ONE
    if has_returns:
        ends |= _bits(letters == _RETURN)
    # A quote that closes and is at once followed by one that opens is a quote written twice.
    stray = (opens & ~(begins | _one_later(closes))) | (closes & ~_one_earlier(ends | opens))
    return not (stray | (feeds & inside)).any()


def _bits(found: Any) -> Any:
    return np.packbits(found, bitorder="little").view("<u8")


def _one_later(bits: Any) -> Any:
    moved = bits << _ONE
    moved[1:] |= bits[:-1] >> _LAST
    return moved


def _one_earlier(bits: Any) -> Any:
    moved = bits >> _ONE
    moved[:-1] |= bits[1:] << _LAST
    return moved


def _odd_so_far(bits: Any) -> Any:
    """A bit is set where the number of set bits up to and including its place is odd."""
    odd = bits.copy()
    for places in (1, 2, 4, 8, 16, 32):
        odd ^= odd << np.uint64(places)
    before = np.zeros_like(odd)
    np.bitwise_xor.accumulate(odd[:-1] >> _LAST, out=before[1:])
    odd ^= np.negative(before)
    return odd
