"""Processes that wait for one another, so that all of them do the same at the same moment."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack


def wait_for_start() -> None:
    """Waits until all processes are ready. Each process calls it once it is set up."""
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()


def run_together(code: str, arguments: Sequence[Sequence[str]]) -> list[str]:
    """Runs `code`, which calls `wait_for_start`, in a process for each of the arguments; returns their outputs."""
    with ExitStack() as leaving:
        processes = [
            leaving.enter_context(
                subprocess.Popen(
                    [sys.executable, "-c", code, *each],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )
            for each in arguments
        ]
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process in processes:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        said = [process.communicate(timeout=60)[0] for process in processes]
        assert [process.returncode for process in processes] == [0] * len(processes)
    return said
