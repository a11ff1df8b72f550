"""The end of a command's process: a stopped campaign does not wait for Python's garbage collector."""

from __future__ import annotations

import subprocess
import sys

# What is registered first is called last.
CODE = """
import atexit, gc, sys
atexit.register(lambda: print(gc.get_freeze_count() > 0))
sys.argv = ["live-activity", "ledger", "--help"]
from live_activity.cli.main import main
main()
"""


def test_the_garbage_collector_does_not_run_as_a_command_ends() -> None:
    ended = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    assert ended.stdout.splitlines()[-1] == "True"
