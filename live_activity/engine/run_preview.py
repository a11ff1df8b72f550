"""What a run that is started now would do, in one line for `check`; nothing is sent, and no ledger is created."""

from __future__ import annotations

from datetime import datetime

from live_activity.api.account import account_of_environment, reaches_nobody
from live_activity.campaign.inputs import Inputs
from live_activity.campaign.model import Campaign
from live_activity.core.findings import InvalidInput
from live_activity.core.formatting import count_of
from live_activity.core.settings import settings
from live_activity.ledger import (
    Database,
    EditionRequest,
    LedgerUnwritable,
    edition_for,
    held,
    ledger_exists,
)


def run_preview(
    campaign: Campaign, inputs: Inputs, *, now: datetime, scheduled: datetime | None = None
) -> str:
    """One line: what the mode `run` would do with these inputs now."""
    try:
        begun = _begun(campaign, inputs, scheduled)
    except InvalidInput as refused:
        return f"a run started now would be refused: {refused.findings[0].message}"
    except LedgerUnwritable as unreadable:
        return f"what a run started now would do is not known: {unreadable}"
    if begun is not None:
        return begun
    if inputs.errors:
        return (
            f"a run started now would be refused: {count_of(len(inputs.errors), 'error')}, see the findings"
        )
    ends = inputs.times.ends_at
    if ends is not None and ends <= now:
        what = "end the activities at once" if campaign.device_started else "start nothing"
        return (
            f"a run started now would {what}: the whole timeline is past, its end was {_at(ends, campaign)}"
        )
    where = f"on {_account(campaign)}"
    end = f", and end at {_at(ends, campaign)}" if ends is not None else ""
    return f"a run started now would {_begins(campaign, inputs, now)}{_who(inputs, campaign)}, {where}{end}"


def _begun(campaign: Campaign, inputs: Inputs, scheduled: datetime | None) -> str | None:
    """What a run would do with an edition that is in the ledger; None where it would open a new one."""
    url = settings().database_url
    if not ledger_exists(url):
        return None
    request = EditionRequest(
        account=campaign.account,
        mode="run",
        name=campaign.name,
        planned_start=inputs.times.starts_at if inputs.times.given else None,
        parameters=campaign.model_dump(mode="json"),
        scheduled=scheduled,
    )
    database = Database(url)
    try:
        found = edition_for(database, request)
        if found is None:
            return None
        when = _at(found.created_at, campaign)
        with database.reading() as connection:
            alive = held(found.owner, until=found.lease_until, now=database.now(connection))
        if alive:
            return f"a run started now would be refused: another run plays the edition begun at {when}"
        if found.stop_request is not None:
            return f"a run started now would end the edition begun at {when}, which was stopped"
        return f"a run started now would continue the edition begun at {when}"
    finally:
        database.close()


def _begins(campaign: Campaign, inputs: Inputs, now: datetime) -> str:
    times = inputs.times
    if campaign.device_started:
        since = _at(times.starts_at, campaign) if times.given else "now"
        return f"send updates at once, with rows counted from {since}"
    if not times.given:
        return "register at once, start when everybody was added"
    if times.starts_at <= now:
        return f"register and start at once, as the start was {_at(times.starts_at, campaign)}"
    start = f"start at {_at(times.starts_at, campaign)}"
    if times.registers_at <= now:
        return f"register at once, {start}"
    return f"register at {times.registers_at.astimezone(campaign.zone):%Y-%m-%d %H:%M}, {start}"


def _who(inputs: Inputs, campaign: Campaign) -> str:
    if inputs.people is None:
        return ""
    nouns = ("activity", "activities") if campaign.device_started else ("person", "people")
    return f", {count_of(inputs.people.accepted, *nouns)}"


def _account(campaign: Campaign) -> str:
    nobody = " (no real phone)" if reaches_nobody(campaign.account, settings()) else ""
    replaced = account_of_environment(settings()) is not None
    return f"account {campaign.account}{' with the address of the environment' if replaced else ''}{nobody}"


def _at(moment: datetime, campaign: Campaign) -> str:
    return f"{moment.astimezone(campaign.zone):%Y-%m-%d %H:%M} {campaign.time_zone}"
