"""Notifications, each sent once, about what lasts: an end that is held, and content that was set by hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from live_activity.decision.ending import decided_end, held_end_times
from live_activity.decision.overrides import reminder_times
from live_activity.decision.schedule import Schedule
from live_activity.decision.state import ActivityState
from live_activity.decision.steps import earliest
from live_activity.decision.wanted import overrides_in_force


@dataclass(frozen=True, slots=True)
class Reminder:
    """A notification that is due; of several about the same thing only the newest is sent."""

    type: Literal["end_held", "overridden"]
    message: str


@dataclass
class Reminders:
    """Which notifications were sent already, by what they are about; as plain data, for a run that takes over."""

    end: dict[str, list[str]] = field(default_factory=dict)
    overrides: dict[str, list[str]] = field(default_factory=dict)

    def due(self, rows: Schedule, state: ActivityState, now: datetime) -> list[Reminder]:
        """The notifications that are due now; they are recorded as sent."""
        if state.over is not None or state.stop_request is not None:
            return []
        return [*self._of_end(rows, state, now), *self._of_overrides(rows, state, now)]

    def next_at(self, rows: Schedule, state: ActivityState, now: datetime) -> datetime | None:
        """When the next one is due."""
        times = [*_end_times(rows, state).values()]
        for override in overrides_in_force(rows, state, now):
            times += reminder_times(override, decided_end(rows, state)).values()
        return earliest(*(each for each in times if each > now))

    def as_records(self, rows: Schedule, state: ActivityState, now: datetime) -> dict[str, Any]:
        """What the ledger keeps of an activity: the end that is held, what is set by hand, what was sent of each."""
        times = _end_times(rows, state) if self.end else {}
        held = [
            {"what": "end", "since": begins, "until": times["ends"].isoformat(), "notified": [*sent]}
            for begins, sent in self.end.items()
            if times
        ]
        by_hand = [
            {**each.as_json(), "notified": [*self.overrides.get(_name(each.field, each.at), [])]}
            for each in overrides_in_force(rows, state, now)
        ]
        return {"held": held or None, "overrides": by_hand or None}

    @classmethod
    def from_records(cls, held: Any, overrides: Any) -> Reminders:
        """The reminders that `as_records` returned."""
        found = cls()
        for each in _records(held):
            if each.get("what") == "end":
                found.end[each["since"]] = [*each["notified"]]
        for each in _records(overrides):
            if "notified" in each:
                at = datetime.fromisoformat(each["at"])
                found.overrides[_name(".".join(each["path"]), at)] = [*each["notified"]]
        return found

    def _of_end(self, rows: Schedule, state: ActivityState, now: datetime) -> Iterator[Reminder]:
        times = _end_times(rows, state)
        if not times or now < times["begins"]:
            return
        begins, until = times["begins"].isoformat(), f"{times['ends']:%Y-%m-%d %H:%M} UTC"
        match _newest_due(times, self.end.setdefault(begins, []), now):
            case "begins":
                why = "the timeline is stale" if state.stale else "a guard holds its content"
                message = (
                    f"the end is held, as {why}: the last good content stays until that is fixed, until it is "
                    f"steered with end_now, or until {until} at the latest"
                )
            case "halfway":
                message = f"the end is still held; it comes at {until} with the last good content"
            case "ends":
                message = f"the end was held until {until}, and comes now with the last good content"
            case _:
                return
        yield Reminder("end_held", message)

    def _of_overrides(self, rows: Schedule, state: ActivityState, now: datetime) -> Iterator[Reminder]:
        if not state.overrides:
            return
        end = decided_end(rows, state)
        for override in overrides_in_force(rows, state, now):
            sent = self.overrides.setdefault(_name(override.field, override.at), [])
            if _newest_due(reminder_times(override, end), sent, now) is None:
                continue
            ends = f"; the end at {end:%Y-%m-%d %H:%M} UTC has it too" if end is not None else ""
            yield Reminder(
                "overridden",
                f"set by hand, and still in force: {override.describe(now)}{ends}; steer release ends it",
            )


def _end_times(rows: Schedule, state: ActivityState) -> dict[str, datetime]:
    times = held_end_times(rows, state) if state.started and not state.end_sent else None
    return {"begins": times.begins, "halfway": times.halfway, "ends": times.ends} if times is not None else {}


def _newest_due(times: Mapping[str, datetime], sent: list[str], now: datetime) -> str | None:
    """The newest that is due and was not sent, None where there is none; all that are due count as sent."""
    due = [name for name, at in times.items() if at <= now]
    new = bool(due) and due[-1] not in sent
    sent.extend(name for name in due if name not in sent)
    return due[-1] if new else None


def _name(field: str, at: datetime) -> str:
    return f"{field} {at.isoformat()}"


def _records(kept: Any) -> Sequence[Mapping[str, Any]]:
    return [each for each in kept if isinstance(each, Mapping)] if isinstance(kept, list) else []
