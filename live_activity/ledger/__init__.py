"""The ledger: the write-ahead record of every edition, and the lease that says which run may write it."""

from live_activity.ledger.accounts import account_flags
from live_activity.ledger.activities import ActivityRecord
from live_activity.ledger.batches import BatchCall
from live_activity.ledger.commands import Command, find_command, send_command
from live_activity.ledger.database import Database, ledger_exists
from live_activity.ledger.edition_ledger import EditionLedger
from live_activity.ledger.edition_record import (
    EditionRecord,
    EditionRequest,
    RunOfEdition,
    all_editions,
    edition_of_run,
    editions_with_people,
    find_edition,
    folders_of,
    last_reading,
    newest_edition,
    runs_of_unfinished,
    stop_beside,
)
from live_activity.ledger.editions import edition_for, edition_to_continue, open_edition, withdraw
from live_activity.ledger.errors import AlreadyPlayed, LedgerUnreadable, LedgerUnwritable, LostLease, Owned
from live_activity.ledger.heartbeat import LeaseHeartbeat
from live_activity.ledger.lease import LeaseToken, give_back, take
from live_activity.ledger.notifications import NotifyingCampaign, may_notify
from live_activity.ledger.process_identity import held, is_gone, this_process
from live_activity.ledger.pushes import PushAnswer, PushEntry
from live_activity.ledger.stop_file import (
    StopFile,
    read_stop_beside,
    remove_stop_beside,
    write_stop_beside,
)
from live_activity.ledger.stop_requests import request_stop
from live_activity.ledger.waiting import wait_until_writable

__all__ = [
    "ActivityRecord",
    "AlreadyPlayed",
    "BatchCall",
    "Command",
    "Database",
    "EditionLedger",
    "EditionRecord",
    "EditionRequest",
    "LeaseHeartbeat",
    "LeaseToken",
    "LedgerUnreadable",
    "LedgerUnwritable",
    "LostLease",
    "NotifyingCampaign",
    "Owned",
    "PushAnswer",
    "PushEntry",
    "RunOfEdition",
    "StopFile",
    "account_flags",
    "all_editions",
    "edition_for",
    "edition_of_run",
    "edition_to_continue",
    "editions_with_people",
    "find_command",
    "find_edition",
    "folders_of",
    "give_back",
    "held",
    "is_gone",
    "last_reading",
    "ledger_exists",
    "may_notify",
    "newest_edition",
    "open_edition",
    "read_stop_beside",
    "remove_stop_beside",
    "request_stop",
    "runs_of_unfinished",
    "send_command",
    "stop_beside",
    "take",
    "this_process",
    "wait_until_writable",
    "withdraw",
    "write_stop_beside",
]
