"""A store that a test can let hang: it answers nothing while `answers` is cleared."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import fsspec
from fsspec.implementations.memory import MemoryFileSystem

from live_activity.tables import stores

URL = "hanging://feeds/rows.csv"


class HangingStore(MemoryFileSystem):  # type: ignore[misc]  # fsspec has no type hints
    """Keeps its files in memory; `asked` counts the requests that had to wait."""

    protocol = "hanging"
    store: dict[str, Any] = {}  # noqa: RUF012  # as in MemoryFileSystem: one store for all instances
    pseudo_dirs = [""]  # noqa: RUF012
    answers = threading.Event()
    asked = 0

    def info(self, path: str, **kwargs: Any) -> Any:
        self._wait()
        return super().info(path, **kwargs)

    def _open(self, path: str, mode: str = "rb", **kwargs: Any) -> Any:
        self._wait()
        return super()._open(path, mode, **kwargs)

    def _wait(self) -> None:
        if not self.answers.is_set():
            type(self).asked += 1
            self.answers.wait()


@contextmanager
def hanging_store(text: str) -> Iterator[type[HangingStore]]:
    """Registers the store with a file at `URL`; at the end no request hangs any more."""
    register()
    HangingStore.asked = 0
    HangingStore.answers.set()
    write(text)
    try:
        yield HangingStore
    finally:
        answer_again()


def register() -> None:
    """Makes `hanging://` a kind of URL."""
    fsspec.register_implementation("hanging", f"{__name__}.HangingStore", clobber=True)


def write(text: str) -> None:
    """Replaces the file."""
    with fsspec.open(URL, "w") as file:
        file.write(text)


@contextmanager
def hanging(store: type[HangingStore]) -> Iterator[None]:
    """Nothing is answered in the block, and nobody waits long for it."""
    limit, stores.STORE_SECONDS = stores.STORE_SECONDS, 0.01
    store.answers.clear()
    try:
        yield
    finally:
        stores.STORE_SECONDS = limit
        answer_again()


def answer_again() -> None:
    """Answers the requests that hang, and waits until their threads have ended."""
    HangingStore.answers.set()
    for ended in stores._HANGING.values():
        ended.wait()
