"""Sends a steering command to a running campaign through the ledger, and waits for the answer there."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from live_activity.core.findings import invalid
from live_activity.core.suggestions import did_you_mean
from live_activity.engine.steering.arguments import check_arguments
from live_activity.ledger import (
    Database,
    EditionRecord,
    all_editions,
    find_command,
    find_edition,
    is_gone,
    send_command,
)

# How often the ledger is asked for the answer, in seconds.
LOOK_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class CommandAnswer:
    """One line: what was done, or why not.

    `done` is False where nothing was done, or there is no answer yet. `taken`: the command is carried out later,
    which counts as done.
    """

    line: str
    done: bool
    taken: bool = False


async def ask(
    database: Database,
    name: str,
    action: str,
    arguments: Mapping[str, Any],
    *,
    key: Mapping[str, str] | None = None,
    author: str | None = None,
    wait_seconds: float = 30.0,
    edition_id: str | None = None,
) -> CommandAnswer:
    """Sends a command to the running campaign of that name, and waits for its answer.

    `edition_id` names one of several running editions of that name. Raises `InvalidInput` where none is running, or
    the action and its arguments do not fit.
    """
    given = check_arguments(action, arguments)
    edition = _running_edition(database, name, edition_id)
    command = send_command(database, edition.id, action, given, key=key, author=author, at=datetime.now(UTC))
    until = time.monotonic() + wait_seconds
    while time.monotonic() < until:
        row = find_command(database, command)
        if row.answer is not None:
            taken = row.obeyed_at is None
            return CommandAnswer(row.answer, row.effect is not None or taken, taken)
        if (now := find_edition(database, edition.id)).finished:
            return CommandAnswer(f"not done: {name} is over ({now.status})", False)
        await asyncio.sleep(LOOK_SECONDS)
    whose = " (its run is gone; recovery takes it over)" if _run_is_gone(edition) else ""
    return CommandAnswer(f"recorded, but not carried out within {wait_seconds:g} s{whose}", False)


def key_of(pairs: Sequence[str]) -> dict[str, str] | None:
    """The activity's key from words such as flight=LH123. Raises `InvalidInput`."""
    key = {}
    for pair in pairs:
        column, equals, value = pair.partition("=")
        if not equals:
            raise invalid(
                "key_no_pair", f"{pair!r} names no activity; write it like flight=LH123", where="key"
            )
        key[column.strip()] = value
    return key or None


def _running_edition(database: Database, name: str, edition_id: str | None = None) -> EditionRecord:
    every = all_editions(database)
    unfinished = [each for each in every if not each.finished]
    named = [each for each in unfinished if each.name == name and edition_id in (None, each.id)]
    if not named:
        over = next((each for each in every if each.name == name), None)
        reason = (
            f"{name!r} is over ({over.status})" if over is not None else f"no campaign {name!r} is running"
        )
        raise invalid(
            "nothing_lives",
            f"{reason}{did_you_mean(name, {each.name for each in unfinished})}",
            where="steer",
        )
    return next((each for each in named if each.mode != "rehearse"), named[0])


def _run_is_gone(edition: EditionRecord) -> bool:
    return edition.owner is None or is_gone(edition.owner)
