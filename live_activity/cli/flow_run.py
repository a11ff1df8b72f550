"""Plays a campaign from a shell as a flow run on the Prefect server that `PREFECT_API_URL` names."""

from __future__ import annotations

import asyncio
import importlib
import logging
import os
from typing import Any

import httpx

from live_activity.campaign.model import Campaign
from live_activity.core.events import Event
from live_activity.core.findings import InvalidInput
from live_activity.engine.play_campaign import Host
from live_activity.engine.run_request import RunRequest
from live_activity.ledger import LedgerUnwritable, LostLease, Owned
from live_activity.prefect_integration.run_state import is_prefects

# A server that does not answer its health check within so many seconds is not used.
ANSWER_SECONDS = 10.0
FLOW_MODULE = "flows.campaign"


class FlowRunUnavailable(Exception):
    """The campaign could not be played as a flow run and has not begun; the message says why."""


async def play_as_flow_run(request: RunRequest, host: Host, *, server: str) -> None:
    """Plays a campaign as a run of the flow `campaign` on a server.

    Raises `FlowRunUnavailable` if the flow cannot be imported, or the server does not answer or refuses the run.
    """
    await _expect_server(server)
    flow = _flow_for(request, host, progress := _Progress())
    try:
        state = await flow(
            mode=request.mode,
            **{name: getattr(request.campaign, name) for name in Campaign.model_fields},
            return_state=True,
        )
        if not progress.reported:
            await state.aresult()
    except (InvalidInput, Owned, LostLease, LedgerUnwritable, asyncio.CancelledError):
        raise
    except BaseException as error:  # raised again, unless it is Prefect's own
        # A run that was suspended raises Prefect's signal at its end, after its report.
        if progress.reported:
            return
        if progress.begun or not is_prefects(error):
            raise
        raise FlowRunUnavailable(
            f"the Prefect server refused the flow run ({type(error).__name__})"
        ) from None
    finally:
        await _flush_logs()


class _Progress:
    """An event handler that records whether the campaign has begun, and whether it was reported."""

    def __init__(self) -> None:
        self.begun = self.reported = False

    def __call__(self, event: Event) -> None:
        self.begun = True
        self.reported |= event.type == "reported"


async def _expect_server(url: str) -> None:
    try:
        async with httpx.AsyncClient(timeout=ANSWER_SECONDS) as client:
            answer = await client.get(f"{url}/health")
    except httpx.HTTPError as error:
        raise FlowRunUnavailable(f"no Prefect server answers at {url} ({type(error).__name__})") from None
    if not answer.is_success:
        raise FlowRunUnavailable(f"no Prefect server answers at {url} (HTTP {answer.status_code})")


def _flow_for(request: RunRequest, host: Host, progress: _Progress) -> Any:
    quiet_prefect()
    try:
        # Imported by name: the library does not depend on the flows, and may be installed without them.
        module = importlib.import_module(FLOW_MODULE)
        options = module.RunOptions(
            again=request.again,
            base=request.base,
            speed=request.speed,
            agreed=request.agreed,
            access=request.access,
            event_handlers=(*host.event_handlers, progress),
            companions=tuple(host.companions),
        )
        return module.campaign_flow(options)
    except Exception as error:  # another module may have that name; the campaign is played all the same
        raise FlowRunUnavailable(
            f"the flow {FLOW_MODULE} cannot be imported ({type(error).__name__})"
        ) from None


def quiet_prefect() -> None:
    """Keeps Prefect's log lines off the console, which shows the same events already.

    Prefect's services are included: if the server does not answer, they log each event that they could not send.
    """
    os.environ.setdefault("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", "CRITICAL")
    # Prefect's log handler would print that it cannot send, as handlers of the standard library do.
    logging.raiseExceptions = False
    # Filters, because Prefect resets the levels at the start of a run.
    for service in ("prefect._internal.concurrency", "EventsWorker", "APILogWorker"):
        logging.getLogger(service).addFilter(_drop)


def _drop(_: logging.LogRecord) -> bool:
    return False


async def _flush_logs() -> None:
    from prefect.logging.handlers import APILogHandler

    await APILogHandler.aflush()
