"""The ledger as plain rows, for tables, files and other programs. No row holds a person's id.

Every function whose name ends in `_table` returns dictionaries, oldest row first, with the columns that one of the
mappings below describes. Times are aware datetimes in UTC, `key` and `arguments` are dictionaries, everything else is
text, a number, a boolean or None.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Table, select

from live_activity.core.findings import invalid
from live_activity.core.suggestions import did_you_mean
from live_activity.ledger.database import Database
from live_activity.ledger.edition_record import EditionRecord, all_editions, find_edition, newest_edition
from live_activity.ledger.schema import activities, batches, commands, pushes

Rows = list[dict[str, Any]]

EDITION_COLUMNS: Mapping[str, str] = {
    "id": "Id of the edition.",
    "name": "Name of the campaign.",
    "mode": "rehearse, test or run.",
    "account": "Name of the account.",
    "edition": "Planned start, or when it began where it started at once.",
    "status": "running, awaiting_approval, ended, missed, rejected, cancelled or failed.",
    "created_at": "When it began.",
    "ended_at": "When it was over.",
    "accepted": "People in the segment.",
    "rejected": "Rows of the segment that were rejected.",
    "owner": "Process, machine and flow run that play it; None where nobody does.",
    "flow_run_id": "The newest flow run that played it.",
    "stop_why": "The status that a stop request asks for.",
    "stop_author": "Who made the stop request; None where the run itself did.",
}
ACTIVITY_COLUMNS: Mapping[str, str] = {
    "number": "Number of the activity in its edition, from 0.",
    "key": "Its split values.",
    "activity_type": "The app's type.",
    "activity_id": "The vendor's id.",
    "status": "planned, registered, started or how it finished.",
    "why": "Why it finished that way, where that is not obvious.",
    "planned_start": "Its start, where it was known only once everybody was added.",
    "expires_at": "When the vendor ends it at the latest.",
    "overrides": "Fields that were set by hand.",
    "held": "What a guard or a withdrawal keeps back.",
}
PUSH_COLUMNS: Mapping[str, str] = {
    "number": "Number of the activity.",
    "key": "Split values of the activity.",
    "kind": "start, update, repeat, settle, end, or unchanged (recorded, never sent).",
    "row": "Data row of the timeline, from 1.",
    "due_at": "When the row was due.",
    "row_seen_at": "When the row was first read in the feed.",
    "intended_at": "When the push was recorded, before it left.",
    "sent_at": "When its first byte left.",
    "answered_at": "When its answer was recorded.",
    "outcome": "done, not_synced, not_sent, unknown, words_required, refused, denied, locked, gone, or intended (no "
    "answer yet).",
    "status": "HTTP status of the answer.",
    "code": "Code of the error.",
    "error": "The error in words.",
    "triggered": "Phones for which it was handed to Apple.",
    "unsynced": "Phones that were left behind.",
    "words": "Whether it carried a title or a message, to which phones alert.",
    "title": "Its title.",
    "message": "Its message.",
    "superseded": "Rows that it overtook unsent.",
    "recorded_late": "Whether it was sent while the ledger could not be written.",
}
BATCH_COLUMNS: Mapping[str, str] = {
    "number": "Number of the activity.",
    "key": "Split values of the activity.",
    "batch": "Number of the batch.",
    "endpoint": "register, add_users or remove_users.",
    "people": "Ids in the call.",
    "intended_at": "When the call was recorded, before it left.",
    "answered_at": "When its answer was recorded.",
    "outcome": "done, nobody (eligible), failed, refused, denied, unknown, never_left, or intended (no answer yet).",
    "status": "HTTP status of the answer.",
    "code": "Code of the error.",
    "matched": "Phones that matched.",
    "unprocessed": "People whom the vendor did not process.",
    "gdpr_denied": "Phones without consent.",
    "skipped": "Phones that were skipped, for any reason.",
}
COMMAND_COLUMNS: Mapping[str, str] = {
    "id": "Number of the command.",
    "action": "What was asked for.",
    "arguments": "With which arguments.",
    "key": "Split values of the activities that it is for; None for all of them.",
    "author": "Who asked.",
    "asked_at": "When.",
    "obeyed_at": "When the campaign carried it out; None where it has not yet.",
    "answer": "What it did, or why not.",
    "done": "Whether anything was done; None where it was not carried out yet.",
}
FINDING_COLUMNS: Mapping[str, str] = {
    "severity": "error, warning or info.",
    "code": "The kind of finding.",
    "message": "The finding in words.",
    "where": "The table or setting.",
    "row": "Data row, from 1.",
    "column": "Column.",
}


def find_by_name(database: Database, name: str) -> EditionRecord:
    """The newest edition of that name; a rehearsal only where there is no other.

    Raises `InvalidInput` where there is none, with the nearest names in the ledger.
    """
    edition = newest_edition(database, name) or newest_edition(database, name, mode="rehearse")
    if edition is None:
        names = {each.name for each in all_editions(database)}
        raise invalid("no_such_campaign", f"the ledger has no campaign {name!r}{did_you_mean(name, names)}")
    return edition


def editions_table(database: Database) -> Rows:
    """Every edition, oldest first, with `EDITION_COLUMNS`."""
    return [_edition(each) for each in reversed(all_editions(database))]


def activities_table(database: Database, edition_id: str) -> Rows:
    """The activities of an edition, with `ACTIVITY_COLUMNS`."""
    return _only(_rows(database, activities, edition_id), ACTIVITY_COLUMNS)


def pushes_table(database: Database, edition_id: str) -> Rows:
    """The pushes of an edition, with `PUSH_COLUMNS`."""
    keys = _keys(database, edition_id)
    rows = [
        {
            **row,
            "key": keys.get(row["number"], {}),
            "row": row["place_number"],
            "due_at": row["place_due"],
            "title": row["content"].get("title"),
            "message": row["content"].get("message"),
            "superseded": row["passed"],
        }
        for row in _rows(database, pushes, edition_id)
    ]
    return _only(rows, PUSH_COLUMNS)


def batches_table(database: Database, edition_id: str) -> Rows:
    """The calls with batches of people of an edition, with `BATCH_COLUMNS`."""
    keys = _keys(database, edition_id)
    rows = []
    for row in _rows(database, batches, edition_id):
        counters = row["counters"] or {}
        figures = {name: counters.get(name) for name in ("matched", "unprocessed", "gdpr_denied")}
        skipped = sum((counters.get("skipped") or {}).values()) if counters else None
        rows.append({**row, **figures, "key": keys.get(row["number"], {}), "skipped": skipped})
    return _only(rows, BATCH_COLUMNS)


def commands_table(database: Database, edition_id: str) -> Rows:
    """The steering commands of an edition, with `COMMAND_COLUMNS`."""
    rows = [
        {**row, "done": None if row["answer"] is None else row["effect"] is not None}
        for row in _rows(database, commands, edition_id, with_id=True)
    ]
    return _only(rows, COMMAND_COLUMNS)


def findings_table(database: Database, edition_id: str) -> Rows:
    """The findings of an edition, with `FINDING_COLUMNS`: those of its report, or those so far while it runs."""
    edition = find_edition(database, edition_id)
    found = (edition.report or edition.progress or {}).get("findings") or ()
    return [{name: each.get(name) for name in FINDING_COLUMNS} for each in found]


def overview(database: Database) -> Rows:
    """Every edition in short, newest first, as `live-activity ledger --json` prints it."""
    return [_short(edition) for edition in all_editions(database)]


def whole(database: Database, name: str) -> dict[str, Any]:
    """The newest edition of that name with everything in it, as `live-activity ledger NAME --json` prints it.

    Raises `InvalidInput` where there is none, with the nearest names in the ledger.
    """
    edition = find_by_name(database, name)
    return {
        **_short(edition),
        "parameters": dict(edition.parameters),
        "segment": edition.segment,
        "wish": edition.stop_request,
        "stop_request": edition.stop_request,
        "decision": edition.decision,
        "activities": _rows(database, activities, edition.id),
        "batches": _rows(database, batches, edition.id),
        # Programs that were written for older versions read the error as `told`, and the stop request as `wish`.
        "pushes": [{**row, "told": row["error"]} for row in _rows(database, pushes, edition.id)],
        "commands": _rows(database, commands, edition.id),
    }


def _edition(edition: EditionRecord) -> dict[str, Any]:
    segment, stop = edition.segment or {}, edition.stop_request or {}
    owner = edition.owner
    values = {
        **_short(edition),
        "id": edition.id,
        "accepted": segment.get("accepted"),
        "rejected": segment.get("rejected"),
        "owner": f"process {owner.get('pid')} on {owner.get('host')}" if owner else None,
        "flow_run_id": edition.flow_run_id,
        "stop_why": stop.get("why"),
        "stop_author": stop.get("author"),
    }
    return {name: values[name] for name in EDITION_COLUMNS}


def _short(edition: EditionRecord) -> dict[str, Any]:
    return {
        "name": edition.name,
        "mode": edition.mode,
        "account": edition.account,
        "edition": edition.planned_start or edition.created_at,
        "status": edition.status,
        "created_at": edition.created_at,
        "ended_at": edition.ended_at,
        "owner": edition.owner,
    }


def _keys(database: Database, edition_id: str) -> dict[int, Mapping[str, str]]:
    return {row["number"]: row["key"] for row in _rows(database, activities, edition_id)}


def _only(rows: Rows, columns: Mapping[str, str]) -> Rows:
    return [{name: row[name] for name in columns} for row in rows]


def _rows(database: Database, table: Table, edition_id: str, *, with_id: bool = False) -> Rows:
    asked = select(table).where(table.c.edition_id == edition_id).order_by(*table.primary_key.columns)
    hidden = {"edition_id"} if with_id else {"id", "edition_id"}
    with database.reading() as connection:
        return [
            {name: value for name, value in row._mapping.items() if name not in hidden}
            for row in connection.execute(asked)
        ]
