"""The people of one activity: who was added, and why others were left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from live_activity.sandbox.answers import Denial
from live_activity.sandbox.draws import Draws, draws_of, for_phones
from live_activity.sandbox.fleet import NO_PROFILE, SKIPPED, Fleet, Phone
from live_activity.sandbox.growing import Growing
from live_activity.sandbox.id_rows import IdRows


@dataclass(slots=True)
class Admission:
    """What one call of /register or /add-users found, counted for this call only."""

    added: int = 0
    refreshed: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    denials: list[Denial] = field(default_factory=list)

    @property
    def matched(self) -> int:
        """The number of phones that this call added, or that were in the activity before."""
        return self.added + self.refreshed

    def filtered(self) -> dict[str, Any]:
        """The keys `skipped` and, only if somebody refused consent, `gdpr_denied_details`."""
        body: dict[str, Any] = {"skipped": {name: self.skipped[name] for name in SKIPPED}}
        if self.denials:
            body["gdpr_denied_details"] = [
                {"insider_id": denial.insider_id, "devices_count": denial.devices_count}
                for denial in self.denials
            ]
        return body


class LookUp:
    """The profiles of one call's people, who are all different, looked up slice by slice.

    Whether they are in the activity already is looked up as well, and looked up again at the end if the activity's
    people have changed meanwhile.
    """

    def __init__(
        self, fleet: Fleet, insider_ids: list[str], *, now: datetime, people: People | None = None
    ) -> None:
        self.insider_ids = insider_ids
        self._fleet = fleet
        self._now = now
        self._found: list[tuple[NDArray[np.int32], Draws]] = []
        self._people = people
        self._version = people.version if people is not None else 0
        self._known: list[NDArray[np.bool_]] = []

    def slices(self, size: int) -> Iterator[None]:
        """Looks up `size` people at a time, and yields between two slices."""
        for first in range(0, len(self.insider_ids), size):
            if first:
                yield
            some = self.insider_ids[first : first + size]
            self._found.append(self._fleet.look_up(some, now=self._now))
            if self._people is not None:
                self._known.append(self._people.known(some))

    def known(self, people: People) -> NDArray[np.bool_]:
        """Which of them are in the activity already."""
        if people is self._people and people.version == self._version and self._known:
            return np.concatenate(self._known)
        return people.known(self.insider_ids)

    def found(self) -> tuple[NDArray[np.int32], Draws]:
        """The profile numbers and the draws of everybody."""
        if not self._found:
            return np.empty(0, np.int32), np.empty(0, np.uint64)
        numbers, draws = zip(*self._found, strict=True)
        return np.concatenate(numbers), np.concatenate(draws)


class People:
    """The registered phones of an activity, one row in a few arrays for each, and the first row of each person.

    A million people take some 50 MB. Rows of people who were removed stay, and are no longer `registered`.
    """

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self._rows = IdRows()
        self._own: dict[int, Phone] = {}
        self._profiles = Growing(np.int32)
        self._nth = Growing(np.int32)
        self._registered = Growing(np.bool_)
        # Everybody who was left out; the number is a profile number here, not a row.
        self._left_out = IdRows()
        self.count = 0
        self.version = 0

    def check(self, found: LookUp) -> Admission:
        """Counts what a look-up would add to this activity, without changing it."""
        numbers, _ = found.found()
        known = found.known(self)
        phones = self._fleet.profiles.phones()[numbers]
        admission = Admission(added=int(phones[~known].sum()), refreshed=int(phones[known].sum()))
        for number, people in _counted(numbers):
            if number < 0:
                admission.skipped["user_not_found"] += people
                continue
            person = self._fleet.profiles[number]
            for reason in person.skipped:
                admission.skipped[reason] += people
            if person.denied:
                admission.denials.extend(
                    Denial(insider_id=found.insider_ids[place], devices_count=person.denied)
                    for place in np.flatnonzero(numbers == number)
                )
        return admission

    def let_in(self, found: LookUp) -> None:
        """Registers the people that a look-up found, and records why others were left out."""
        ids = found.insider_ids
        numbers, _ = found.found()
        phones = self._fleet.profiles.phones()[numbers]
        fresh = np.flatnonzero(~found.known(self) & (phones > 0))
        self.version += 1
        counts = phones[fresh]
        first = len(self._profiles) + np.cumsum(counts) - counts
        names = [ids[place] for place in fresh.tolist()]
        self._rows.add(names, first)
        self._leave_out(ids, numbers, phones)
        total = int(counts.sum())
        nth = (np.arange(total) + len(self._profiles) - np.repeat(first, counts)).astype(np.int32)
        self._profiles.extend(np.repeat(numbers[fresh], counts))
        self._nth.extend(nth)
        self._registered.extend(np.ones(total, np.bool_))
        self.count += total

    def _leave_out(self, ids: list[str], numbers: NDArray[np.int32], phones: NDArray[np.int64]) -> None:
        """Records the profile numbers of people who have no phone, and removes those who have one now."""
        entries = numbers - NO_PROFILE
        known, none = self._left_out.rows_of(ids), phones == 0
        was_there = known >= 0
        stays = was_there & none & (known == entries)
        for place in np.flatnonzero(was_there & ~stays).tolist():
            self._left_out.pop(ids[place])
        new = np.flatnonzero(none & ~stays)
        self._left_out.add([ids[place] for place in new.tolist()], entries[new])

    def remove(self, insider_ids: Iterable[str]) -> int:
        """Removes those of the people who are in the activity. Returns how many phones they had."""
        removed = 0
        self.version += 1
        for insider_id in insider_ids:
            first = self._rows.pop(insider_id)
            if first is not None:
                phones = self._phones(first)
                self._registered.values[first : first + phones] = False
                removed += phones
        self.count -= removed
        return removed

    def put(self, insider_id: str, phone: Phone) -> None:
        """Adds one phone without a look-up."""
        row = len(self._profiles)
        self._rows.pop(insider_id)
        self._rows.add([insider_id], np.array([row]))
        self._own[row] = phone
        self._profiles.extend(np.array([-1], np.int32))
        self._nth.extend(np.array([phone.nth], np.int32))
        self._registered.extend(np.ones(1, np.bool_))
        self.count += 1

    def delays(self) -> NDArray[np.float64]:
        """Seconds from a start until each row's token is synced; infinity means never."""
        delays = self._fleet.profiles.delays(self._profiles.values, self._nth.values)
        for row, phone in self._own.items():
            delays[row] = np.inf if phone.sync_delay is None else round(phone.sync_delay, 6)
        return delays

    def draws(self) -> Draws:
        """The random draw of each row. They are not kept but made from the ids: few activities need them, and once."""
        draws = np.zeros(len(self._profiles), np.uint64)
        for insider_ids, firsts in self._rows.slices():
            draws[firsts] = draws_of(insider_ids)
        several = np.flatnonzero(self._nth.values)
        nth = self._nth.values[several]
        draws[several] = for_phones(draws[several - nth], nth)
        draws[[*self._own]] = 0
        return draws

    def registered(self) -> NDArray[np.bool_]:
        """Which rows belong to people who were not removed."""
        return self._registered.values

    def left_out(self) -> dict[str, int]:
        """People who have no phone in the activity, by the reason for it."""
        found: Counter[str] = Counter()
        for number, people in _counted(self._left_out.rows() + NO_PROFILE):
            person = self._fleet.profiles[number] if number >= 0 else None
            if person is None:
                found["user_not_found"] += people
            else:
                found[person.skipped[0] if person.skipped else "consent_denied"] += people
        return dict(found.most_common())

    def find(self, insider_id: str, udid: str) -> int | None:
        """The row of this person's registered phone with this udid; None if there is none."""
        return next((row for row, _, own in self.of(insider_id) if own == udid), None)

    def of(self, insider_id: str) -> Iterator[tuple[int, Phone, str]]:
        """This person's registered phones: row, phone and udid."""
        first = self._rows.get(insider_id)
        if first is not None:
            yield from self._from_row(insider_id, first)

    def __iter__(self) -> Iterator[tuple[str, int, str]]:
        """All registered phones in the order of registration: person, row and udid."""
        for insider_id, first in self._rows.items():
            for row, _, udid in self._from_row(insider_id, first):
                yield insider_id, row, udid

    def known(self, insider_ids: Sequence[str]) -> NDArray[np.bool_]:
        """Which of these people are in the activity already."""
        return self._rows.known(insider_ids)

    def _from_row(self, insider_id: str, first: int) -> Iterator[tuple[int, Phone, str]]:
        for row in range(first, first + self._phones(first)):
            phone = self._phone(row)
            yield row, phone, phone.udid or self._fleet.udid(insider_id, phone)

    def _phones(self, first: int) -> int:
        return (
            1 if first in self._own else len(self._fleet.profiles[int(self._profiles.values[first])].phones)
        )

    def _phone(self, row: int) -> Phone:
        if row in self._own:
            return self._own[row]
        return self._fleet.profiles[int(self._profiles.values[row])].phones[int(self._nth.values[row])]


def _counted(numbers: NDArray[np.int32]) -> Iterator[tuple[int, int]]:
    found, people = np.unique(numbers, return_counts=True)
    yield from zip(found.tolist(), people.tolist(), strict=True)
