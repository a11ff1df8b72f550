"""The commands that look into the ledger and contracts, steer, and recover."""

from __future__ import annotations

import asyncio
import getpass
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

from live_activity.cli.console import ConsoleOutput, err, out, print_findings
from live_activity.cli.exit_codes import DONE, FAILED, WRONG_INPUT
from live_activity.cli.ledger_csv import ledger_table, write_csv
from live_activity.core.formatting import count_of
from live_activity.core.settings import settings
from live_activity.ledger import Database, LedgerUnwritable


def print_ledger(name: str | None, *, as_json: bool, as_csv: bool = False, table: str | None = None) -> int:
    """Prints the ledger: every edition in a line, or all of one campaign's newest."""
    from live_activity.ledger.queries import overview, whole

    database = Database(settings().database_url)
    try:
        if as_csv:
            write_csv(sys.stdout, *ledger_table(database, name, table))
            return DONE
        found: Any = overview(database) if name is None else whole(database, name)
    finally:
        database.close()
    if as_json:
        out.print_json(json.dumps(found, default=str))
        return DONE
    from live_activity.cli.console import print_edition, print_ledger_overview

    print_ledger_overview(found) if name is None else print_edition(found)
    return DONE


def print_contract(file: Path, type_name: str | None, *, json_schema: bool) -> int:
    """Prints what an app's type accepts; the exit code."""
    from live_activity.contract import as_text, only_type, read_contract

    contract = read_contract(file, type_name or only_type(file))
    if json_schema:
        out.print_json(json.dumps(contract.json_schema()))
    else:
        out.print(as_text(contract.table()), markup=False)
    print_findings(contract.notes, to=err if json_schema else out)
    return WRONG_INPUT if any(note.severity == "error" for note in contract.notes) else DONE


def steer_campaign(
    name: str,
    action: str,
    argument: str | None,
    *,
    title: str | None,
    message: str | None,
    state: str | None,
    confirm: bool,
    key: tuple[str, ...],
    wait_seconds: float,
) -> int:
    """Sends a steering command to a running campaign, and prints its answer; the exit code."""
    from live_activity.engine.steering.send import ask, key_of

    given = {
        "title": title,
        "message": message,
        "state": state,
        "confirm": confirm,
        **_named(action, argument),
    }
    database = Database(settings().database_url)
    try:
        answer = asyncio.run(
            ask(database, name, action, given, key=key_of(key), author=_author(), wait_seconds=wait_seconds)
        )
    except LedgerUnwritable as unwritable:
        err.print(f"not sent: {unwritable}")
        return FAILED
    finally:
        database.close()
    out.print(answer.line)
    return DONE if answer.done else FAILED


def recover_now(*, every: float | None = None) -> int:
    """Finishes what dead runs left open, once or every so many seconds until it is stopped; the exit code."""
    from live_activity.cli.play_command import run_until_stopped, terminate
    from live_activity.engine.recovery import recover, recover_again_and_again, taking_over

    signal.signal(signal.SIGTERM, terminate)
    handlers = (ConsoleOutput(),)
    how: dict[str, Any] = {"log": out.print, "take_over": taking_over(handlers)}
    if os.environ.get("PREFECT_API_URL"):
        # Only a named server needs Prefect, which takes seconds to import.
        from live_activity.prefect_integration.recovery import (
            look_at_runs,
            taking_over_with_prefect,
        )

        # Whoever asks once wants it done when the command is over; a service lets the workers do it.
        take_over = taking_over_with_prefect(workers=every is not None, event_handlers=handlers)
        how |= {"take_over": take_over, "look_first": look_at_runs}
    try:
        if every is not None:
            run_until_stopped(lambda: recover_again_and_again(every, **how))
        found = run_until_stopped(lambda: recover(**how))
    except LedgerUnwritable as stopped:
        err.print(str(stopped))
        return FAILED
    out.print(
        f"{count_of(found, 'campaign was', 'campaigns were')} left open by dead runs"
        if found
        else "nothing was left open"
    )
    return DONE


def _author() -> str | None:
    """Who types the command, as the machine knows them; None where it does not (a container without users)."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return None


def _named(action: str, argument: str | None) -> dict[str, str]:
    """The one argument of an action under its name; a table's path is where the shell stands."""
    if argument is None:
        return {}
    names = {
        "shift": "minutes",
        "move_end": "ends_at",
        "release": "field",
        "approve": "note",
        "reject": "note",
    }
    name = names.get(action, "table")
    if name == "table" and "://" not in argument:
        argument = str(Path(argument).expanduser().resolve())
    return {name: argument}
