"""Reads what a campaign file names for a command, and makes the report of a campaign that was not played."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from live_activity.campaign.inputs import Inputs, read_inputs, without_timeline
from live_activity.campaign.model import Campaign, Mode
from live_activity.core.findings import Finding, InvalidInput
from live_activity.core.report import Report, SegmentReport
from live_activity.core.settings import settings
from live_activity.core.source_access import SourceAccess
from live_activity.ledger import Database, LedgerUnwritable, newest_edition


def inputs_to_show(campaign: Campaign, mode: Mode, *, ask: bool, access: SourceAccess) -> Inputs:
    """Reads everything that the campaign names. Raises `InvalidInput`.

    If the campaign continues an edition, what cannot be read is only a warning. If nobody is asked either (`ask` is
    false), the timeline is not read here: the run reads it, because the phones of a dead run wait.
    """
    now = datetime.now(UTC)
    if not ask and is_open(campaign.name, mode):
        return without_timeline(
            campaign, (), begun_at=now, planned_start=campaign.starts_at, mode=mode, access=access
        )
    try:
        return read_inputs(campaign, now=now, mode=mode, with_people=True, access=access)
    except InvalidInput as unreadable:
        if not is_open(campaign.name, mode):
            raise
        return without_timeline(
            campaign,
            unreadable.findings,
            begun_at=now,
            planned_start=campaign.starts_at,
            mode=mode,
            access=access,
        )


def is_open(name: str, mode: Mode) -> bool:
    """Whether the campaign continues an open edition: wrong or unreadable inputs must not stop it from being ended."""
    if mode not in ("test", "run"):
        return False
    try:
        database = Database(settings().database_url)
    except LedgerUnwritable:
        return False
    try:
        newest = newest_edition(database, name, mode=mode)
    finally:
        database.close()
    return newest is not None and not newest.finished


def report_without_run(
    campaign: Campaign | str,
    mode: Mode,
    status: str,
    findings: Iterable[Finding],
    inputs: Inputs | None = None,
) -> Report:
    """The report of a campaign that was not played to its end; `campaign` is its name if only that is known."""
    people = inputs.people if inputs is not None else None
    return Report(
        campaign=campaign if isinstance(campaign, str) else campaign.name,
        device_started=not isinstance(campaign, str) and campaign.device_started,
        edition=inputs.times.starts_at if inputs is not None else None,
        mode=mode,
        status=status,
        findings=list(findings),
        segment=SegmentReport.of(people),
    )
