"""The table of activities that phones opened, as far as an edition has read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, assert_never

from live_activity.core.clock import Signal
from live_activity.core.findings import Finding
from live_activity.engine.steering.arguments import ActivityAction
from live_activity.sources.timeline_source import PolledSource


@dataclass
class OpenedTable:
    """Which activities are in the edition, in which rows they stand, and until when new ones may join.

    `numbers` are the activities' numbers by the ids of the table, `rows` their 1-based data row numbers; `latest` are
    those of all ids in the last reading. `closed`: no more activities join. `ends_at` and `shifted` are how steering
    commands moved the campaign's end. `polled_at` is when this run's last poll began, `poll_now` asks for one more.
    `findings` are those that say which activities could not be played.
    """

    source: PolledSource
    numbers: dict[str, int] = field(default_factory=dict)
    rows: dict[int, int] = field(default_factory=dict)
    latest: Mapping[str, int] = field(default_factory=dict)
    readings: int = 0
    closed: bool = False
    ends_at: datetime | None = None
    shifted: timedelta = timedelta(0)
    polled_at: datetime | None = None
    poll_now: Signal = field(default_factory=Signal)
    changed: Signal = field(default_factory=Signal)
    findings: list[Finding] = field(default_factory=list)

    @property
    def state_key(self) -> str:
        """The name under which the ledger keeps the state of this table, beside that of the timeline."""
        return f"activities {self.source.path}"

    def close(self) -> None:
        """Lets no more activities join."""
        self.closed = True
        self.changed.set()

    def steer(self, effect: Mapping[str, Any]) -> None:
        """Keeps what a steering command for the whole campaign means for activities that join later."""
        action: ActivityAction = effect["action"]
        match action:
            case "end_now":
                self.close()
            case "move_end":
                self.ends_at, self.shifted = datetime.fromisoformat(effect["ends_at"]), timedelta(0)
            case "shift":
                self.shifted += timedelta(minutes=effect["minutes"])
            case "freeze" | "resume" | "send_now" | "release":
                pass  # the ledger keeps it, and it is applied when an activity joins
            case _:
                assert_never(action)
        self.changed.set()

    def note_rows(self) -> None:
        """Notes in which row of the table each activity stands now; one that left the table keeps its last row."""
        self.rows |= {self.numbers[name]: row for name, row in self.latest.items() if name in self.numbers}

    def as_json(self) -> dict[str, Any]:
        """The state that the ledger keeps."""
        return {"rows": {str(number): row for number, row in self.rows.items()}}

    def restore(self, state: Mapping[str, Any] | None) -> None:
        """Takes over what an earlier run recorded."""
        self.rows = {int(number): row for number, row in ((state or {}).get("rows") or {}).items()}
