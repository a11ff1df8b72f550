"""The desk's view of the ledger, read again only when the ledger has changed."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

from live_activity.contract import Contract
from live_activity.desk.campaign_view import CampaignView, read_contract_of
from live_activity.desk.reading import OverRow, fingerprints, newest_over, read_edition, unfinished_ids
from live_activity.ledger import Database, EditionRecord

# How long a view is used when the ledger shows no change: a lease runs out without a new entry.
_FRESH_SECONDS = 5.0
# How many campaigns that are over are listed.
MOST_OVER = 30
_MOST_VIEWS = 64


@dataclass(frozen=True, slots=True)
class _Kept:
    fingerprint: str | None
    read_at: float
    view: CampaignView


class DeskData:
    """Reads campaigns; may be used from several threads."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._lock = threading.Lock()
        self._kept: dict[str, _Kept] = {}
        self._reading: dict[str, threading.Lock] = {}
        self._contracts: dict[str, tuple[Contract | None, str | None]] = {}

    def changes(self) -> dict[str, str]:
        """For each edition a fingerprint that changes when the edition does. Raises `LedgerUnreadable`."""
        return fingerprints(self.database)

    def view(self, edition_id: str, *, known: dict[str, str] | None = None) -> CampaignView:
        """One campaign as it is now; `known` are the fingerprints, if the caller has them already.

        Raises `InvalidInput` if there is no such edition, and `LedgerUnreadable`.
        """
        found = (known if known is not None else self.changes()).get(edition_id)
        with self._lock:
            reading = self._reading.setdefault(edition_id, threading.Lock())
        with reading:  # parts of a page that ask at the same time read it once
            return self._view(edition_id, found)

    def _view(self, edition_id: str, found: str | None) -> CampaignView:
        with self._lock:
            kept = self._kept.get(edition_id)
        fresh = kept is not None and time.monotonic() - kept.read_at < _FRESH_SECONDS
        if kept is not None and fresh and found is not None and kept.fingerprint == found:
            return kept.view
        ledger = read_edition(self.database, edition_id)
        view = CampaignView(ledger, *self._contract(ledger.edition))
        with self._lock:
            self._kept[edition_id] = _Kept(found, time.monotonic(), view)
            while len(self._kept) > _MOST_VIEWS:
                oldest = next(iter(self._kept))
                self._kept.pop(oldest)
                self._reading.pop(oldest, None)
        return view

    def fresh(self, edition_id: str) -> CampaignView:
        """One campaign, read again from the ledger in any case, to check a command against."""
        with self._lock:
            self._kept.pop(edition_id, None)
        return self.view(edition_id, known={})

    def unfinished(self) -> list[CampaignView]:
        """The campaigns that are not over: those with problems first, rehearsals after others, then by name."""
        known = self.changes()
        views = [self.view(each, known=known) for each in unfinished_ids(self.database)]
        return sorted(views, key=lambda each: (not each.troubles, each.edition.mode == "rehearse", each.name))

    def over(self) -> list[OverRow]:
        """The newest campaigns that are over."""
        return newest_over(self.database, MOST_OVER)

    def _contract(self, record: EditionRecord) -> tuple[Contract | None, str | None]:
        with self._lock:
            if record.id in self._contracts:
                return self._contracts[record.id]
        read = read_contract_of(record)
        with self._lock:
            if len(self._contracts) > 4 * _MOST_VIEWS:
                self._contracts.clear()
            self._contracts[record.id] = read
        return read
