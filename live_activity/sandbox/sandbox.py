"""The sandbox's state: its activities, and what the six endpoints do with a parsed body."""

from __future__ import annotations

import math
import random
import threading
import uuid
from collections.abc import Generator, Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from live_activity.core.clock import Clock
from live_activity.sandbox.activity import Activity
from live_activity.sandbox.answers import Refused
from live_activity.sandbox.behaviour import Behaviour, StartBudget
from live_activity.sandbox.call_log import CallLog
from live_activity.sandbox.checks import (
    ENDS_AT_AT_MOST,
    Body,
    check_people,
    check_push,
    check_register,
)
from live_activity.sandbox.clock import SandboxClock
from live_activity.sandbox.content import Content, Kind
from live_activity.sandbox.csv_fleet import read_fleet
from live_activity.sandbox.faults import Faults, read_faults
from live_activity.sandbox.fleet import SKIPPED, Fleet, Phone
from live_activity.sandbox.fleet_profile import FleetProfile, read_fleet_profile
from live_activity.sandbox.limits import Limits
from live_activity.sandbox.options import SandboxOptions
from live_activity.sandbox.people import LookUp, People
from live_activity.sandbox.request_log import RequestLog
from live_activity.sandbox.screens import AlertCounts, PhoneCounts, count, count_alerts
from live_activity.sandbox.synthetic_fleet import ProfiledFleet, SyntheticFleet

AnswerBody = dict[str, Any]
Steps = Generator[None, None, AnswerBody]
"""A call that is processed slice by slice: other calls may run at each `yield`. It returns the answer."""

_SLICE = 2_000


class Sandbox:
    """Activities, phones, limits, faults and counters behind one lock.

    The profiles of a call's people are looked up in slices, between which other calls may run. A call then makes all
    its changes in one step, so simultaneous calls behave as if they came one after the other. Other threads must hold
    `lock` while they read the sandbox.
    """

    def __init__(self, options: SandboxOptions, *, clock: Clock) -> None:
        self.options = options
        self.clock = SandboxClock(clock)
        self.lock = threading.RLock()
        self.profile = _profile(options)
        self.fleet = _fleet(options, self.profile)
        self._first_faults = read_faults(options.faults) if options.faults is not None else ()
        self.limits = Limits(options.requests_per_minute)
        self.reset()

    def reset(self) -> None:
        """Resets everything to its beginning: nothing registered or counted, and the first clock and faults."""
        with self.lock:
            self._activities: dict[str, Activity] = {}
            self._phones_opened = 0
            seed = self.options.seed
            if seed is None and self.profile is not None:
                seed = self.profile.seed
            self._random = None if seed is None else random.Random(seed)
            self._start_budget = StartBudget(self.profile) if self.profile is not None else None
            self.call_log = CallLog()
            self.request_log = RequestLog()
            self.faults = Faults(self._first_faults)
            self.limits.reset()
            self.fleet.reset()
            self.clock.reset()

    def answer(self, endpoint: str, body: Body, *, unprocessed_share: float = 0.0) -> AnswerBody:
        """Returns the API's answer to this body; for `unprocessed_share` of the people the look-up fails.

        Raises `Refused` if the answer is an error.
        """
        steps = self.steps(endpoint, body, unprocessed_share=unprocessed_share)
        while True:
            try:
                next(steps)
            except StopIteration as done:
                answer: AnswerBody = done.value
                return answer

    def steps(self, endpoint: str, body: Body, *, unprocessed_share: float = 0.0) -> Steps:
        """The same as `answer`, slice by slice."""
        match endpoint:
            case "register":
                return (yield from self._register(body, unprocessed_share))
            case "add-users":
                return (yield from self._add_users(body, unprocessed_share))
        with self.lock:
            match endpoint:
                case "remove-users":
                    return self._remove_users(body)
                case "start":
                    return self._start(body)
                case "update":
                    return self._push(body, "update")
                case _:
                    return self._push(body, "end")

    def activities(self) -> Iterator[Activity]:
        """All activities since the last reset, oldest first, ended ones included."""
        return iter(list(self._activities.values()))

    def activity(self, activity_id: str) -> Activity | None:
        """The activity with this id, also if it has ended or expired; None if there is none."""
        return self._activities.get(activity_id.lower())

    def phones(self, activity_ids: Iterable[str]) -> PhoneCounts:
        """What the phones of these activities show now; unknown ids count nothing."""
        with self.lock:
            now = self.clock.now()
            found = [self.activity(activity_id) for activity_id in activity_ids]
            return sum((count(one.cohorts(now)) for one in found if one is not None), PhoneCounts())

    def alerts(self, activity_ids: Iterable[str]) -> AlertCounts:
        """The phone alerts that phones of these activities had, per activity; unknown ids count nothing."""
        with self.lock:
            now = self.clock.now()
            found = [self.activity(activity_id) for activity_id in activity_ids]
            return count_alerts(cohort for one in found if one is not None for cohort in one.cohorts(now))

    def device_started(
        self, *, activity_type: str, insider_id: str | None, udid: str | None, content: Content
    ) -> str:
        """Plays a phone that opens an activity itself (iOS 16.1 and later). Returns the activity's id.

        The activity is kept for a week.
        """
        with self.lock:
            self._phones_opened += 1
            insider_id = insider_id or f"device-{self._phones_opened}"
            phone = Phone(nth=0, sync_delay=self.options.sync_delay, udid=udid or str(self._uuid()).upper())
            now = self.clock.now()
            activity = self._new(activity_type, People(self.fleet), now=now, ends_at=now + ENDS_AT_AT_MOST)
            activity.opened_by_phone(insider_id, phone, content, now=now)
            return activity.activity_id

    def _register(self, body: Body, unprocessed_share: float) -> Steps:
        now = self.clock.now()
        call = check_register(body, now=now, max_insider_ids=self.options.max_insider_ids)
        found, unprocessed = self._look_up(call.insider_ids, unprocessed_share, now)
        yield from found.slices(_SLICE)
        with self.lock:
            people = People(self.fleet)
            answer = _admit(people, found, unprocessed)
            activity = self._new(call.activity_type, people, now=now, ends_at=call.ends_at)
            return {"status": "success", "activity_id": activity.activity_id, **answer}

    def _add_users(self, body: Body, unprocessed_share: float) -> Steps:
        call = check_people(body, max_insider_ids=self.options.max_insider_ids)
        activity, now = self._living(call.activity_id)
        activity.check_not_started()
        found, unprocessed = self._look_up(call.insider_ids, unprocessed_share, now, activity.people)
        yield from found.slices(_SLICE)
        with self.lock:
            # Another call may have started the activity meanwhile.
            activity, _ = self._living(call.activity_id)
            activity.check_not_started()
            answer = _admit(activity.people, found, unprocessed)
            return {"status": "success", "activity_id": activity.activity_id, **answer}

    def _remove_users(self, body: Body) -> AnswerBody:
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

    def _start(self, body: Body) -> AnswerBody:
        call = check_push(body, "start")
        activity, now = self._living(call.activity_id)
        sessions = activity.start(
            call.push, call.targets, now=now, decode=self.options.decode, budget=self._start_budget
        )
        return {"status": "success", "sessions_triggered": sessions}

    def _push(self, body: Body, kind: Kind) -> AnswerBody:
        call = check_push(body, kind, words_required=self.options.words == "required")
        activity, now = self._living(call.activity_id)
        sent = activity.send(call.push, call.targets, now=now, decode=self.options.decode)
        answer: AnswerBody = {"status": "success", "sessions_triggered": sent.sessions}
        # The answer to /end always has the counter, that to /update only if some were skipped.
        if sent.skipped_not_synced or kind == "end":
            answer["skipped_not_synced"] = sent.skipped_not_synced
        return answer

    def _living(self, activity_id: str) -> tuple[Activity, datetime]:
        now = self.clock.now()
        activity = self.activity(activity_id)
        if activity is None or activity.state(now) in ("DEAD", "EXPIRED"):
            raise Refused("NOT_FOUND", "there is no such activity, or it ended or expired")
        return activity, now

    def _look_up(
        self, insider_ids: list[str], unprocessed_share: float, now: datetime, people: People | None = None
    ) -> tuple[LookUp, int]:
        """The look-up of the people for whom it works, and the number of those for whom it fails: the last ones."""
        ids = list(dict.fromkeys(insider_ids))
        failing = math.ceil(len(ids) * unprocessed_share)
        return LookUp(self.fleet, ids[: len(ids) - failing], now=now, people=people), failing

    def _new(self, activity_type: str, people: People, *, now: datetime, ends_at: datetime) -> Activity:
        activity_id = str(self._uuid())
        number, behaviour = len(self._activities) + 1, None
        if self.profile is not None:
            behaviour = Behaviour(
                self.profile, activity=number, default_delays=self.options.fleet is not None
            )
        activity = self._activities[activity_id] = Activity(
            activity_id=activity_id,
            activity_type=activity_type,
            people=people,
            now=now,
            ends_at=ends_at,
            behaviour=behaviour,
            number=number,
        )
        return activity

    def _uuid(self) -> uuid.UUID:
        if self._random is None:
            return uuid.uuid4()
        return uuid.UUID(int=self._random.getrandbits(128), version=4)


def _profile(options: SandboxOptions) -> FleetProfile | None:
    if isinstance(options.fleet_profile, Path):
        return read_fleet_profile(options.fleet_profile, with_fleet_file=options.fleet is not None)
    return options.fleet_profile


def _fleet(options: SandboxOptions, profile: FleetProfile | None) -> Fleet:
    if options.fleet is not None:
        return read_fleet(options.fleet, sync_delay=options.sync_delay)
    if profile is not None:
        return ProfiledFleet(profile, sync_delay=options.sync_delay)
    return SyntheticFleet(sync_delay=options.sync_delay)


def _admit(people: People, found: LookUp, unprocessed: int) -> Mapping[str, Any]:
    """Registers the people whom a call found. Returns the counters of the call.

    Raises `Refused` (422) if no phone is left, unless look-ups failed: some of those people may have phones, and
    "no eligible device" would lose them.
    """
    admission = people.check(found)
    if not admission.matched and not unprocessed:
        raise Refused(
            "NO_ELIGIBLE_DEVICE",
            "nobody of this call has a phone that can be reached",
            details=admission.filtered(),
        )
    people.let_in(found)
    counters: AnswerBody = {
        "matched": admission.matched,
        "added": admission.added,
        "refreshed": admission.refreshed,
        "removed": 0,
        **admission.filtered(),
    }
    if unprocessed:
        counters |= {"partial": True, "unprocessed_insider_id_count": unprocessed}
    return counters
