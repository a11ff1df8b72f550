"""What a campaign was given: its timeline as read, its people as counted, and every finding about them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from live_activity.api.account import environment_findings
from live_activity.campaign.campaign_timeline import contract_of, timeline_of
from live_activity.campaign.forecast import Forecast, forecast
from live_activity.campaign.guard_suggestions import suggest_guards
from live_activity.campaign.input_findings import (
    card_findings,
    holdout_findings,
    people_findings,
    timeline_findings,
)
from live_activity.campaign.model import Campaign, Mode
from live_activity.campaign.planning import Times, default_start, named_keys, planned
from live_activity.campaign.segment_arguments import segment_arguments
from live_activity.campaign.split_check import split_findings
from live_activity.campaign.timeline_table import source_of
from live_activity.contract import Contract
from live_activity.core.findings import Finding, InvalidInput, collecting
from live_activity.core.settings import settings, unknown_settings
from live_activity.core.source_access import PUBLIC_ACCESS, SourceAccess
from live_activity.core.table_shape import TableShape
from live_activity.segment import SegmentCount, count
from live_activity.sources.replay import Replay
from live_activity.sources.timeline_source import PolledSource
from live_activity.timeline import FirstSeen, Timeline


@dataclass(frozen=True, slots=True)
class Inputs:
    """The timeline and its times, and every finding; `people` where they were counted.

    `suggested_guards` are lines for `guards` where the campaign has none. `unread`: the timeline of an edition that is
    continued could not be read, and has no rows.
    """

    timeline: Timeline
    times: Times
    findings: tuple[Finding, ...]
    people: SegmentCount | None = None
    contract: Contract | None = None
    source: PolledSource | None = None
    forecast: Forecast | None = None
    unread: bool = False
    suggested_guards: tuple[str, ...] = ()

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that keep the campaign from being played."""
        return tuple(finding for finding in self.findings if finding.severity == "error")


def read_inputs(
    campaign: Campaign,
    *,
    now: datetime,
    first_seen_times: FirstSeen | None = None,
    scheduled: datetime | None = None,
    mode: Mode = "rehearse",
    with_people: bool = False,
    seen: TableShape | None = None,
    access: SourceAccess = PUBLIC_ACCESS,
) -> Inputs:
    """Reads everything that the campaign names; a timeline that is replayed is moved in time, except in a rehearsal.

    `seen` is the shape of the timeline in an earlier run: a worse reading is not accepted. `access` opens the tables.
    Raises `InvalidInput` with everything that keeps a table from being read.
    """
    source = _source(campaign, mode, now=now, scheduled=scheduled, seen=seen, access=access)
    timeline, contract, people = _read_all(
        campaign, source, now=now, first_seen_times=first_seen_times, with_people=with_people
    )
    times = planned(campaign, timeline, now=now, scheduled=scheduled)
    keys = [part.key for part in people.activities] if people is not None else named_keys(timeline)
    findings = [
        *timeline_findings(campaign, timeline, times, keys, contract, now=now),
        *unknown_settings(),
        *holdout_findings(campaign),
        *(environment_findings(settings()) if mode != "rehearse" else ()),
        *(contract.notes if contract is not None else ()),
        *card_findings(campaign, contract, timeline),
    ]
    outlook = _outlook(campaign, timeline, times, people, now=now) if people is not None else None
    if people is not None and outlook is not None:
        findings += people_findings(campaign, people)
        findings += split_findings(campaign, timeline, keys)
        findings += outlook.findings
    suggested: tuple[str, ...] = ()
    if mode == "check" and not campaign.guards:
        suggested = suggest_guards(campaign, timeline, times, keys, contract)
    return Inputs(
        timeline,
        times,
        tuple(findings),
        people,
        contract,
        source,
        outlook,
        suggested_guards=suggested,
    )


def _read_all(
    campaign: Campaign,
    source: PolledSource,
    *,
    now: datetime,
    first_seen_times: FirstSeen | None,
    with_people: bool,
) -> tuple[Timeline, Contract | None, SegmentCount | None]:
    """The timeline, the contract and the people. Raises `InvalidInput` with what is wrong with any of them."""
    problems: list[Finding] = []
    timeline: Timeline | None = None
    contract: Contract | None = None
    people: SegmentCount | None = None
    with collecting(problems):
        contract = contract_of(campaign)
    with collecting(problems):
        source.changed()
        timeline = timeline_of(
            campaign,
            now=now,
            first_seen_times=first_seen_times or FirstSeen(),
            contract=contract,
            source=source,
        )
    if with_people:
        with collecting(problems):
            people = count(campaign.who, **segment_arguments(campaign), access=source.access)
    if problems or timeline is None:
        raise InvalidInput(problems)
    return timeline, contract, people


def _outlook(
    campaign: Campaign, timeline: Timeline, times: Times, people: SegmentCount, *, now: datetime
) -> Forecast:
    return forecast(
        campaign,
        timeline,
        times,
        people.activities,
        now=now,
        requests_per_minute=settings().requests_per_minute,
    )


def without_timeline(
    campaign: Campaign,
    problems: Iterable[Finding],
    *,
    begun_at: datetime,
    planned_start: datetime | None,
    scheduled: datetime | None = None,
    mode: Mode = "run",
    seen: TableShape | None = None,
    access: SourceAccess = PUBLIC_ACCESS,
) -> Inputs:
    """The inputs of an edition that has begun, and whose timeline cannot be read now.

    What phones show is in the ledger; nothing newer is sent before the timeline can be read again.
    """
    starts_at = planned_start or begun_at
    ahead = timedelta(minutes=campaign.register_ahead_minutes if planned_start is not None else 0)
    times = Times(
        starts_at=starts_at,
        given=planned_start is not None,
        ends_at=campaign.ends_at,
        registers_at=starts_at - ahead,
        default=default_start(campaign, scheduled),
    )
    warnings = tuple(finding.model_copy(update={"severity": "warning"}) for finding in problems)
    source = _source(campaign, mode, now=begun_at, scheduled=scheduled, seen=seen, access=access)
    contract = None
    with contextlib.suppress(InvalidInput):  # it is read again with the timeline
        contract = contract_of(campaign)
    return Inputs(Timeline(()), times, warnings, contract=contract, source=source, unread=True)


def _source(
    campaign: Campaign,
    mode: Mode,
    *,
    now: datetime,
    scheduled: datetime | None,
    seen: TableShape | None,
    access: SourceAccess,
) -> PolledSource:
    source = source_of(campaign, access)
    source.remembers(seen)
    if campaign.replay and mode != "rehearse":
        source.replay = Replay(default_start(campaign, scheduled) or now)
    return source
