"""The stand-in itself: every activity, and what the six endpoints do with a body that was read."""

from __future__ import annotations

import math
import random
import threading
import uuid
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from live_activity.core.clock import Clock
from live_activity.sandbox.activity import Activity
from live_activity.sandbox.answers import Refused
from live_activity.sandbox.call_log import CallLog
from live_activity.sandbox.checks import (
    ENDS_AT_AT_MOST,
    Body,
    check_people,
    check_push,
    check_register,
)
from live_activity.sandbox.content import Content, Kind
from live_activity.sandbox.csv_fleet import read_fleet
from live_activity.sandbox.faults import Faults, read_faults
from live_activity.sandbox.fleet import SKIPPED, Fleet, Phone
from live_activity.sandbox.limits import Limits
from live_activity.sandbox.options import SandboxOptions
from live_activity.sandbox.people import People
from live_activity.sandbox.screens import PhoneCounts, count
from live_activity.sandbox.synthetic_fleet import SyntheticFleet

Answer = dict[str, Any]


class Sandbox:
    """Activities, phones, limits, faults and counters behind one lock.

    Every call runs from its first check to its last change without giving way, so calls at one moment behave as if
    they came one after the other. `lock` is for those who look in from another thread.
    """

    def __init__(self, options: SandboxOptions, *, clock: Clock) -> None:
        self.options = options
        self.clock = clock
        self.lock = threading.RLock()
        self.fleet: Fleet = (
            SyntheticFleet(sync_delay=options.sync_delay)
            if options.fleet is None
            else read_fleet(options.fleet, sync_delay=options.sync_delay)
        )
        self._first_faults = read_faults(options.faults) if options.faults is not None else ()
        self.limits = Limits(options.requests_per_minute)
        self.reset()

    def reset(self) -> None:
        """As it was when it began: nothing registered, nothing counted, the faults it was started with."""
        with self.lock:
            self._activities: dict[str, Activity] = {}
            self._phones_opened = 0
            self._random = None if self.options.seed is None else random.Random(self.options.seed)
            self.call_log = CallLog()
            self.faults = Faults(self._first_faults)
            self.limits.reset()
            self.fleet.reset()

    def answer(self, endpoint: str, body: Body, *, unprocessed_share: float = 0.0) -> Answer:
        """What the API answers to this body; `unprocessed_share` of the people are played as failed look-ups.

        Raises `Refused` where it answers with an error.
        """
        with self.lock:
            match endpoint:
                case "register":
                    return self._register(body, unprocessed_share)
                case "add-users":
                    return self._add_users(body, unprocessed_share)
                case "remove-users":
                    return self._remove_users(body)
                case "start":
                    return self._start(body)
                case "update":
                    return self._push(body, "update")
                case _:
                    return self._push(body, "end")

    def activities(self) -> Iterator[Activity]:
        """Every activity since the last reset, oldest first, also the dead ones."""
        return iter(list(self._activities.values()))

    def activity(self, activity_id: str) -> Activity | None:
        """The activity of this id, also when the API itself would no longer know it."""
        return self._activities.get(activity_id.lower())

    def phones(self, activity_ids: Iterable[str]) -> PhoneCounts:
        """What the phones of these activities show now; unknown ids count nothing."""
        with self.lock:
            found = [self.activity(activity_id) for activity_id in activity_ids]
            return sum((count(one.cohorts()) for one in found if one is not None), PhoneCounts())

    def device_started(
        self, *, activity_type: str, insider_id: str | None, udid: str | None, content: Content
    ) -> str:
        """A phone opens an activity itself (iOS 16.1 and later), which is kept for a week; answers its id."""
        with self.lock:
            self._phones_opened += 1
            insider_id = insider_id or f"device-{self._phones_opened}"
            phone = Phone(nth=0, sync_delay=self.options.sync_delay, udid=udid or str(self._uuid()).upper())
            now = self.clock.now()
            activity = self._new(activity_type, People(self.fleet), now=now, ends_at=now + ENDS_AT_AT_MOST)
            activity.opened_by_phone(insider_id, phone, content, now=now)
            return activity.activity_id

    def _register(self, body: Body, unprocessed_share: float) -> Answer:
        now = self.clock.now()
        call = check_register(body, now=now, max_insider_ids=self.options.max_insider_ids)
        people = People(self.fleet)
        processed, unprocessed = _split(call.insider_ids, unprocessed_share)
        answer = _admit(people, processed, unprocessed, now=now)
        activity = self._new(call.activity_type, people, now=now, ends_at=call.ends_at)
        return {"status": "success", "activity_id": activity.activity_id, **answer}

    def _add_users(self, body: Body, unprocessed_share: float) -> Answer:
        call = check_people(body, max_insider_ids=self.options.max_insider_ids)
        activity, now = self._living(call.activity_id)
        activity.check_not_started()
        processed, unprocessed = _split(call.insider_ids, unprocessed_share)
        answer = _admit(activity.people, processed, unprocessed, now=now)
        return {"status": "success", "activity_id": activity.activity_id, **answer}

    def _remove_users(self, body: Body) -> Answer:
        call = check_people(body, max_insider_ids=self.options.max_insider_ids)
        activity, _ = self._living(call.activity_id)
        activity.check_not_started()
        removed = activity.people.remove(call.insider_ids)
        none = {"matched": 0, "added": 0, "refreshed": 0}
        return {
            "status": "success",
            "activity_id": activity.activity_id,
            **none,
            "removed": removed,
            "skipped": dict.fromkeys(SKIPPED, 0),
        }

    def _start(self, body: Body) -> Answer:
        call = check_push(body, "start")
        activity, now = self._living(call.activity_id)
        sessions = activity.start(call.push, call.targets, now=now, decode=self.options.decode)
        return {"status": "success", "sessions_triggered": sessions}

    def _push(self, body: Body, kind: Kind) -> Answer:
        call = check_push(body, kind)
        activity, now = self._living(call.activity_id)
        sent = activity.send(call.push, call.targets, now=now, decode=self.options.decode)
        answer: Answer = {"status": "success", "sessions_triggered": sent.sessions}
        # The reference gives /end the counter always, and /update only when some were skipped.
        if sent.skipped_not_synced or kind == "end":
            answer["skipped_not_synced"] = sent.skipped_not_synced
        return answer

    def _living(self, activity_id: str) -> tuple[Activity, datetime]:
        now = self.clock.now()
        activity = self.activity(activity_id)
        if activity is None or activity.state(now) in ("DEAD", "EXPIRED"):
            raise Refused(404, "NOT_FOUND", "there is no such activity, or it ended or expired")
        return activity, now

    def _new(self, activity_type: str, people: People, *, now: datetime, ends_at: datetime) -> Activity:
        activity_id = str(self._uuid())
        activity = self._activities[activity_id] = Activity(
            activity_id=activity_id, activity_type=activity_type, people=people, now=now, ends_at=ends_at
        )
        return activity

    def _uuid(self) -> uuid.UUID:
        if self._random is None:
            return uuid.uuid4()
        return uuid.UUID(int=self._random.getrandbits(128), version=4)


def _split(insider_ids: list[str], unprocessed_share: float) -> tuple[list[str], int]:
    """Those whose look-up works, and the number of people whose look-up fails: the last ones of the call."""
    people = list(dict.fromkeys(insider_ids))
    failing = math.ceil(len(people) * unprocessed_share)
    return people[: len(people) - failing], failing


def _admit(people: People, insider_ids: list[str], unprocessed: int, *, now: datetime) -> Mapping[str, Any]:
    """The counters of one call, after letting in whom it found.

    Raises 422 when nobody is left. Not when look-ups failed: then nobody knows yet whether somebody is left, and
    "no eligible device" would lose those people.
    """
    admission = people.look_up(insider_ids, now=now)
    if not admission.matched and not unprocessed:
        raise Refused(
            422,
            "NO_ELIGIBLE_DEVICE",
            "nobody of this call has a phone that can be reached",
            details=admission.filtered(),
        )
    people.let_in(admission)
    counters: Answer = {
        "matched": admission.matched,
        "added": admission.added,
        "refreshed": admission.refreshed,
        "removed": 0,
        **admission.filtered(),
    }
    if unprocessed:
        counters |= {"partial": True, "unprocessed_insider_id_count": unprocessed}
    return counters
