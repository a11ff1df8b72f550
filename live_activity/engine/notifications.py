"""Notifications to `LIVE_ACTIVITY_NOTIFY`, from any host: the alerts for events, and how a campaign ended."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from live_activity.core.background import in_background
from live_activity.core.events import ALERTS, Event
from live_activity.core.findings import InvalidInput
from live_activity.core.formatting import count_of
from live_activity.core.settings import settings
from live_activity.core.threads import run_in_daemon_thread
from live_activity.engine.edition import Edition
from live_activity.ledger import Database, LedgerUnwritable, NotifyingCampaign, may_notify

# The shortest time between two notifications of a kind for a campaign, in seconds: many activities can fail at once.
ONCE_IN_SECONDS = 60.0
# How long notifications that are still to be sent may delay the end of a campaign, in seconds.
LAST_SECONDS = 10.0
FAILED = "the campaign failed"
LIVE_MODES = ("test", "run")
Send = Callable[[str, str], bool]


class Notifier:
    """An event handler that queues notifications, and sends them beside the campaign. Never raises."""

    def __init__(
        self, edition: Edition, send: Send, *, real_time: Callable[[], float] = time.monotonic
    ) -> None:
        self._edition = edition
        self._send = send
        self._real_time = real_time
        self._sent_at: dict[str, float] = {}
        self._queue: asyncio.Queue[tuple[str, str]] = asyncio.Queue()
        self._reported = False

    def __call__(self, event: Event) -> None:
        subject = _subject_of(event)
        now = self._real_time()
        if subject is None or now - self._sent_at.get(subject, -ONCE_IN_SECONDS) < ONCE_IN_SECONDS:
            return
        self._sent_at[subject] = now
        whose = f"{event.activity}: " if event.activity else ""
        self._queue.put_nowait((f"{self._edition.campaign.name}: {subject}", f"{whose}{event.message}"))

    async def send_queued(self) -> None:
        """Sends what is queued, one after the other, until it is cancelled."""
        while True:
            subject, body = await self._queue.get()
            try:
                sent = await asyncio.to_thread(self._send_once_a_minute, subject, body)
            except Exception:  # whatever a service raises, the campaign goes on
                sent = False
            if not sent and not self._reported:
                self._reported = True
                self._edition.emit("note", "a notification could not be sent; see LIVE_ACTIVITY_NOTIFY")
            self._queue.task_done()

    def _send_once_a_minute(self, subject: str, body: str) -> bool:
        """Sends it, unless another run of the campaign has just sent one of this kind."""
        ledger = self._edition.ledger
        try:
            whose: NotifyingCampaign | None = ledger.edition()
        except LedgerUnwritable:
            whose = None
        return _send_once_a_minute(ledger.database, whose, subject, body, self._send)

    async def flush(self) -> None:
        """Waits until all is sent."""
        await self._queue.join()


@asynccontextmanager
async def notifications(edition: Edition) -> AsyncIterator[None]:
    """Notifies the staff of a live campaign for as long as the block lasts, where `LIVE_ACTIVITY_NOTIFY` is set."""
    addresses = settings().notify
    if addresses is None or edition.mode not in LIVE_MODES:
        yield
        return
    notifier = Notifier(edition, _apprise(addresses.get_secret_value()))
    edition.event_handlers.append(notifier)
    async with in_background(notifier.send_queued()):
        try:
            yield
        finally:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LAST_SECONDS):
                    await notifier.flush()


@dataclass(frozen=True, slots=True)
class NotPlayed:
    """A campaign that could not begin. If its file cannot be read, `name` is the file's name."""

    name: str
    mode: str
    account: str = ""


def notify_not_played(campaign: NotPlayed, why: InvalidInput | LedgerUnwritable) -> None:
    """Notifies the staff of a live campaign that could not begin, where `LIVE_ACTIVITY_NOTIFY` is set. Never raises."""
    with contextlib.suppress(Exception):  # the caller reports in any case why the campaign could not begin
        addresses = settings().notify
        if addresses is None or campaign.mode not in LIVE_MODES:
            return
        send = _apprise(addresses.get_secret_value())
        subject, body = f"{campaign.name}: {FAILED}", f"not played: {_first_line(why)}"
        try:
            database = Database(settings().database_url)
        except InvalidInput:
            send(subject, body)
            return
        with contextlib.closing(database):
            _send_once_a_minute(database, campaign, subject, body, send)


@asynccontextmanager
async def notify_if_not_played(campaign: NotPlayed) -> AsyncIterator[None]:
    """Notifies the staff where the block raises that the campaign cannot begin."""
    try:
        yield
    except (InvalidInput, LedgerUnwritable) as why:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LAST_SECONDS):
                await run_in_daemon_thread(notify_not_played, campaign, why)
        raise


def _send_once_a_minute(
    database: Database, whose: NotifyingCampaign | None, subject: str, body: str, send: Send
) -> bool:
    """Sends it unless one of this kind was just sent; `whose` is None where the ledger cannot be read."""
    kept_back: int | None = 0
    if whose is not None:
        with contextlib.suppress(LedgerUnwritable):  # not known then, so people are notified
            kept_back = may_notify(database, whose, subject, every=ONCE_IN_SECONDS)
    if kept_back is None:
        return True
    return send(subject, f"{body} (and {kept_back} more)" if kept_back else body)


def _first_line(why: InvalidInput | LedgerUnwritable) -> str:
    if not isinstance(why, InvalidInput) or len(why.findings) < 2:
        return str(why)
    return f"{why.findings[0]} (and {count_of(len(why.findings) - 1, 'more finding')})"


def _subject_of(event: Event) -> str | None:
    if event.type == "reported":
        report = event.figures["report"]
        if not report.failed or report.status == "rejected":
            return None
        return f"{FAILED} in part" if report.status == "ended" else f"the campaign {report.status}"
    alert = ALERTS.get(event.type)
    return alert.subject if alert is not None else None


def _apprise(addresses: str) -> Send:
    def send(subject: str, body: str) -> bool:
        import apprise  # takes half a second, and most campaigns notify nobody

        service = apprise.Apprise()
        service.add(addresses)
        return bool(service.notify(title=subject, body=body))

    return send
