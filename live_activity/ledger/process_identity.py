"""Who holds an edition: a process that can be told apart from any other, and seen to be gone (DESIGN, rule 2)."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import psutil


def this_process(run: str | None = None) -> dict[str, Any]:
    """Who this process is: host, boot, process id and its start; `run` links to its flow run."""
    return {
        "host": socket.gethostname(),
        "boot": _boot(),
        "space": _space(),
        "pid": os.getpid(),
        "born": _born(os.getpid()),
        "run": run,
    }


def same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether both are the same run in the same process."""
    names = ("host", "boot", "space", "pid", "born", "run")
    return all(one.get(name) == other.get(name) for name in names)


def is_gone(owner: Mapping[str, Any]) -> bool:
    """Whether the owner was a process of this machine, as it runs now, that is there no more.

    False wherever that cannot be seen from here: another machine, though it has the same name, another boot,
    another container. The lease of such an owner runs out by itself.
    """
    here = {"host": socket.gethostname(), "boot": _boot(), "space": _space()}
    if any(owner.get(name) != value for name, value in here.items()):
        return False
    try:
        pid = int(owner["pid"])
        return abs(_born(pid) - float(owner["born"])) > 1 or (
            psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
        )
    except (psutil.NoSuchProcess, KeyError, ValueError):
        return True
    except psutil.AccessDenied:
        return False


def held(owner: Mapping[str, Any] | None, *, until: float, now: float) -> bool:
    """Whether an owner lives: its lease runs (both in the database's Unix seconds) and it is not surely gone."""
    return owner is not None and until > now and not is_gone(owner)


@cache
def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return str(int(psutil.boot_time()))


@cache
def _space() -> str:
    """The container's own numbering of processes, where there is such a thing."""
    try:
        return os.readlink("/proc/self/ns/pid")
    except OSError:
        return ""


def _born(pid: int) -> float:
    """When a process was started: seconds that no setting of the system's clock changes, where that is known."""
    try:
        told = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
    except FileNotFoundError:
        return psutil.Process(pid).create_time()
    # Field 22 of proc(5), counted behind the name in brackets, which may hold spaces.
    return int(told.rpartition(")")[2].split()[19]) / float(os.sysconf("SC_CLK_TCK"))
