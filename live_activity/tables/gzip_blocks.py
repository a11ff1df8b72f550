"""What a gzip file holds, in large blocks: the standard library's reader takes 8 KB of the file at once."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import BinaryIO

_PACKED = 768 * 1024
_GZIP = 31


def unpacked_blocks(file: BinaryIO, *, most: int) -> Iterator[bytes]:
    """Blocks of at most `most` bytes.

    Raises `EOFError` where the file is cut off, and `zlib.error` where it is not gzip or its checksums are wrong.
    """
    packed = file.read(_PACKED)
    while packed:
        member = zlib.decompressobj(_GZIP)
        while not member.eof:
            packed = packed or file.read(_PACKED)
            block = member.decompress(packed, most)
            if not block and not packed and not member.eof:
                raise EOFError
            packed = member.unconsumed_tail
            if block:
                yield block
        # Another file may follow, and zeros may stand between them.
        packed = member.unused_data.lstrip(b"\0")
        while not packed and (more := file.read(_PACKED)):
            packed = more.lstrip(b"\0")
