"""Keeps the lease alive, from a thread of its own: neither a busy event loop nor a slow ledger loses it."""

from __future__ import annotations

import threading
import time

from live_activity.ledger import lease
from live_activity.ledger.database import Database
from live_activity.ledger.errors import LedgerUnwritable, LostLease
from live_activity.ledger.lease import LeaseToken, beat

BEAT_SECONDS = 5.0
# How soon it is tried again after the ledger could not be written.
RETRY_SECONDS = 1.0
# How long before its end a lease is no longer relied on: a call that is about to be sent takes a moment.
MARGIN_SECONDS = 3.0


class LeaseHeartbeat:
    """Extends the lease until it is stopped, however long the ledger cannot be written in the meantime."""

    def __init__(self, database: Database, lease_token: LeaseToken) -> None:
        self._database = database
        self._lease_token = lease_token
        self._lost = False
        self._stopping = threading.Event()
        self._last = elapsed()
        self._thread = threading.Thread(target=self._run, name="lease", daemon=True)
        self._thread.start()

    def check(self) -> None:
        """Checks that the lease is this run's; it is called last, right before a call is sent.

        Raises `LostLease` when the lease is another run's, `LedgerUnwritable` when that cannot be known: after 12 s
        without a heartbeat only the ledger can tell who has it, so it is asked, and the lease extended by that.
        """
        if not self._lost and elapsed() - self._last >= lease.LEASE_SECONDS - MARGIN_SECONDS:
            self._beat()
        if self._lost:
            raise LostLease("another run took this campaign over")

    def stop(self) -> None:
        """Stops extending the lease; the caller gives it back."""
        self._stopping.set()
        self._thread.join(timeout=5)

    def _run(self) -> None:
        pause = BEAT_SECONDS
        while not self._stopping.wait(pause):
            try:
                self._beat()
                pause = BEAT_SECONDS
            except LedgerUnwritable:
                pause = min(RETRY_SECONDS, BEAT_SECONDS)
            except Exception:  # whatever it is, a thread that ends would lose the lease for certain
                pause = min(RETRY_SECONDS, BEAT_SECONDS)

    def _beat(self) -> None:
        began = elapsed()
        if not beat(self._database, self._lease_token):
            self._lost = True
            self._stopping.set()
        self._last = max(self._last, began)


def elapsed() -> float:
    """Seconds that also pass while the machine is suspended, where the system can tell."""
    boot = getattr(time, "CLOCK_BOOTTIME", None)
    return time.clock_gettime(boot) if boot is not None else time.monotonic()
