"""Pauses Python's cyclic garbage collector while very many objects are made that all stay in memory."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_lock = threading.Lock()
_pauses = 0
_enabled_before = False


@contextmanager
def collection_paused() -> Iterator[None]:
    """Pauses the collector, which would visit each object of a table again and again; pauses may overlap."""
    global _pauses, _enabled_before
    with _lock:
        if not _pauses:
            _enabled_before = gc.isenabled()
        _pauses += 1
        gc.disable()
    try:
        yield
    finally:
        with _lock:
            _pauses -= 1
            if not _pauses and _enabled_before:
                gc.enable()
