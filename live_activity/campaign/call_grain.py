"""Whether each API call of a flow run is a task run of its own, or calls share task runs.

A task run costs about 24 ms of a Prefect server on two cores, and a flow run keeps its task runs in memory. So a flow
run carries some thousand of them, and a thousand calls that are due in one minute must not queue behind each other.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

# Each call is a task run of its own up to this many in a flow run, and this many that are due within `DUE_WINDOW`.
TASK_RUNS_AT_MOST = 3000
DUE_AT_ONCE = 100
DUE_WINDOW = timedelta(seconds=10)


def shares_task_runs(calls: int, due_at_once: int) -> bool:
    """Whether a campaign of so many calls, and so many of them due within ten seconds, shares task runs."""
    return calls > TASK_RUNS_AT_MOST or due_at_once > DUE_AT_ONCE


def describe_grain(calls: int, due_at_once: int) -> str:
    """One line that says which, and why."""
    if calls > TASK_RUNS_AT_MOST:
        return f"calls share task runs, as there are {calls:,} of them and a flow run carries {TASK_RUNS_AT_MOST:,}"
    if due_at_once > DUE_AT_ONCE:
        return (
            f"calls share task runs, as {due_at_once:,} are due within ten seconds, more than {DUE_AT_ONCE:,}"
        )
    return "one for each call"


def most_within(moments: Iterable[datetime], window: timedelta = DUE_WINDOW) -> int:
    """The most moments that lie within any window of that length."""
    ordered = sorted(moments)
    most = first = 0
    for last, moment in enumerate(ordered):
        while ordered[first] + window <= moment:
            first += 1
        most = max(most, last - first + 1)
    return most
