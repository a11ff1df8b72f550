"""What a campaign was given: its timeline as read, its people as counted, and every finding about them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from live_activity.api.account import environment_findings
from live_activity.campaign.contract_check import checked_for_size, held_against
from live_activity.campaign.forecast import Forecast, forecast
from live_activity.campaign.guard_check import guard_findings
from live_activity.campaign.guard_suggestions import suggest_guards
from live_activity.campaign.model import Campaign, Mode
from live_activity.campaign.planning import Times, default_start, named_keys, planned, time_findings
from live_activity.campaign.split_check import split_findings
from live_activity.campaign.start_check import start_findings
from live_activity.campaign.timeline_table import source_of, timeline_table
from live_activity.cards import card_file_findings, field_names, read_card_file
from live_activity.contract import Contract, read_contract
from live_activity.core.findings import Finding, InvalidInput
from live_activity.core.garbage_collection import collection_paused
from live_activity.core.report import SegmentNumbers
from live_activity.core.settings import settings, unknown_settings
from live_activity.core.source_access import PUBLIC_ACCESS, SourceAccess
from live_activity.core.table_shape import TableShape
from live_activity.segment import SegmentCount, StagedSegment, count
from live_activity.sources.replay import Replay
from live_activity.sources.timeline_source import PolledSource
from live_activity.tables.file import name_of
from live_activity.template import TemplatedTable
from live_activity.timeline import FirstSeen, Timeline, read_timeline
from live_activity.timeline.merge_findings import merge_by_cause

# A field that a card file names stands in one of so many rows.
ROWS_SEEN = 200


@dataclass(frozen=True, slots=True)
class Inputs:
    """The timeline and its times, and every finding; `people` where they were counted.

    `suggested_guards` are lines for `guards` where the campaign has none. `unread`: an edition is continued whose
    timeline could not be read, and it has no rows then.
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
        """What keeps a campaign from being played."""
        return tuple(finding for finding in self.findings if finding.severity == "error")


def look(
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
    """Reads everything that the campaign names; a recorded timeline is moved to now, unless it is rehearsed.

    `seen` is what an earlier run saw in the timeline: a worse reading is not believed. `access` opens the tables.
    Raises `InvalidInput` with all that keeps a table from being read.
    """
    problems: list[Finding] = []
    timeline: Timeline | None = None
    people: SegmentCount | None = None
    contract: Contract | None = None
    source = _source(campaign, mode, now=now, scheduled=scheduled, seen=seen, access=access)
    with _collected(problems):
        contract = contract_of(campaign)
    with _collected(problems):
        source.changed()
        timeline = timeline_of(
            campaign,
            now=now,
            first_seen_times=first_seen_times or FirstSeen(),
            contract=contract,
            source=source,
        )
    if with_people:
        with _collected(problems):
            people = _count_people(campaign, access)
    if problems or timeline is None:
        raise InvalidInput(problems)
    times = planned(campaign, timeline, now=now, scheduled=scheduled)
    keys = [part.key for part in people.activities] if people is not None else named_keys(timeline)
    findings = [*_timeline_findings(campaign, timeline, times, keys, contract, now=now)]
    findings += (*unknown_settings(), *_holdout_findings(campaign))
    if mode != "rehearse":
        findings += environment_findings(settings())
    findings += contract.notes if contract is not None else ()
    findings += _card_findings(campaign, contract, timeline)
    outlook = None
    if people is not None:
        findings += findings_of(campaign, people)
        findings += split_findings(campaign, timeline, keys)
        outlook = forecast(
            campaign,
            timeline,
            times,
            people.activities,
            now=now,
            requests_per_minute=settings().requests_per_minute,
        )
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


@contextlib.contextmanager
def _collected(problems: list[Finding]) -> Iterator[None]:
    """Adds what makes an input invalid to the problems, instead of raising it."""
    try:
        yield
    except InvalidInput as invalid:
        problems += invalid.findings


def _count_people(campaign: Campaign, access: SourceAccess) -> SegmentCount:
    return count(
        campaign.who,
        id_column=campaign.id_column,
        split_by=campaign.split_by,
        defaults=campaign.defaults,
        exclude=campaign.exclude,
        holdout=campaign.holdout or 0,
        salt=campaign.name,
        access=access,
    )


def _timeline_findings(
    campaign: Campaign,
    timeline: Timeline,
    times: Times,
    keys: Sequence[Mapping[str, str]],
    contract: Contract | None,
    *,
    now: datetime,
) -> Iterator[Finding]:
    where = name_of(campaign.timeline)
    yield from timeline.findings
    yield from time_findings(campaign, timeline, times, now=now, keys=keys)
    if not campaign.device_started:  # the others are sent no start
        yield from start_findings(campaign, timeline, times, keys, contract, where=where, now=now)
    yield from guard_findings(campaign, timeline, times, keys, contract, where=where, now=now)


def is_still_empty(campaign: Campaign, people: SegmentNumbers) -> bool:
    """Whether no phone has opened an activity yet: the table may grow while the campaign runs."""
    return campaign.device_started and not people.rows


def findings_of(campaign: Campaign, people: SegmentCount | StagedSegment) -> Iterator[Finding]:
    """What was found in the table that says who; a table of activities may be empty at first."""
    empty = is_still_empty(campaign, people)
    for finding in people.findings:
        if empty and finding.code == "nobody_accepted":
            message = "no activity is in it yet; those that are added while the campaign runs are played"
            yield Finding.warning("no_activity_yet", message, where=finding.where)
        else:
            yield finding


def _holdout_findings(campaign: Campaign) -> Iterator[Finding]:
    """A warning where the percentage may be meant as a share: 0.1 for a tenth."""
    if campaign.holdout is not None and campaign.holdout < 1:
        percent = f"{campaign.holdout:.15g}"
        message = (
            f"is {percent} percent: 1 of {round(100 / campaign.holdout):,} people is kept out; for a share of "
            f"{percent} write {campaign.holdout * 100:.15g}"
        )
        yield Finding.warning("small_holdout", message, where="campaign", column="holdout")


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

    What phones show is in the ledger; nothing newer is sent before the timeline is read well again.
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


def _card_findings(campaign: Campaign, contract: Contract | None, timeline: Timeline) -> list[Finding]:
    """What is wrong with the card file; it never keeps a campaign that was begun from going on."""
    if campaign.card is None:
        return []
    try:
        card = read_card_file(campaign.card)
    except InvalidInput as wrong:
        return list(wrong.findings)
    return card_file_findings(
        card, where=name_of(campaign.card), contract=contract, seen=_fields_seen(timeline)
    )


def _fields_seen(timeline: Timeline) -> list[str]:
    """The fields of the first rows, dotted: state.homeScore."""
    seen: dict[str, None] = {}
    for row in timeline.rows[:ROWS_SEEN]:
        seen.update(dict.fromkeys(field_names(row.content.state, row.attributes)))
    return list(seen)


def contract_of(campaign: Campaign) -> Contract | None:
    """What the campaign's phones accept, where it names the app's Swift. Raises `InvalidInput`."""
    if campaign.contract is None:
        return None
    return read_contract(campaign.contract, campaign.activity_type)


def timeline_of(
    campaign: Campaign,
    *,
    now: datetime,
    first_seen_times: FirstSeen,
    contract: Contract | None = None,
    source: PolledSource | None = None,
) -> Timeline:
    """The timeline as it stands now, held against the contract.

    `source` is where it comes from, looked at already. Raises `InvalidInput` where it cannot be read, or is not to be
    believed after what was read before.
    """
    if source is None:
        source = source_of(campaign)
        source.changed()
    with collection_paused():
        timeline = _read(campaign, source, now=now, first_seen_times=first_seen_times, contract=contract)
    if timeline.readable:
        source.accept()
    if source.findings:
        timeline = replace(timeline, findings=(*source.findings, *timeline.findings))
    return source.replay.moved(timeline) if source.replay is not None else timeline


def _read(
    campaign: Campaign,
    source: PolledSource,
    *,
    now: datetime,
    first_seen_times: FirstSeen,
    contract: Contract | None,
) -> Timeline:
    templated = timeline_table(campaign, source.table, spelt=contract is None, access=source.access)
    cache = source.cache((campaign.time_zone, tuple(campaign.split_by), id(contract)))
    timeline = read_timeline(
        templated,
        where=templated.where,
        zone=campaign.zone,
        split_by=campaign.split_by,
        now=now,
        first_seen_times=first_seen_times,
        convert=contract,
        cache=cache,
    )
    if contract is None:
        timeline = checked_for_size(timeline, campaign.activity_type, where=templated.where, cache=cache)
    else:
        timeline = held_against(
            timeline, contract, where=templated.where, typed=templated.typed, now=now, cache=cache
        )
    if not isinstance(templated, TemplatedTable):
        return timeline
    timeline = merge_by_cause(timeline)
    return replace(timeline, findings=(*timeline.findings, *templated.findings()))
