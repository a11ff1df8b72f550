"""Prints the ledger: as text, JSON or CSV."""

from __future__ import annotations

import json
import sys
from typing import Any

from live_activity.cli.console import out, print_edition, print_ledger_overview
from live_activity.cli.exit_codes import DONE
from live_activity.cli.ledger_csv import ledger_table, write_csv
from live_activity.core.settings import settings
from live_activity.ledger import Database
from live_activity.ledger.queries import overview, whole


def print_ledger(name: str | None, *, as_json: bool, as_csv: bool = False, table: str | None = None) -> int:
    """Prints a line for each edition, or the newest edition of campaign `name` in full. Returns the exit code."""
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
    print_ledger_overview(found) if name is None else print_edition(found)
    return DONE
