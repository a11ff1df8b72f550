"""The data of a report's page, from an edition or from inputs that were only looked at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from live_activity.campaign.forecast import describe_forecast
from live_activity.campaign.inputs import Inputs
from live_activity.campaign.model import Campaign
from live_activity.campaign.planning import Times
from live_activity.core.formatting import count_of
from live_activity.core.report import Report
from live_activity.engine.build_report import report_of
from live_activity.engine.edition import Edition
from live_activity.engine.typical_phones import TypicalPhone, typical_phones
from live_activity.ledger import LedgerUnwritable
from live_activity.ledger.push_log import LoggedPush, newest_pushes
from live_activity.timeline import Row
from live_activity.views.first_and_last import EndContent, of_edition, of_timeline
from live_activity.views.markdown import moment
from live_activity.views.plan import forecast
from live_activity.views.sketcher import Sketcher, sketcher_of

MOST_PUSHES = 20_000


@dataclass(frozen=True, slots=True)
class ReportData:
    """A report with what its page shows in addition.

    `plan` has facts with their labels, `contents` the first and the last content of one activity, `pushes` those of all
    activities in the ledger, and `activity` is the number of the activity that the sections on phones and throttling
    are about. `pushes_unread` says why the ledger could not be read.
    """

    report: Report
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    sketcher: Sketcher | None = None
    plan: tuple[tuple[str, str], ...] = ()
    contents: tuple[EndContent, ...] = ()
    attributes: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    pushes: tuple[LoggedPush, ...] = ()
    pushes_unread: str | None = None
    activity: int = 0
    activity_name: str = ""
    phones: tuple[TypicalPhone, ...] = ()
    faults: tuple[tuple[str, int], ...] = ()


def data_of_edition(edition: Edition, report: Report | None = None) -> ReportData:
    """The data of an open edition, as it is now or as it ended."""
    campaign, zone = edition.campaign, edition.campaign.zone
    pushes: tuple[LoggedPush, ...] = ()
    unread = None
    try:
        pushes = tuple(newest_pushes(edition.ledger.database, edition.ledger.edition_id, most=MOST_PUSHES))
    except LedgerUnwritable as unwritable:
        unread = str(unwritable)
    started = [each for each in edition.activities if each.state.started]
    largest = max(started, key=lambda each: each.people.totals().matched, default=None)
    phones: tuple[TypicalPhone, ...] = ()
    faults: tuple[tuple[str, int], ...] = ()
    if edition.rehearsal is not None:
        sandbox = edition.rehearsal.server.sandbox
        phones = typical_phones(sandbox, largest.activity_id if largest is not None else None)
        with sandbox.lock:
            faults = tuple(sandbox.faults.played())
    rows = edition.feed.timeline.rows
    return ReportData(
        report=report or report_of(edition),
        zone=zone,
        sketcher=sketcher_of(campaign, edition.feed.contract),
        plan=(
            *_plan(campaign, edition.times, rows, live=edition.feed.timeline.live),
            ("activities", f"{len(edition.activities):,}"),
            ("forecast", forecast(edition)),
        ),
        contents=of_edition(edition, largest),
        attributes={
            each.number: each.schedule.opening.attributes if each.schedule.opening is not None else {}
            for each in edition.activities
        },
        pushes=pushes,
        pushes_unread=unread,
        activity=largest.number if largest is not None else 0,
        activity_name=str(largest) if largest is not None and largest.key else "",
        phones=phones,
        faults=faults,
    )


def data_of_inputs(
    report: Report, campaign: Campaign | None = None, inputs: Inputs | None = None
) -> ReportData:
    """The data of a campaign that was only looked at, or that could not be played."""
    if campaign is None:
        return ReportData(report)
    sketcher = sketcher_of(campaign, inputs.contract if inputs is not None else None)
    if inputs is None:
        return ReportData(report, campaign.zone, sketcher)
    rows = inputs.timeline.rows
    lines = list(describe_forecast(inputs.forecast)) if inputs.forecast is not None else []
    return ReportData(
        report=report,
        zone=campaign.zone,
        sketcher=sketcher,
        plan=(*_plan(campaign, inputs.times, rows, live=inputs.timeline.live), *lines),
        contents=of_timeline(campaign, inputs.timeline, inputs.times),
    )


def _plan(
    campaign: Campaign, times: Times, rows: Sequence[Row], *, live: bool
) -> tuple[tuple[str, str], ...]:
    zone = campaign.zone
    more = ", and those that are still to be written" if live else ""
    ends = moment(times.ends_at, zone=zone)
    if not times.given and campaign.ends_at is None and times.ends_at is not None:
        ends = f"{(times.ends_at - times.starts_at) / timedelta(minutes=1):,.0f} minutes after the start"
    begins = (
        ("registers", moment(times.registers_at, zone=zone) if times.given else "at once"),
        ("starts", moment(times.starts_at, zone=zone) if times.given else "when everybody was added"),
    )
    if campaign.device_started:
        counts_from = moment(times.starts_at, zone=zone) if times.given else "the start of the run"
        begins = (("started", "by the phones themselves"), ("rows count from", counts_from))
    return (
        ("activity type", campaign.activity_type),
        ("timeline", f"{count_of(len(rows), 'row')}{more}"),
        *begins,
        ("ends", ends),
        ("account", campaign.account),
    )
