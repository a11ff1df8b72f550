"""Reads the next chunk of a table while this one is worked on."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum, auto
from typing import TypeVar

from live_activity.core.threads import in_daemon_thread

_Item = TypeVar("_Item")


class _End(Enum):
    """What comes after the last item."""

    END = auto()


def read_ahead(items: Iterator[_Item]) -> Iterator[_Item]:
    """The same items, each made in a thread of its own while the one before is used.

    Nobody waits for an item that is not asked for any more: a source that does not answer must not hold up a stop, or
    the end of the process.
    """
    coming = in_daemon_thread(next, items, _End.END)
    while (item := coming.result()) is not _End.END:
        coming = in_daemon_thread(next, items, _End.END)
        yield item
