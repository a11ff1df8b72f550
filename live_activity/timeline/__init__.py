"""The timeline: what an activity shows at which time, read from a table and checked as a whole."""

from live_activity.core.rows import Row, RowEvent, Timeline
from live_activity.timeline.first_seen import FirstSeen
from live_activity.timeline.input_table import Convert, FaultyRow, InputTable
from live_activity.timeline.read_timeline import read_timeline

__all__ = ["Convert", "FaultyRow", "FirstSeen", "InputTable", "Row", "RowEvent", "Timeline", "read_timeline"]
