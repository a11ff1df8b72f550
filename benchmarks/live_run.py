"""Starts `live-activity run` in a process of its own, with a ledger beside its campaign file."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

KEY = "bench"


def begin_run(
    campaign: Path, url: str, *, report: Path | None = None, **environment: str
) -> subprocess.Popen[bytes]:
    """Begins the campaign of that file against a server; ledger and storage are named after the file."""
    folder = campaign.parent
    around = {
        **{name: value for name, value in os.environ.items() if not name.startswith("LIVE_ACTIVITY_")},
        "LIVE_ACTIVITY_BASE_URL": url,
        "LIVE_ACTIVITY_API_KEY": KEY,
        "LIVE_ACTIVITY_DATABASE_URL": f"sqlite:///{campaign.with_suffix('.db')}",
        "LIVE_ACTIVITY_STORAGE": str(folder / "segments"),
        "XDG_DATA_HOME": str(folder / "data"),
        **environment,
    }
    words = [sys.executable, "-m", "live_activity.cli.main", "run", str(campaign), "--yes"]
    words += ["--report", str(report)] if report is not None else []
    return subprocess.Popen(words, env=around, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
