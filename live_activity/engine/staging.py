"""Staging a table of people, or of activities that phones opened, as the campaign asks for it."""

from __future__ import annotations

from live_activity.campaign.segment_arguments import segment_arguments
from live_activity.engine.edition import Edition
from live_activity.segment import StagedSegment, stage
from live_activity.tables import Table


def stage_table(edition: Edition, table: str | Table, *, folder: str, adding: bool = True) -> StagedSegment:
    """Stages the table in a folder; who is excluded or held out cannot be added. Raises `InvalidInput`."""
    return stage(
        table,
        **segment_arguments(edition.campaign, adding=adding),
        folder=folder,
        batch_size=edition.account.batch_size,
        access=edition.access,
    )
