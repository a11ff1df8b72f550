"""A program of the stack: it is restarted when it is killed, and closed together with its children."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from deployments.supervisor import SHORT_LIFE, Supervised

# Writes its process id and that of its child, which must live on when the program is killed.
PROGRAM = """
import subprocess, sys, os, pathlib, time
child = subprocess.Popen([sys.executable, "-c", sys.argv[2], sys.argv[1]], start_new_session=True)
with pathlib.Path(sys.argv[1]).open("a") as started:
    started.write(f"{os.getpid()} {child.pid}\\n")
time.sleep(600)
"""

# Takes a second to close, as a campaign does, and records each stop signal.
CHILD = """
import pathlib, signal, sys, time
stopped = []
def stop(*_):
    stopped.append(1)
    with pathlib.Path(sys.argv[1] + ".stopped").open("a") as started:
        started.write("stop\\n")
signal.signal(signal.SIGTERM, stop)
while not stopped:
    time.sleep(0.05)
time.sleep(1)
"""


def wait_until(seen: Callable[[], object]) -> None:
    until = time.monotonic() + 60
    while not seen():
        assert time.monotonic() < until
        time.sleep(0.1)


def lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def kept(folder: Path, *, again: bool) -> tuple[Supervised, Callable[[], list[list[int]]]]:
    started = folder / "started"
    started.touch()
    program = Supervised(
        "worker",
        [sys.executable, "-c", PROGRAM, str(started), CHILD],
        log=folder / "log",
        environment=dict(os.environ),
        patience=5,
        again=again,
    )
    return program, lambda: [[int(pid) for pid in line.split()] for line in started.read_text().splitlines()]


def test_a_killed_program_is_started_again_and_its_children_live_until_it_is_closed(
    tmp_path: Path,
) -> None:
    program, started = kept(tmp_path, again=True)
    try:
        wait_until(started)
        (first,) = started()
        # It must have lived for a while, or it counts as a program that cannot start.
        began = time.monotonic()
        wait_until(lambda: time.monotonic() - began > SHORT_LIFE)
        os.kill(first[0], signal.SIGKILL)
        wait_until(lambda: len(started()) == 2)
        assert lives(first[1])
        assert program.lives
    finally:
        program.stop()
    assert not any(lives(pid) for pids in started() for pid in pids)
    # One signal for each of the two children: a second signal would interrupt their closing.
    assert (tmp_path / "started.stopped").read_text().count("stop") == 2


def test_a_program_that_is_not_restarted_ends_with_its_children(tmp_path: Path) -> None:
    program, started = kept(tmp_path, again=False)
    try:
        wait_until(started)
        (pids,) = started()
        os.kill(pids[0], signal.SIGKILL)
        wait_until(lambda: not program.lives)
        assert not any(map(lives, pids))
    finally:
        program.stop()
