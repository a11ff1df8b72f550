"""The ledger: the book of record of every edition (DESIGN, Words and rule 1)."""

from live_activity.ledger.book import ActivityRecord, BatchCall, Book, Command
from live_activity.ledger.editions import (
    FINISHED,
    Asked,
    EditionRecord,
    all_editions,
    edition_to_continue,
    find_edition,
    last_reading,
    newest_edition,
    open_edition,
    wish_to_stop,
    withdraw,
)
from live_activity.ledger.lease import (
    Heart,
    Holding,
    LostLease,
    Owned,
    give_back,
    take,
)
from live_activity.ledger.owner import held, surely_gone, this_process
from live_activity.ledger.store import LedgerUnwritable, Store

__all__ = [
    "FINISHED",
    "ActivityRecord",
    "Asked",
    "BatchCall",
    "Book",
    "Command",
    "EditionRecord",
    "Heart",
    "Holding",
    "LedgerUnwritable",
    "LostLease",
    "Owned",
    "Store",
    "all_editions",
    "edition_to_continue",
    "find_edition",
    "give_back",
    "held",
    "last_reading",
    "newest_edition",
    "open_edition",
    "surely_gone",
    "take",
    "this_process",
    "wish_to_stop",
    "withdraw",
]
