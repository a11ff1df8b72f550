"""The timeline: what an activity shows when, read from a table and checked whole (DESIGN, Tables)."""

from live_activity.timeline.reading import read_timeline
from live_activity.timeline.rows import Event, Row, Timeline
from live_activity.timeline.sightings import Sightings
from live_activity.timeline.source import Convert, FaultyRow, Table

__all__ = ["Convert", "Event", "FaultyRow", "Row", "Sightings", "Table", "Timeline", "read_timeline"]
