"""One Live Activity from register to its end, and the phones that show it (reference, Life of an activity)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from live_activity.sandbox.answers import Refused
from live_activity.sandbox.content import Content, Kind, Push
from live_activity.sandbox.fleet import Phone
from live_activity.sandbox.options import Decode
from live_activity.sandbox.people import People
from live_activity.sandbox.screens import Cohort, Screen

State = Literal["REGISTERED", "STARTED", "DEAD", "EXPIRED"]
Targets = frozenset[tuple[str, str]] | None


@dataclass(frozen=True, slots=True)
class Sent:
    """A push that left: when, to how many phones, and how many of those meant were not synced."""

    at: datetime
    push: Push
    targeted: bool
    sessions: int
    skipped_not_synced: int


class Activity:
    """A record of the vendor's, together with the screens of its phones.

    From the start on the phones stand in cohorts, one for each delay of the fleet; only phones that a targeted push
    has set apart are kept one by one. So a push to everybody costs the same for ten phones and for a million.
    """

    def __init__(
        self, *, activity_id: str, activity_type: str, people: People, now: datetime, ends_at: datetime
    ) -> None:
        self.activity_id = activity_id
        self.activity_type = activity_type
        self.people = people
        self.registered_at = now
        self.ends_at = ends_at
        self.started_at: datetime | None = None
        self.ended_at: datetime | None = None
        self.device_started = False
        self.sent: list[Sent] = []
        self._home: dict[float | None, Cohort] = {}
        self._apart: dict[tuple[str, str], Cohort] = {}
        self._cohorts: dict[Cohort, None] = {}

    def state(self, now: datetime) -> State:
        """The record is gone from the moment `ends_at` on, and from a successful /end on."""
        if self.ended_at is not None:
            return "DEAD"
        if now >= self.ends_at:
            return "EXPIRED"
        return "REGISTERED" if self.started_at is None else "STARTED"

    def check_not_started(self) -> None:
        """Raises 409 for whatever must come before the start."""
        if self.started_at is not None:
            raise Refused(409, "ALREADY_STARTED", "the activity was started and is locked")

    def cohorts(self) -> Iterator[Cohort]:
        """The phones by what they show; none before the start."""
        return iter(list(self._cohorts))

    def start(self, push: Push, targets: Targets, *, now: datetime, decode: Decode | None) -> int:
        """Locks the activity and sends the start; answers how many pushes were handed over.

        Where no target is of the activity that is 0, and the activity is locked all the same. A phone that drops
        the start opens nothing, so it has no per-activity token and never syncs.
        """
        self.check_not_started()
        self.started_at = now
        dropped = push.dropped(opened_as=self.activity_type, decode=decode)
        screen = Screen().after(push, dropped=dropped)

        def begun(delay: float | None) -> Cohort:
            late = delay is None or dropped is not None
            return self._enter(
                Cohort(screen=screen, synced_at=None if late else now + timedelta(seconds=delay or 0))
            )

        sessions = self._begin_all(begun) if targets is None else self._begin_some(begun, targets)
        self.sent.append(
            Sent(at=now, push=push, targeted=targets is not None, sessions=sessions, skipped_not_synced=0)
        )
        return sessions

    def opened_by_phone(self, insider_id: str, phone: Phone, content: Content, *, now: datetime) -> None:
        """A phone opened the activity itself: started, shown, and synced after the phone's delay."""
        self.device_started = True
        self.started_at = now
        self.people.put(insider_id, phone)
        synced_at = None if phone.sync_delay is None else now + timedelta(seconds=phone.sync_delay)
        screen = Screen(shows=content, attributes=content.attributes or {})
        cohort = self._enter(Cohort(screen=screen, synced_at=synced_at, count=1))
        self._home[phone.sync_delay] = cohort

    def send(self, push: Push, targets: Targets, *, now: datetime, decode: Decode | None) -> Sent:
        """Sends an update or the end to those who are synced; raises 412 and sends nothing when nobody is."""
        if targets is None:
            # Before the start nobody is in a cohort yet, but everybody is meant.
            meant = self.people.count
            reached = [cohort for cohort in self._cohorts if cohort.synced(now)]
        else:
            phones = [(key, self._cohort(key, phone)) for key, phone in self._found(targets)]
            meant = len(phones)
            reached = self._set_apart(
                (key, one) for key, one in phones if one is not None and one.synced(now)
            )
        sessions = sum(cohort.count for cohort in reached)
        if not sessions:
            raise Refused(412, "PUSH_TOKEN_NOT_SYNCED", "no phone that is meant has synced its push token")
        dropped = push.dropped(opened_as=self.activity_type, decode=decode)
        for cohort in reached:
            cohort.screen = cohort.screen.after(push, dropped=dropped)
        sent = Sent(
            at=now,
            push=push,
            targeted=targets is not None,
            sessions=sessions,
            skipped_not_synced=meant - sessions,
        )
        self.sent.append(sent)
        if push.kind == "end":
            self.ended_at = now
        return sent

    def phones(self) -> Iterator[tuple[str, str, Cohort | None]]:
        """Every phone: its person, its udid, and where it stands (None before the start)."""
        for insider_id, phone in self.people:
            udid = self.people.udid(insider_id, phone)
            yield insider_id, udid, self._cohort((insider_id, udid), phone)

    def sessions(self, kind: Kind) -> tuple[int, int]:
        """How many calls of this kind succeeded, and how many pushes to phones those were."""
        sent = [entry.sessions for entry in self.sent if entry.push.kind == kind]
        return len(sent), sum(sent)

    def _begin_all(self, begun: Callable[[float | None], Cohort]) -> int:
        for delay, phones in self.people.delays().items():
            self._home[delay] = cohort = begun(delay)
            cohort.count = phones
        return self.people.count

    def _begin_some(
        self, begun: Callable[[float | None], Cohort], targets: frozenset[tuple[str, str]]
    ) -> int:
        waiting = self._enter(Cohort(screen=Screen(), count=self.people.count))
        self._home = dict.fromkeys(self.people.delays(), waiting)
        by_delay: dict[float | None, Cohort] = {}
        for key, phone in self._found(targets):
            if phone.sync_delay not in by_delay:
                by_delay[phone.sync_delay] = begun(phone.sync_delay)
            self._move(key, waiting, by_delay[phone.sync_delay])
        return sum(cohort.count for cohort in by_delay.values())

    def _found(self, targets: frozenset[tuple[str, str]]) -> Iterator[tuple[tuple[str, str], Phone]]:
        """The targets that are of this activity; others are ignored."""
        for insider_id, udid in targets:
            phone = self.people.find(insider_id, udid)
            if phone is not None:
                yield (insider_id, udid), phone

    def _cohort(self, key: tuple[str, str], phone: Phone) -> Cohort | None:
        return self._apart.get(key) or self._home.get(phone.sync_delay)

    def _set_apart(self, phones: Iterable[tuple[tuple[str, str], Cohort]]) -> list[Cohort]:
        """Moves single phones out of their cohorts into ones of their own."""
        apart: dict[Cohort, Cohort] = {}
        for key, source in phones:
            if source not in apart:
                apart[source] = self._enter(Cohort(screen=source.screen, synced_at=source.synced_at))
            self._move(key, source, apart[source])
        return list(apart.values())

    def _move(self, key: tuple[str, str], source: Cohort, goal: Cohort) -> None:
        self._apart[key] = goal
        goal.count += 1
        source.count -= 1
        if not source.count:
            self._cohorts.pop(source, None)

    def _enter(self, cohort: Cohort) -> Cohort:
        self._cohorts[cohort] = None
        return cohort
