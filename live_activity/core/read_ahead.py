"""Gets the next item of an iterator in another thread while the current item is used."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum, auto
from queue import SimpleQueue
from threading import Event, Semaphore
from typing import TypeVar

from live_activity.core.threads import in_daemon_thread

_Item = TypeVar("_Item")


class _End(Enum):
    """What comes after the last item."""

    END = auto()


def read_ahead(items: Iterator[_Item]) -> Iterator[_Item]:
    """Yields the same items; one other thread gets each while the one before is used.

    An item that is not needed any more is not waited for: a source that does not answer must not delay a stop, or the
    end of the process. An error of `items` is raised in place of its item.
    """
    made: SimpleQueue[_Item | _End] = SimpleQueue()
    wanted = Semaphore()
    stopped = Event()

    def make() -> None:
        try:
            while wanted.acquire() and not stopped.is_set():
                if not _passed_on(items, made):
                    return
        finally:
            made.put(_End.END)

    making = in_daemon_thread(make)
    try:
        while (item := made.get()) is not _End.END:
            wanted.release()
            yield item
            del item
    finally:
        stopped.set()
        wanted.release()
    making.result()


def _passed_on(items: Iterator[_Item], made: SimpleQueue[_Item | _End]) -> bool:
    """Puts the next item into the queue; False where there is none. No reference keeps a used item in memory."""
    item = next(items, _End.END)
    if item is _End.END:
        return False
    made.put(item)
    return True
