"""Finishes what dead runs left open."""

from __future__ import annotations

import os
import signal
from typing import Any

from live_activity.cli.console import ConsoleOutput, err, out
from live_activity.cli.exit_codes import DONE, FAILED
from live_activity.cli.play_command import run_until_stopped, terminate
from live_activity.core.formatting import count_of
from live_activity.engine.recovery import recover, recover_again_and_again, taking_over
from live_activity.ledger import LedgerUnwritable


def recover_now(*, every: float | None = None) -> int:
    """Finishes what dead runs left open, once, or every so many seconds until it is stopped. Returns the exit code."""
    signal.signal(signal.SIGTERM, terminate)
    handlers = (ConsoleOutput(),)
    how: dict[str, Any] = {"log": out.print, "take_over": taking_over(handlers)}
    if os.environ.get("PREFECT_API_URL"):
        # Imported here, because Prefect takes seconds to import.
        from live_activity.prefect_integration.recovery import (
            look_at_runs,
            taking_over_with_prefect,
        )

        # A single look finishes everything before the command ends; a service lets the workers do it.
        take_over = taking_over_with_prefect(workers=every is not None, event_handlers=handlers)
        how |= {"take_over": take_over, "look_first": look_at_runs}
    try:
        if every is not None:
            run_until_stopped(lambda: recover_again_and_again(every, **how))
        found = run_until_stopped(lambda: recover(**how))
    except LedgerUnwritable as stopped:
        err.print(str(stopped))
        return FAILED
    out.print(
        f"{count_of(found, 'campaign was', 'campaigns were')} left open by dead runs"
        if found
        else "nothing was left open"
    )
    return DONE
