"""Reads the next chunk of a table while this one is worked on."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from enum import Enum, auto
from typing import TypeVar

_Item = TypeVar("_Item")


class _End(Enum):
    """What comes after the last item."""

    END = auto()


def read_ahead(items: Iterator[_Item]) -> Iterator[_Item]:
    """The same items, each made in a thread of its own while the one before is used."""
    with ThreadPoolExecutor(1, thread_name_prefix="read-ahead") as pool:
        coming = pool.submit(next, items, _End.END)
        while (item := coming.result()) is not _End.END:
            coming = pool.submit(next, items, _End.END)
            yield item
