"""The content of an answer as it arrives: within its time, and decompressed where it was compressed."""

from __future__ import annotations

import time
import zlib
from collections.abc import Iterable, Iterator

import httpx

_GZIP = b"\x1f\x8b"
_BLOCK = 1 << 20


def decoded(answer: httpx.Response, *, seconds: float | None) -> Iterator[bytes]:
    """The content in pieces; `seconds` bounds the whole of it.

    Raises EOFError or zlib.error where compressed content was cut off or damaged.
    """
    parts = _in_time(answer, seconds=seconds)
    encoding = answer.headers.get("content-encoding", "").strip().lower()
    if encoding in ("", "identity"):
        yield from parts
        return
    if encoding not in ("gzip", "x-gzip"):
        raise httpx.DecodingError(f"{encoding} was not asked for", request=answer.request)
    if not answer.url.path.endswith(".gz"):
        yield from gunzipped(parts)
        return
    # Some servers name the compression of a .gz file as its content encoding: the file is left compressed.
    packed = b"".join(parts)
    unpacked = gunzipped([packed])
    first = next(unpacked, b"")
    if first.startswith(_GZIP):
        yield first
        yield from unpacked
        return
    for _ in unpacked:
        pass
    yield packed


def _in_time(answer: httpx.Response, *, seconds: float | None) -> Iterator[bytes]:
    until = time.monotonic() + seconds if seconds is not None else None
    for part in answer.iter_raw():
        yield part
        if until is not None and time.monotonic() > until:
            raise httpx.ReadTimeout("the answer does not end", request=answer.request)


def gunzipped(parts: Iterable[bytes]) -> Iterator[bytes]:
    """The content of gzip data, in pieces of bounded size. Raises EOFError or zlib.error where it is not whole."""
    unpacking = None
    for part in parts:
        data = part
        while data:
            if unpacking is None:
                data = data.lstrip(b"\0")  # padding between members
                if not data:
                    break
                unpacking = zlib.decompressobj(wbits=31)
            piece = unpacking.decompress(data, _BLOCK)
            if piece:
                yield piece
            if unpacking.eof:
                data, unpacking = unpacking.unused_data, None
            else:
                data = unpacking.unconsumed_tail
                if not data and len(piece) == _BLOCK:
                    while piece := unpacking.decompress(b"", _BLOCK):
                        yield piece
                    if unpacking.eof:
                        data, unpacking = unpacking.unused_data, None
    if unpacking is not None:
        raise EOFError("the compressed data ends too early")
