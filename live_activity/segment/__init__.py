"""The segment: the people of a campaign, staged once in batches, every row accounted for."""

from live_activity.segment.activities import StagedActivity
from live_activity.segment.count import SegmentCount, count
from live_activity.segment.stage import stage
from live_activity.segment.staged import StagedSegment, staged

__all__ = ["SegmentCount", "StagedActivity", "StagedSegment", "count", "stage", "staged"]
