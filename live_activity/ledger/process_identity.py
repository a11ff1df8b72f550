"""Identifies the process that holds an edition, unlike any other process, and checks whether it is gone."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import psutil


def this_process(run: str | None = None) -> dict[str, Any]:
    """This process as an owner: host, boot, process id and its start time; `run` links to its flow run."""
    return {
        "host": socket.gethostname(),
        "boot": _boot(),
        "space": _namespace(),
        "pid": os.getpid(),
        "born": _start_time(os.getpid()),
        "run": run,
    }


def same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether both are the same run in the same process."""
    names = ("host", "boot", "space", "pid", "born", "run")
    return all(one.get(name) == other.get(name) for name in names)


def is_gone(owner: Mapping[str, Any]) -> bool:
    """Whether the owner was a process of this machine, since its last boot, that does not exist any more.

    False where that cannot be checked from here: another machine, even of the same name, another boot, another
    container. The lease of such an owner runs out by itself.
    """
    here = {"host": socket.gethostname(), "boot": _boot(), "space": _namespace()}
    if any(owner.get(name) != value for name, value in here.items()):
        return False
    try:
        pid = int(owner["pid"])
        return abs(_start_time(pid) - float(owner["born"])) > 1 or (
            psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
        )
    except (psutil.NoSuchProcess, KeyError, ValueError, TypeError):
        return True
    except psutil.AccessDenied:
        return False


def held(owner: Mapping[str, Any] | None, *, until: float, now: float) -> bool:
    """Whether an owner is alive: its lease runs (both in the database's seconds), and it is not known to be gone."""
    return owner is not None and until > now and not is_gone(owner)


@cache
def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return str(int(psutil.boot_time()))


@cache
def _namespace() -> str:
    """The container's namespace of process ids, where there is one."""
    try:
        return os.readlink("/proc/self/ns/pid")
    except OSError:
        return ""


def _start_time(pid: int) -> float:
    """When a process was started: in seconds that no change of the system's clock affects, where that is known."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
    except FileNotFoundError:
        return psutil.Process(pid).create_time()
    # Field 22 of proc(5), counted from after the name in brackets, which may contain spaces.
    return int(stat.rpartition(")")[2].split()[19]) / float(os.sysconf("SC_CLK_TCK"))
