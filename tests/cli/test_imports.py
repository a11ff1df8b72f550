"""The imports of commands: no command needs Prefect, and `--help` and `check` load few modules."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

FINAL = str(Path(__file__).parents[2] / "examples" / "world_cup_final" / "final.yaml")
SCRIPT = """
import contextlib, io, sys
from live_activity.cli.main import main
with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
    with contextlib.suppress(SystemExit):
        main(sys.argv[1:])
print(*sorted({name.partition(".")[0] for name in sys.modules}))
print(*sorted(name for name in sys.modules if name.startswith("live_activity.")))
"""
NO_SERVER = "http://127.0.0.1:9"


def modules_after(tmp_path: Path, *arguments: str) -> set[str]:
    """Returns the modules that a process has loaded when the command is over."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("PREFECT", "LIVE_ACTIVITY"))
    }
    own = {
        "HOME": str(tmp_path),
        "LIVE_ACTIVITY_DATABASE_URL": f"sqlite:///{tmp_path / 'ledger.db'}",
        "LIVE_ACTIVITY_STORAGE": str(tmp_path / "storage"),
        "LIVE_ACTIVITY_BASE_URL": NO_SERVER,
        "LIVE_ACTIVITY_API_KEY": "key",
    }
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *arguments],
        capture_output=True,
        text=True,
        timeout=100,
        check=True,
        env={**kept, **own},
    )
    return set(done.stdout.split())


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", FINAL),
        ("rehearse", FINAL),
        ("test", FINAL, "--yes"),
        ("run", FINAL, "--yes"),
        ("recover",),
    ],
    ids=lambda arguments: arguments[0],
)
def test_a_campaign_is_played_from_a_shell_without_prefect(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    loaded = modules_after(tmp_path, *arguments)
    assert "live_activity.ledger" in loaded, "the command was carried out"
    assert "prefect" not in loaded
    if arguments[0] == "check":
        assert not loaded & {"redis", "uvicorn", "starlette", "matplotlib", "live_activity.sandbox"}


def test_help_loads_only_what_it_prints(tmp_path: Path) -> None:
    heavy = {
        "sqlalchemy",
        "redis",
        "uvicorn",
        "matplotlib",
        "pandas",
        "httpx",
        "pyarrow",
        "live_activity.engine",
    }
    assert not modules_after(tmp_path, "--help") & heavy


def test_the_package_can_be_run_as_the_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "live_activity", "--help"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.startswith("Usage: live-activity ")
