"""The command as it is called at a shell: in a process of its own, with an empty home folder."""

from __future__ import annotations

import atexit
import json
import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import httpx

from live_activity.sandbox import SandboxServer
from tests.forked_process import ForkedProcess, Forker

# What the command imports lazily; not its console module, which reads the environment.
IMPORTED_BY_COMMANDS = (
    "live_activity.campaign.read_file",
    "live_activity.engine.check",
    "live_activity.engine.play_campaign",
    "live_activity.engine.recovery",
    "live_activity.engine.rehearsal",
    "live_activity.engine.run_preview",
    "live_activity.sandbox",
    "pyarrow.csv",
    "rich.console",
    "rich.table",
)


@cache
def _commands() -> Forker:
    forker = Forker(*IMPORTED_BY_COMMANDS, environment=os.environ)
    atexit.register(forker.close)
    return forker


@dataclass(frozen=True)
class CommandResult:
    code: int
    out: str
    err: str


class Shell:
    def __init__(self, folder: Path, prefect_url: str | None = None) -> None:
        self.folder = folder
        (folder / "home").mkdir(exist_ok=True)
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder / "home"),
            "PREFECT_HOME": str(folder / "home" / "prefect"),
            "LIVE_ACTIVITY_DATABASE_URL": f"sqlite:///{folder / 'ledger.db'}",
            "LIVE_ACTIVITY_STORAGE": str(folder / "segments"),
            "COLUMNS": "200",
        }
        if prefect_url is not None:
            self.environment["PREFECT_API_URL"] = prefect_url

    def to(self, sandbox: SandboxServer, **settings: str) -> None:
        """Sends live calls to this sandbox; `settings` are further environment variables."""
        self.environment |= {
            "LIVE_ACTIVITY_BASE_URL": sandbox.base_url,
            "LIVE_ACTIVITY_API_KEY": "secret-key",
            **settings,
        }

    def write(self, name: str, text: str) -> Path:
        file = self.folder / name
        file.write_text(text, "utf-8")
        return file

    def campaign(self, timeline: str, *, people: str | None = None, **more: object) -> Path:
        """Writes a campaign file with a segment of 25 people and a timeline of these rows; `more` are further keys."""
        self.write("people.csv", people or "insider_id\n" + "".join(f"u{n:03d}\n" for n in range(25)))
        self.write("rows.csv", "at,event,title,message,score\n" + timeline)
        keys = {
            "name": "derby",
            "activity_type": "Match",
            "segment": "people.csv",
            "timeline": "rows.csv",
            **more,
        }
        return self.write(
            "derby.yaml", "".join(f"{key}: {json.dumps(value)}\n" for key, value in keys.items())
        )

    def start(self, *words: str | Path) -> ForkedProcess:
        return _commands().start(
            "live_activity.cli.main", [str(word) for word in words], environment=self.environment
        )

    def run(self, *words: str | Path) -> CommandResult:
        process = self.start(*words)
        out, err = process.communicate(timeout=100)
        return CommandResult(process.wait(), out, err)

    def report(self, name: str = "report.json") -> Any:
        return json.loads((self.folder / name).read_text("utf-8"))


def calls(sandbox: SandboxServer) -> Any:
    """Returns what the sandbox was called with: requests by endpoint, and each push in order."""
    return httpx.get(f"{sandbox.base_url}/sandbox/calls", trust_env=False).json()
