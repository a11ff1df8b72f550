"""The log of a flow run: one line for each event of its campaign."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from prefect import get_run_logger

from live_activity.core.events import PROBLEMS, Event
from live_activity.engine.edition import Edition
from live_activity.engine.run_request import RunRequest
from live_activity.prefect_integration.artifacts import key_of
from live_activity.prefect_integration.links import artifact_url
from live_activity.views.now import CANCEL


class RunLog:
    """An event handler that writes to the log of the flow run, or of the current task run.

    `divert` gets each event first; it returns True if it wrote the event to another log.
    """

    def __init__(self) -> None:
        self.divert: Callable[[Event], bool] | None = None

    def __call__(self, event: Event) -> None:
        if self.divert is not None and self.divert(event):
            return
        logger = get_run_logger()
        if event.type == "reported":
            if event.figures["report"].mode == "rehearse":
                logger.info("This was a rehearsal: nobody received anything.")
            return
        line = f"{event.activity}: {event.message}" if event.activity else event.message
        if event.type in PROBLEMS:
            logger.warning(line)
        else:
            logger.info(line)


def log_where_to_look(request: RunRequest) -> None:
    """Logs the first lines of the run: what Cancel does, and where its artifacts are."""
    logger = get_run_logger()
    rehearsed = request.mode == "rehearse"
    logger.info("Cancel ends this rehearsal; no real phone has a card of it." if rehearsed else CANCEL)
    key = key_of(request.campaign.name, request.mode)
    for what in ("plan", "now"):
        if url := artifact_url(f"{key}-{what}"):
            logger.info(f"{what}: {url}")


@asynccontextmanager
async def one_line_per_call(_edition: Edition) -> AsyncIterator[None]:
    """Drops Prefect's log line that a task run completed: the event of its call says the same and more."""
    logger = logging.getLogger("prefect.task_runs")
    logger.addFilter(_is_kept)
    try:
        yield
    finally:
        logger.removeFilter(_is_kept)


def _is_kept(record: logging.LogRecord) -> bool:
    finished = record.levelno == logging.INFO and record.getMessage().startswith(
        "Finished in state Completed"
    )
    return not finished
