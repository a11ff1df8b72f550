"""The examples of docs/python-api.md and the notebook-like example run unchanged."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import live_activity
from tests.cli_process import Shell

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "python-api.md").read_text("utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def run(shell: Shell, script: Path | str, *words: str) -> str:
    command = [sys.executable, *(("-c", script) if isinstance(script, str) else (str(script),)), *words]
    done = subprocess.run(
        command,
        cwd=shell.folder,
        env={**shell.environment, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_examples_of_the_page_run(shell: Shell) -> None:
    said = run(shell, "".join(block for block in BLOCKS if "prefect" not in block))
    assert "checked: " in said
    assert "no_such_column segment DataFrame None insider_id" in said


def test_the_campaign_is_a_subflow_of_another_flow(tmp_path: Path, prefect_url: str) -> None:
    shell = Shell(tmp_path, prefect_url)
    shell.campaign("0s,start,Derby,kick-off,0\n2h,end,Derby,over,2\n")
    (block,) = [block for block in BLOCKS if "prefect" in block]
    call = f"\nimport asyncio\nprint('status:', asyncio.run(match_evening({str(tmp_path)!r})))\n"
    assert "status: ended" in run(shell, block + call)


def test_the_page_names_every_exported_function() -> None:
    assert all(f"`{name}" in PAGE for name in live_activity.__all__ if name[0].islower())
    assert all(name in PAGE for name in live_activity.__all__)


def test_the_notebook_like_example_rehearses_its_dataframes_and_plots_reach(shell: Shell) -> None:
    said = run(shell, ROOT / "examples" / "notebook" / "rehearse_a_dataframe.py", "reach.png")
    assert "ended: 1,999 people" in said
    assert "no_id" in said
    assert (shell.folder / "reach.png").read_bytes().startswith(b"\x89PNG")
