"""Reads the current timeline of a campaign and checks it against the contract."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from live_activity.campaign.contract_check import checked_for_size, held_against
from live_activity.campaign.model import Campaign
from live_activity.campaign.timeline_table import source_of, timeline_table
from live_activity.contract import Contract, read_contract
from live_activity.core.garbage_collection import collection_paused
from live_activity.sources.timeline_source import PolledSource
from live_activity.template import TemplatedTable
from live_activity.timeline import FirstSeen, Timeline, read_timeline
from live_activity.timeline.merge_findings import merge_by_cause


def contract_of(campaign: Campaign) -> Contract | None:
    """The contract that the campaign names, None where it names none. Raises `InvalidInput`."""
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
    """The current timeline, checked against the contract.

    `source` is where it comes from, polled already. Raises `InvalidInput` where it cannot be read, or is not accepted
    after what was read before.
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
