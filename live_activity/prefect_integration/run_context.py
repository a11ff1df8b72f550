"""What a flow run knows about itself: its parameters, its name, its schedule and its link."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from prefect.context import FlowRunContext
from prefect.runtime import flow_run
from pydantic import Field

from live_activity.api.account import SANDBOX_ACCOUNT
from live_activity.campaign.model import Campaign, Mode
from live_activity.campaign.placeholders import fill_placeholders
from live_activity.core.settings import settings
from live_activity.core.source_access import PUBLIC_ACCESS, SourceAccess
from live_activity.engine.run_request import RunRequest
from live_activity.prefect_integration.account_block import account_named
from live_activity.prefect_integration.links import run_url
from live_activity.prefect_integration.run_name import run_name
from live_activity.prefect_integration.source_block import access_by_blocks

# The tag of a run that continues an edition begins with this and ends with the id of the edition.
EDITION_TAG = "edition:"

# If a run is to begin later than this after it was created, somebody chose its time.
BY_HAND = timedelta(seconds=60)

ModeParameter = Annotated[
    Mode,
    Field(
        title="Mode",
        description="check: look only. rehearse: play it to a sandbox, nobody receives anything. "
        "test: to a few colleagues. run: to the segment, for real.",
    ),
]


async def run_request(asked: Campaign, mode: Mode, *, access: SourceAccess = PUBLIC_ACCESS) -> RunRequest:
    """Returns the request that this flow run plays; `access` is what a command provides in addition to the blocks.

    Raises `InvalidInput` if the account, a source block or a placeholder is unknown.
    """
    scheduled = scheduled_for()
    access = await access_by_blocks(asked, access)
    return RunRequest(
        fill_placeholders(asked, mode, now=datetime.now(UTC), scheduled=scheduled),
        mode,
        account=await account_named(asked.account) if mode in ("test", "run") else None,
        scheduled=scheduled,
        flow_run_id=flow_run.id,
        run=run_url(),
        base=settings().inputs,
        edition_id=_edition_named_by_tag(),
        access=access,
    )


def scheduled_for() -> datetime | None:
    """The time that a schedule, or a person who chose a later time, gave this run; None if it began at once."""
    context = FlowRunContext.get()
    run = context.flow_run if context is not None else None
    if run is None or run.expected_start_time is None or run.created is None:
        return None
    if run.auto_scheduled or run.expected_start_time - run.created > BY_HAND:
        return run.expected_start_time
    return None


def _edition_named_by_tag() -> str | None:
    return next(
        (tag.removeprefix(EDITION_TAG) for tag in flow_run.tags or [] if tag.startswith(EDITION_TAG)), None
    )


def name_from_parameters() -> str:
    """The name of the run until its timeline is read, from its parameters and its schedule."""
    values = flow_run.parameters or {}
    mode, name = values.get("mode", "rehearse"), str(values.get("name", "campaign"))
    account = str(values.get("account") or SANDBOX_ACCOUNT)
    return run_name(
        mode, name, planned_start(values, scheduled_for()) if mode == "run" else None, account=account
    )


def planned_start(values: Mapping[str, Any], scheduled: datetime | None) -> datetime | None:
    """The planned start in the campaign's zone, from the parameters and the time of a scheduled run.

    None if they do not say it.
    """
    try:
        zone = ZoneInfo(values.get("time_zone") or "UTC")
        ahead = timedelta(minutes=float(values.get("register_ahead_minutes", 30)))
        asked = values.get("starts_at")
        start = datetime.fromisoformat(asked) if isinstance(asked, str) else asked
    except (ValueError, TypeError, OSError, KeyError):
        return None  # the run itself reports what is wrong with them
    if start is None:
        if scheduled is None:
            return None
        start = scheduled + ahead
    return start.replace(tzinfo=zone) if start.tzinfo is None else start.astimezone(zone)
