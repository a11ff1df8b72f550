"""Staging a table of people, or of activities that phones opened, as the campaign asks for it."""

from __future__ import annotations

from live_activity.engine.edition import Edition
from live_activity.segment import StagedSegment, stage
from live_activity.tables import Table


def stage_table(edition: Edition, table: str | Table, *, folder: str, adding: bool = True) -> StagedSegment:
    """Stages the table in a folder; who is excluded or held out cannot be added. Raises `InvalidInput`."""
    campaign = edition.campaign
    return stage(
        table,
        id_column=campaign.id_column,
        split_by=campaign.split_by,
        defaults=campaign.defaults,
        folder=folder,
        batch_size=edition.account.batch_size,
        exclude=campaign.exclude if adding else None,
        holdout=(campaign.holdout or 0) if adding else 0,
        salt=campaign.name,
        access=edition.access,
    )
