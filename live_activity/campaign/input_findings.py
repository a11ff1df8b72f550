"""All findings about what a campaign names: its timeline, its people, its card and its settings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from live_activity.campaign.guard_check import guard_findings
from live_activity.campaign.model import Campaign
from live_activity.campaign.planning import Times, time_findings
from live_activity.campaign.start_check import start_findings
from live_activity.cards import card_file_findings, field_names, read_card_file
from live_activity.contract import Contract
from live_activity.core.findings import Finding, InvalidInput
from live_activity.core.report import SegmentNumbers
from live_activity.segment import SegmentCount, StagedSegment
from live_activity.tables.file import name_of
from live_activity.timeline import Timeline

# In how many rows at the beginning the fields that a card file names are looked for.
ROWS_SEEN = 200


def timeline_findings(
    campaign: Campaign,
    timeline: Timeline,
    times: Times,
    keys: Sequence[Mapping[str, str]],
    contract: Contract | None,
    *,
    now: datetime,
) -> Iterator[Finding]:
    """What was found in the timeline, and what its rows mean for the campaign's times, starts and guards."""
    where = name_of(campaign.timeline)
    yield from timeline.findings
    yield from time_findings(campaign, timeline, times, now=now, keys=keys)
    if not campaign.device_started:  # activities that phones opened are sent no start
        yield from start_findings(campaign, timeline, times, keys, contract, where=where, now=now)
    yield from guard_findings(campaign, timeline, times, keys, contract, where=where, now=now)


def is_still_empty(campaign: Campaign, people: SegmentNumbers) -> bool:
    """Whether no phone has opened an activity yet: the table may grow while the campaign runs."""
    return campaign.device_started and not people.rows


def people_findings(campaign: Campaign, people: SegmentCount | StagedSegment) -> Iterator[Finding]:
    """What was found in the table that says who; a table of activities may be empty at first."""
    empty = is_still_empty(campaign, people)
    for finding in people.findings:
        if empty and finding.code == "nobody_accepted":
            message = "no activity is in it yet; those that are added while the campaign runs are played"
            yield Finding.warning("no_activity_yet", message, where=finding.where)
        else:
            yield finding


def holdout_findings(campaign: Campaign) -> Iterator[Finding]:
    """A warning where the percentage may be meant as a share: 0.1 for a tenth."""
    if campaign.holdout is not None and campaign.holdout < 1:
        percent = f"{campaign.holdout:.15g}"
        message = (
            f"is {percent} percent: 1 of {round(100 / campaign.holdout):,} people is kept out; for a share of "
            f"{percent} write {campaign.holdout * 100:.15g}"
        )
        yield Finding.warning("small_holdout", message, where="campaign", column="holdout")


def card_findings(campaign: Campaign, contract: Contract | None, timeline: Timeline) -> list[Finding]:
    """What is wrong with the card file; it never stops a campaign that has begun."""
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
