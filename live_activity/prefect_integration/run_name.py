"""The name of a flow run in the UI: its mode, its campaign and, for a live campaign, when it starts."""

from __future__ import annotations

from datetime import datetime

from prefect import get_client
from prefect.context import FlowRunContext

from live_activity.api.account import reaches_nobody
from live_activity.core.settings import settings
from live_activity.engine.edition import Edition
from live_activity.prefect_integration.run_logger import run_logger

_MODES = {"run": "LIVE", "rehearse": "REHEARSAL", "test": "TEST", "check": "CHECK"}


def run_name(mode: str, name: str, start: datetime | None = None, *, account: str) -> str:
    """Returns `LIVE · derby · 20:00` or `REHEARSAL · derby`; `start` must be in the campaign's zone.

    A run to the sandbox is called `SANDBOX`: `LIVE` means that real phones receive something.
    """
    kind = _MODES.get(mode, "?")
    if mode == "run" and reaches_nobody(account, settings()):
        kind = "SANDBOX"
    at = [f"{start:%H:%M}"] if start is not None and mode == "run" else []
    return " · ".join([kind, name, *at])


class RunName:
    """Keeps the name of an edition's run correct: its start may be in the timeline, and may be moved. Never raises."""

    def __init__(self, edition: Edition) -> None:
        self._edition = edition
        # A campaign that starts at once has no planned time.
        self._timed = edition.mode == "run" and edition.times.given
        self._said: str | None = None

    async def keep(self) -> None:
        """Renames the run if its start has changed."""
        context = FlowRunContext.get()
        if not self._timed or context is None or context.flow_run is None:
            return
        edition = self._edition
        starts = [each.state.plan.starts_at for each in edition.activities]
        start = min(starts, default=edition.times.starts_at).astimezone(edition.campaign.zone)
        name = run_name(edition.mode, edition.campaign.name, start, account=edition.campaign.account)
        if name == self._said:
            return
        self._said = name
        try:
            async with get_client() as client:
                await client.update_flow_run(context.flow_run.id, name=name)
        except Exception as problem:  # then only the name in the UI is wrong
            run_logger().warning("the run could not be renamed: %s", type(problem).__name__)
