"""The people of an activity in compact arrays."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import numpy as np

from live_activity.sandbox.draws import draws_of, for_phones
from live_activity.sandbox.people import LookUp, People
from live_activity.sandbox.synthetic_fleet import SyntheticFleet

NOW = datetime(2026, 7, 19, 12, tzinfo=UTC)


def let_in(people: People, fleet: SyntheticFleet, ids: list[str], now: datetime) -> None:
    found = LookUp(fleet, ids, now=now)
    for _ in found.slices(1_000):
        pass
    people.let_in(found)


def test_each_person_is_in_or_left_out_for_one_reason_even_if_added_several_times() -> None:
    fleet = SyntheticFleet(sync_delay=3.0)
    people = People(fleet)
    ids = [f"user-{number}" for number in range(5_000)]
    for now in (NOW, NOW + timedelta(seconds=30), NOW + timedelta(seconds=90)):
        let_in(people, fleet, ids[:3_000], now)
        let_in(people, fleet, ids[2_000:], now)
        expected: Counter[str] = Counter()
        for insider_id in ids:
            person = fleet.find(insider_id, now=now)
            if person is None:
                expected["user_not_found"] += 1
            elif not person.phones:
                expected[person.skipped[0] if person.skipped else "consent_denied"] += 1
        assert people.left_out() == expected
        assert len({insider_id for insider_id, _, _ in people}) + expected.total() == len(ids)


def test_the_random_properties_of_phones_follow_from_ids_also_of_people_who_were_removed() -> None:
    fleet = SyntheticFleet(sync_delay=3.0)
    people = People(fleet)
    ids = [f"user-{number}" for number in range(2_000)]
    let_in(people, fleet, ids, NOW)
    rows = list(people)
    assert max(Counter(insider_id for insider_id, _, _ in rows).values()) > 1
    people.remove(ids[:1_000])
    nth: Counter[str] = Counter()
    draws = people.draws()
    for insider_id, row, _ in rows:
        expected = for_phones(draws_of([insider_id]), np.array([nth[insider_id]], np.int32))
        assert draws[row] == expected[0]
        nth[insider_id] += 1
