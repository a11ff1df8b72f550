"""Sends steering commands to running campaigns, and prints their answers."""

from __future__ import annotations

import asyncio
import getpass
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from live_activity.cli.console import err, out
from live_activity.cli.exit_codes import DONE, FAILED
from live_activity.core.settings import settings
from live_activity.engine.steering.arguments import ACTIONS, ARGUMENTS
from live_activity.engine.steering.everything import ask_everything
from live_activity.engine.steering.send import ask, key_of
from live_activity.ledger import Database, LedgerUnwritable


def steer_campaign(
    name: str,
    action: str,
    argument: str | None,
    given: Mapping[str, Any],
    *,
    key: tuple[str, ...],
    wait_seconds: float,
) -> int:
    """Sends a steering command to a running campaign, and prints its answer. Returns the exit code.

    `given` has the values of its options: title, message, state and confirm.
    """
    values = {**given, **_named(action, argument)}
    database = Database(settings().database_url)
    try:
        answer = asyncio.run(
            ask(database, name, action, values, key=key_of(key), author=_author(), wait_seconds=wait_seconds)
        )
    except LedgerUnwritable as unwritable:
        err.print(f"not sent: {unwritable}")
        return FAILED
    finally:
        database.close()
    out.print(answer.line)
    return DONE if answer.done else FAILED


def steer_everything(action: str, *, wait_seconds: float) -> int:
    """Sends a steering command to every running campaign, and prints each answer. Returns the exit code."""
    database = Database(settings().database_url)
    try:
        answers = asyncio.run(ask_everything(database, action, wait_seconds=wait_seconds))
    except LedgerUnwritable as unwritable:
        err.print(f"not sent: {unwritable}")
        return FAILED
    finally:
        database.close()
    for each in answers:
        out.print(f"{each.name}: {each.answer.line}", markup=False)
    if not answers:
        out.print("no campaign is running")
    return DONE if all(each.answer.done for each in answers) else FAILED


def _author() -> str | None:
    """The user who runs the command; None if the machine has no name for them (a container without users)."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return None


def _named(action: str, argument: str | None) -> dict[str, str]:
    """The argument of an action under its parameter name; a table's path is relative to the working directory."""
    if argument is None:
        return {}
    names = ARGUMENTS[action].names if action in ACTIONS else ()
    name = names[0] if len(names) == 1 else "table"
    if name == "table" and "://" not in argument:
        argument = str(Path(argument).expanduser().resolve())
    return {name: argument}
