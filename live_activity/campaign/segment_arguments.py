"""What a campaign says about its segment, as the arguments of `count` and `stage`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypedDict

from live_activity.campaign.model import Campaign


class SegmentArguments(TypedDict):
    """The arguments of `segment.count` and `segment.stage` that a campaign decides."""

    id_column: str
    split_by: Sequence[str]
    defaults: Mapping[str, str]
    exclude: str | None
    holdout: float
    salt: str


def segment_arguments(campaign: Campaign, *, adding: bool = True) -> SegmentArguments:
    """The arguments for a table of the campaign's people.

    People who are excluded or held out cannot be added; with `adding=False`, for a table of people to remove, they are
    accepted like all others.
    """
    return SegmentArguments(
        id_column=campaign.id_column,
        split_by=campaign.split_by,
        defaults=campaign.defaults,
        exclude=campaign.exclude if adding else None,
        holdout=(campaign.holdout or 0) if adding else 0,
        salt=campaign.name,
    )
