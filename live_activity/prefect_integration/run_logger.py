"""Where Prefect code logs: in the flow run, or on the console of a process that plays without one."""

from __future__ import annotations

import logging
from typing import Any

from prefect import get_run_logger
from prefect.exceptions import MissingContextError


def run_logger() -> logging.Logger | logging.LoggerAdapter[Any]:
    """The logger of the flow run; the recovery service plays without one, and logs like other libraries."""
    try:
        return get_run_logger()
    except MissingContextError:
        return logging.getLogger("live_activity.prefect_integration")
