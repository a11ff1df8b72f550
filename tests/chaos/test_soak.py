"""A soak: campaigns one after another in one process, at ten times the speed of life, for half an hour.

Memory, open files, and rows of the ledger and of Prefect per push stay within what is written down here. For humans:
`make soak`; SOAK_MINUTES makes it shorter.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from live_activity.prefect_integration.local_server import QUIET
from tests.chaos.campaign_stage import ROOT
from tests.chaos.chosen import is_soak
from tests.chaos.soak_process import SPEED
from tests.chaos.test_without_prefect import prefect_server

MINUTES = float(os.environ.get("SOAK_MINUTES", "30"))
CAMPAIGNS = 20
PEOPLE = 1_000
# An update every so many seconds of campaign time, each with another score.
EVERY_SECONDS = 20
# The first campaigns load modules and fill caches; what grows after them would grow for ever.
WARM = 5
MOST_MEMORY_PER_CAMPAIGN = 1_000_000
MOST_FILES, MOST_THREADS = 2, 2
# Rows for each push, and for each campaign whatever it sends.
MOST_LEDGER_ROWS = (1.5, 15.0)
MOST_PREFECT_ROWS = (45.0, 150.0)


@pytest.mark.skipif(not is_soak(), reason="for humans: make soak")
@pytest.mark.timeout(60 * (MINUTES * 3 + 10))
def test_nothing_grows_while_twenty_campaigns_are_played(tmp_path: Path) -> None:
    seconds = MINUTES * 60 * SPEED / CAMPAIGNS
    updates = max(int(seconds / EVERY_SECONDS), 3)
    rows = [f"{number * EVERY_SECONDS}s,update,Derby,goal,{number}" for number in range(1, updates)]
    (tmp_path / "rows.csv").write_text(
        "\n".join(
            [
                "at,event,title,message,score",
                "0s,start,Derby,kick-off,0",
                *rows,
                f"{updates * EVERY_SECONDS}s,end,Derby,over,0\n",
            ]
        )
    )
    (tmp_path / "people.csv").write_text("insider_id\n" + "".join(f"u{n:05d}\n" for n in range(PEOPLE)))
    ledger = tmp_path / "ledger.db"
    with prefect_server(tmp_path) as server:
        said = subprocess.run(
            [sys.executable, "-m", "tests.chaos.soak_process", str(tmp_path), str(CAMPAIGNS)],
            env={
                **os.environ,
                **QUIET,
                "PREFECT_API_URL": server.url,
                "PREFECT_HOME": str(tmp_path / "home"),
                "LIVE_ACTIVITY_DATABASE_URL": f"sqlite:///{ledger}",
                "LIVE_ACTIVITY_STORAGE": str(tmp_path / "segments"),
            },
            cwd=ROOT,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        ).stdout
    measured = [
        json.loads(line.removeprefix("measured "))
        for line in said.splitlines()
        if line.startswith("measured ")
    ]
    pushes = sum(each["pushes"] for each in measured)
    found = {
        "memory per campaign": _growth(measured, "rss"),
        "files": measured[-1]["files"] - measured[WARM]["files"],
        "threads": measured[-1]["threads"] - measured[WARM]["threads"],
        "ledger rows": _rows(ledger),
        "Prefect rows": _rows(tmp_path / "prefect" / "prefect.db"),
    }
    for line in ({"pushes": pushes, **found}, *measured):
        sys.stdout.write(f"{json.dumps(line)}\n")
    assert [each["status"] for each in measured] == ["ended"] * CAMPAIGNS
    assert found["memory per campaign"] <= MOST_MEMORY_PER_CAMPAIGN
    assert found["files"] <= MOST_FILES
    assert found["threads"] <= MOST_THREADS
    for name, (per_push, per_campaign) in (
        ("ledger rows", MOST_LEDGER_ROWS),
        ("Prefect rows", MOST_PREFECT_ROWS),
    ):
        assert found[name] <= per_push * pushes + per_campaign * CAMPAIGNS, name


def _growth(measured: list[dict[str, Any]], what: str) -> float:
    """By how much it grows from one campaign to the next, once everything is warm."""
    values = [float(each[what]) for each in measured[WARM:]]
    return (values[-1] - values[0]) / (len(values) - 1)


def _rows(file: Path) -> int:
    with contextlib.closing(sqlite3.connect(file)) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        return sum(connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for (name,) in tables)
