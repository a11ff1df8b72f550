"""Starts modules as child processes that import the same code, whatever files are in the working directory."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[1]


def module_command(module: str, *arguments: str) -> list[str]:
    """The command that runs a module without the working directory on its path, which may have a `calendar.py`."""
    return [sys.executable, "-P", "-m", module, *arguments]


def with_checkout(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment of a child that imports `flows`, `tasks` and `deployments`, which are not installed."""
    before = environment.get("PYTHONPATH")
    return {**environment, "PYTHONPATH": os.pathsep.join([str(ROOT), *([before] if before else [])])}
