"""Prints what an app's type accepts, and writes the empty workbook of a timeline for it."""

from __future__ import annotations

import json
from pathlib import Path

from live_activity.cli.console import err, out, print_findings
from live_activity.cli.exit_codes import DONE, WRONG_INPUT
from live_activity.contract import as_text, only_type, read_contract


def print_contract(file: Path, type_name: str | None, *, json_schema: bool) -> int:
    """Prints what an app's type accepts. Returns the exit code."""
    contract = read_contract(file, type_name or only_type(file))
    if json_schema:
        out.print_json(json.dumps(contract.json_schema()))
    else:
        out.print(as_text(contract.table()), markup=False)
    print_findings(contract.notes, to=err if json_schema else out)
    return WRONG_INPUT if any(note.severity == "error" for note in contract.notes) else DONE


def write_new_sheet(file: Path, contract: str, type_name: str | None) -> int:
    """Writes an empty timeline workbook. Returns the exit code."""
    # Only this command needs openpyxl, which takes long to import.
    from live_activity.timeline.blank_workbook import write_sheet

    write_sheet(str(file), read_contract(contract, type_name or only_type(contract)))
    out.print(f"{file} is written; fill it in, and name it as a campaign's timeline")
    return DONE
