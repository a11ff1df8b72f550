"""The file that `--report` names."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from live_activity.core.findings import InvalidInput, invalid
from live_activity.core.report import Report


def expect_report(file: Path | None) -> None:
    """Raises `InvalidInput` where no report could be written: before anything is played, not after it."""
    if file is None:
        return
    if not file.parent.is_dir():
        raise _unwritable(file, f"there is no folder {file.parent}; make it, or write the report elsewhere")
    if not os.access(file if file.exists() else file.parent, os.W_OK):
        raise _unwritable(file, "the report may not be written there; choose another place")


def write_report(file: Path | None, report: Report) -> None:
    """Writes a report as JSON. Raises `InvalidInput` where the file cannot be written."""
    if file is None:
        return
    values: dict[str, Any] = report.as_json()
    try:
        file.write_text(json.dumps(values, indent=2, ensure_ascii=False) + "\n", "utf-8")
    except OSError as error:
        raise _unwritable(file, f"the report cannot be written: {error.strerror}") from None


def _unwritable(file: Path, why: str) -> InvalidInput:
    return invalid("report_unwritable", why, where=str(file))
