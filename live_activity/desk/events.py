"""Server-sent events: which campaigns changed, and that the connection is alive."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

from starlette.concurrency import run_in_threadpool

from live_activity.desk.data import DeskData
from live_activity.ledger import LedgerUnreadable

LOOK_SECONDS = 0.25
# A page that receives nothing for 5 s greys out, so events are sent more often than that.
ALIVE_SECONDS = 1.5
MOST_PAGES = 200


class Changes:
    """Polls the ledger once for all open pages, and sends each page what changed."""

    def __init__(self, data: DeskData) -> None:
        self._data = data
        self._pages: set[asyncio.Queue[str]] = set()
        self._looking: asyncio.Task[None] | None = None
        self._known: dict[str, str] | None = None
        self.leaving = asyncio.Event()

    @property
    def is_full(self) -> bool:
        """Whether no more pages can be served."""
        return len(self._pages) >= MOST_PAGES

    async def stream(self) -> AsyncIterator[str]:
        """Yields the events for one page, until the page is closed or the desk stops."""
        page: asyncio.Queue[str] = asyncio.Queue(maxsize=100)
        self._pages.add(page)
        if self._looking is None or self._looking.done():
            self._known = None
            self._looking = asyncio.create_task(self._look())
        leaving = asyncio.create_task(self.leaving.wait())
        getting = asyncio.create_task(page.get())
        try:
            yield "retry: 1000\n\n" + _event("alive", {"ledger": True})
            while not self.leaving.is_set():
                await asyncio.wait({getting, leaving}, return_when=asyncio.FIRST_COMPLETED)
                if not getting.done():
                    return
                event, getting = getting.result(), asyncio.create_task(page.get())
                yield event
        finally:
            getting.cancel()
            leaving.cancel()
            self._pages.discard(page)
            if not self._pages and self._looking is not None:
                self._looking.cancel()
                self._looking = None

    async def _look(self) -> None:
        since_alive = ALIVE_SECONDS
        while True:
            try:
                found = await run_in_threadpool(self._data.changes)
            except LedgerUnreadable:
                # Pages grey out, as what they show may be out of date.
                self._send(_event("unreadable", {}))
                await asyncio.sleep(1)
                continue
            known, self._known = self._known, found
            if known is not None and (changed := sorted(_changed(known, found))):
                self._send(_event("changed", {"editions": changed}))
            since_alive += LOOK_SECONDS
            if since_alive >= ALIVE_SECONDS:
                since_alive = 0.0
                self._send(_event("alive", {"ledger": True}))
            await asyncio.sleep(LOOK_SECONDS)

    def _send(self, event: str) -> None:
        for page in self._pages:
            if (
                page.full()
            ):  # a page that does not read its events greys out, and later reads everything again
                page.get_nowait()
            page.put_nowait(event)


def _changed(before: dict[str, str], after: dict[str, str]) -> set[str]:
    # An edition that is missing in `after` has not changed: its entries are only no longer among the newest.
    return {name for name, value in after.items() if before.get(name) != value}


def _event(name: str, data: object) -> str:
    return f"event: {name}\ndata: {json.dumps(data)}\n\n"
