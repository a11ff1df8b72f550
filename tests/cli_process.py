"""The command as a person calls it: a process of its own, with an empty home."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from live_activity.sandbox import SandboxServer


@dataclass(frozen=True)
class Said:
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
        """Live calls go to this sandbox."""
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
        """A campaign file with a segment of 25 people, and a timeline of these rows."""
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

    def start(self, *words: str | Path) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "live_activity.cli.main", *map(str, words)],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def says(self, *words: str | Path) -> Said:
        process = self.start(*words)
        out, err = process.communicate(timeout=100)
        return Said(process.returncode, out, err)

    def report(self, name: str = "report.json") -> Any:
        return json.loads((self.folder / name).read_text("utf-8"))


def calls(sandbox: SandboxServer) -> Any:
    """What the sandbox says was called, and each push in order."""
    return httpx.get(f"{sandbox.base_url}/sandbox/calls", trust_env=False).json()
