"""The ledger: the book of record of every edition (DESIGN, Words and rule 1)."""

from live_activity.ledger.database import Database, LedgerUnwritable
from live_activity.ledger.edition_ledger import ActivityRecord, BatchCall, Command, EditionLedger
from live_activity.ledger.editions import (
    FINISHED,
    EditionRecord,
    EditionRequest,
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
    LeaseHeartbeat,
    LeaseToken,
    LostLease,
    Owned,
    give_back,
    take,
)
from live_activity.ledger.process_identity import held, is_gone, this_process

__all__ = [
    "FINISHED",
    "ActivityRecord",
    "BatchCall",
    "Command",
    "Database",
    "EditionLedger",
    "EditionRecord",
    "EditionRequest",
    "LeaseHeartbeat",
    "LeaseToken",
    "LedgerUnwritable",
    "LostLease",
    "Owned",
    "all_editions",
    "edition_to_continue",
    "find_edition",
    "give_back",
    "held",
    "is_gone",
    "last_reading",
    "newest_edition",
    "open_edition",
    "take",
    "this_process",
    "wish_to_stop",
    "withdraw",
]
