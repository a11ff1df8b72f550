"""Staging the segment: once, before anything is sent."""

from __future__ import annotations

from prefect import task
from prefect.cache_policies import NO_CACHE

from live_activity.campaign.previous_editions import segment_findings
from live_activity.engine.edition import Edition


@task(task_run_name="stage the segment", cache_policy=NO_CACHE, persist_result=False)
async def stage(edition: Edition) -> None:
    """Puts the segment aside in batches, or takes what an earlier run of this edition had put aside."""
    people = edition.stage_people()
    for finding in segment_findings(edition.ledger.database, edition.ledger.edition_id):
        edition.found(finding)
        edition.tell("note", str(finding))
    accepted = "rows of activities" if edition.device_started else "people"
    edition.tell(
        "planned",
        f"{people.accepted:,} {accepted} accepted, {people.rejected:,} rows rejected, "
        f"{len(edition.activities):,} {'activity' if len(edition.activities) == 1 else 'activities'}",
    )
