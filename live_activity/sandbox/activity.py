"""One Live Activity from register to its end, and the phones that show it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from live_activity.sandbox.answers import Refused
from live_activity.sandbox.behaviour import Behaviour, StartBudget
from live_activity.sandbox.content import Content, Kind, Push
from live_activity.sandbox.fleet import Phone
from live_activity.sandbox.names import activity_name
from live_activity.sandbox.options import Decode
from live_activity.sandbox.people import People
from live_activity.sandbox.phone_states import Delivery, PhoneStates
from live_activity.sandbox.screens import Cohort, Screen

State = Literal["REGISTERED", "STARTED", "DEAD", "EXPIRED"]
Targets = frozenset[tuple[str, str]] | None


@dataclass(frozen=True, slots=True)
class Sent:
    """A push that was sent: when, to how many phones, and how many of its phones were skipped as not synced."""

    at: datetime
    push: Push
    targeted: bool
    sessions: int
    skipped_not_synced: int


class Activity:
    """The vendor's record of an activity, together with the screens of its phones."""

    def __init__(
        self,
        *,
        activity_id: str,
        activity_type: str,
        people: People,
        now: datetime,
        ends_at: datetime,
        behaviour: Behaviour | None = None,
        number: int = 1,
    ) -> None:
        self.number = number
        self.activity_id = activity_id
        self.activity_type = activity_type
        self.people = people
        self.registered_at = now
        self.ends_at = ends_at
        self.started_at: datetime | None = None
        self.ended_at: datetime | None = None
        self.device_started = False
        self.sent: list[Sent] = []
        self._behaviour = behaviour
        self._phones: PhoneStates | None = None
        self._attributes: dict[str, object] = {}
        self._name: str | None = None
        self._history: list[tuple[Cohort, ...]] = []
        self._looked_at: datetime = now

    def state(self, now: datetime) -> State:
        """The state of the record: it is gone from `ends_at` on, and after a successful /end."""
        if self.ended_at is not None:
            return "DEAD"
        if now >= self.ends_at:
            return "EXPIRED"
        return "REGISTERED" if self.started_at is None else "STARTED"

    @property
    def name(self) -> str | None:
        """A name for people, made from the content of its start; None before the start."""
        return self._name

    def check_not_started(self) -> None:
        """Raises `Refused` (409) if the activity was started: the call is only allowed before the start."""
        if self.started_at is not None:
            raise Refused("ALREADY_STARTED", "the activity was started and is locked")

    def cohorts(self, now: datetime | None = None) -> list[Cohort]:
        """The phones grouped by what can be seen of them, at `now` or at the last time that was asked for.

        Empty before the start.
        """
        if self._phones is None:
            return []
        return list(self._phones.cohorts(self._elapsed(now or self._looked_at)))

    def sync_delays(self) -> list[tuple[float, int]]:
        """Pairs of seconds after the start and the number of phones that sync then; infinity means never."""
        if self._phones is None:
            return []
        delays = self._phones.synced_at[self.people.registered()]
        values, counts = np.unique(delays, return_counts=True)
        return [(float(delay), int(number)) for delay, number in zip(values, counts, strict=True)]

    def cohorts_after(self, number: int) -> tuple[Cohort, ...] | None:
        """The phones as they were after push `number` (from 1), just before the next push; None for the newest push."""
        return self._history[number] if 0 <= number < len(self._history) else None

    def start(
        self,
        push: Push,
        targets: Targets,
        *,
        now: datetime,
        decode: Decode | None,
        budget: StartBudget | None = None,
    ) -> int:
        """Locks the activity and sends the start. Returns how many pushes were handed over.

        If no target belongs to the activity that is 0, and the activity is locked all the same.
        """
        self.check_not_started()
        self.started_at = now
        phones = self._phones = self._states(self._behaviour)
        rows: NDArray[np.bool_] | NDArray[np.intp] = (
            self.people.registered() if targets is None else self._rows(targets)
        )
        self._attributes = dict(push.content.attributes or {})
        self._name = activity_name(self._attributes, push.content.title)
        refused = None
        if budget is not None:
            handed = np.flatnonzero(rows) if targets is None else rows
            refuses = budget.refused(self.people.draws()[handed], activity=self.number, now=now)
            refused = handed[refuses] if refuses is not None else None
        phones.start(rows, self._delivery(push, decode), self.people.delays(), refused)
        sessions = self.people.count if targets is None else len(rows)
        self._record(Sent(now, push, targets is not None, sessions, 0), before=())
        return sessions

    def opened_by_phone(self, insider_id: str, phone: Phone, content: Content, *, now: datetime) -> None:
        """Plays a phone that opens the activity itself: it is started, shown, and synced after the phone's delay."""
        self.device_started = True
        self.started_at = now
        self.people.put(insider_id, phone)
        self._attributes = dict(content.attributes or {})
        self._name = activity_name(self._attributes, content.title)
        self._phones = self._states(None)
        self._phones.open_by_phone(
            Screen(shows=content, attributes=self._attributes), float(self.people.delays()[0])
        )

    def send(self, push: Push, targets: Targets, *, now: datetime, decode: Decode | None) -> Sent:
        """Sends an update or the end to synced phones. Raises `Refused` (412), and sends nothing, if there are none."""
        elapsed = self._elapsed(now)
        rows: NDArray[np.bool_] | NDArray[np.intp] = np.empty(0, np.intp)
        meant = sessions = 0
        if targets is None:
            # Before the start no phone has a token, but all count as targets.
            meant = self.people.count
            if self._phones is not None:
                rows = self._phones.synced(elapsed)
                sessions = int(np.count_nonzero(rows))
        else:
            found = self._rows(targets)
            meant = len(found)
            if self._phones is not None:
                rows = found[self._phones.synced_at[found] <= elapsed]
                sessions = len(rows)
        if not sessions or self._phones is None:
            raise Refused(
                "PUSH_TOKEN_NOT_SYNCED", "none of the phones that are meant has synced its push token"
            )
        before = tuple(self._phones.cohorts(elapsed))
        self._phones.push(rows, self._delivery(push, decode), elapsed)
        sent = Sent(now, push, targets is not None, sessions, meant - sessions)
        self._record(sent, before=before)
        if push.kind == "end":
            self.ended_at = now
        return sent

    def dropped(self, push: Push, decode: Decode | None) -> str | None:
        """Why the phones of this activity, once it was started, drop a push; None if they take it."""
        return push.dropped(opened_as=self.activity_type, attributes=self._attributes, decode=decode)

    def phones(self, now: datetime) -> Iterator[tuple[str, str, Cohort]]:
        """All phones in the order of registration: person, udid, and what can be seen of the phone."""
        for insider_id, row, udid in self.people:
            yield insider_id, udid, self._phone(row, now)

    def phones_of(self, insider_id: str, now: datetime) -> Iterator[tuple[str, Cohort]]:
        """One person's phones: udid, and what can be seen of the phone."""
        for row, _, udid in self.people.of(insider_id):
            yield udid, self._phone(row, now)

    def sessions(self, kind: Kind) -> tuple[int, int]:
        """How many calls of this kind succeeded, and how many pushes to phones they made."""
        sent = [entry.sessions for entry in self.sent if entry.push.kind == kind]
        return len(sent), sum(sent)

    def _states(self, behaviour: Behaviour | None) -> PhoneStates:
        return PhoneStates(self.people.registered(), self.people.draws, behaviour)

    def _phone(self, row: int, now: datetime) -> Cohort:
        if self._phones is None:
            return Cohort(screen=Screen(), count=1)
        return self._phones.phone(row, self._elapsed(now))

    def _record(self, sent: Sent, *, before: tuple[Cohort, ...]) -> None:
        self.sent.append(sent)
        self._history.append(before)
        self._looked_at = sent.at

    def _elapsed(self, now: datetime) -> float:
        self._looked_at = max(self._looked_at, now)
        return (now - self.started_at).total_seconds() if self.started_at is not None else 0.0

    def _delivery(self, push: Push, decode: Decode | None) -> Delivery:
        return Delivery(
            screen=Screen(shows=push.content, attributes=self._attributes, final=push.kind == "end"),
            alert=push.content.alerts,
            dropped=self.dropped(push, decode),
        )

    def _rows(self, targets: frozenset[tuple[str, str]]) -> NDArray[np.intp]:
        """The rows of the targets that belong to this activity; other targets are ignored."""
        found = [self.people.find(insider_id, udid) for insider_id, udid in targets]
        return np.array(sorted(row for row in found if row is not None), np.intp)
