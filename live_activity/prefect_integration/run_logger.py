"""The logger of this package: that of the flow run, or an ordinary one in a process that plays without one."""

from __future__ import annotations

import logging
from typing import Any

from prefect import get_run_logger
from prefect.exceptions import MissingContextError


def run_logger() -> logging.Logger | logging.LoggerAdapter[Any]:
    """The logger of the flow run, or one of `logging` without a flow run, as in the recovery service."""
    try:
        return get_run_logger()
    except MissingContextError:
        return logging.getLogger("live_activity.prefect_integration")
