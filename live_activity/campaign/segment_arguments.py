"""What a campaign says about its segment, as the arguments of `count` and `stage`."""

from __future__ import annotations

from live_activity.campaign.model import Campaign
from live_activity.segment.segment_options import SegmentArguments


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
