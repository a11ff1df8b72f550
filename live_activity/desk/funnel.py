"""The people of a campaign as lines that add up, by the ledger: from the rows of the segment to phones."""

from __future__ import annotations

from live_activity.core.report import SegmentReport
from live_activity.desk.campaign_view import CampaignView
from live_activity.views.who_was_reached import Reached, ReachLines, who_was_reached


def funnel(view: CampaignView) -> ReachLines:
    """The lines of `who_was_reached`; people that no call was recorded for yet count as not processed.

    A call has the people who were in its batch when it was made, so those who were removed before it are in none.
    """
    segment = SegmentReport.model_validate(view.edition.segment or {})
    people, reached = view.ledger.people, None
    if view.activities:
        uncalled = max(0, segment.accepted - people.sent - people.removed)
        reached = Reached(
            people=max(segment.accepted, people.sent) - people.removed,
            matched=people.matched,
            skipped=people.skipped or {},
            gdpr_denied=people.gdpr_denied,
            unprocessed=people.unprocessed + people.unanswered + uncalled,
            pending=any(not each.is_over and each.row.shown is None for each in view.activities),
        )
    device_started = view.parameters.get("activities") is not None
    return who_was_reached(segment, reached, device_started=device_started)
