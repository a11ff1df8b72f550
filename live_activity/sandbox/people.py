"""The people of one activity: whom a call let in, and why it left others out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from live_activity.sandbox.answers import Denial
from live_activity.sandbox.fleet import SKIPPED, Fleet, Phone


@dataclass(slots=True)
class Admission:
    """What one call of /register or /add-users found, counted for this call only."""

    added: int = 0
    refreshed: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    denials: list[Denial] = field(default_factory=list)
    fresh: dict[str, tuple[Phone, ...]] = field(default_factory=dict, repr=False)

    @property
    def matched(self) -> int:
        """Phones that the activity has now because of this call, or had already."""
        return self.added + self.refreshed

    def filtered(self) -> dict[str, Any]:
        """`skipped`, and `gdpr_denied_details` only when somebody refused (reference, /register)."""
        body: dict[str, Any] = {"skipped": {name: self.skipped[name] for name in SKIPPED}}
        if self.denials:
            body["gdpr_denied_details"] = [
                {"insider_id": denial.insider_id, "devices_count": denial.devices_count}
                for denial in self.denials
            ]
        return body


class People:
    """The registered phones of an activity, by person.

    A million ids cost a dictionary entry each: the tuples of phones are shared between people alike.
    """

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self._phones: dict[str, tuple[Phone, ...]] = {}
        self.count = 0

    def look_up(self, insider_ids: Iterable[str], *, now: datetime) -> Admission:
        """Looks everybody up, once however often an id stands in the call, and changes nothing yet."""
        admission = Admission()
        for insider_id in dict.fromkeys(insider_ids):
            person = self._fleet.find(insider_id, now=now)
            if person is None:
                admission.skipped["user_not_found"] += 1
                continue
            if person.skipped:
                admission.skipped.update(person.skipped)
            if person.denied:
                admission.denials.append(Denial(insider_id=insider_id, devices_count=person.denied))
            if person.phones:
                known = len(self._phones.get(insider_id, ()))
                admission.refreshed += known
                admission.added += len(person.phones) - known
                if known != len(person.phones):
                    admission.fresh[insider_id] = person.phones
        return admission

    def let_in(self, admission: Admission) -> None:
        """Registers those whom a look-up found."""
        self._phones.update(admission.fresh)
        self.count += admission.added

    def remove(self, insider_ids: Iterable[str]) -> int:
        """Takes people out, whoever of them is in, and tells how many phones that were."""
        removed = sum(len(self._phones.pop(insider_id, ())) for insider_id in insider_ids)
        self.count -= removed
        return removed

    def put(self, insider_id: str, phone: Phone) -> None:
        """Enters one phone without a look-up."""
        self._phones[insider_id] = (phone,)
        self.count += 1

    def delays(self) -> Counter[float | None]:
        """How many phones sync after how many seconds."""
        alike = Counter(self._phones.values())
        delays: Counter[float | None] = Counter()
        for phones, people in alike.items():
            for phone in phones:
                delays[phone.sync_delay] += people
        return delays

    def find(self, insider_id: str, udid: str) -> Phone | None:
        """The registered phone of this person with this udid."""
        for phone in self._phones.get(insider_id, ()):
            if self.udid(insider_id, phone) == udid:
                return phone
        return None

    def udid(self, insider_id: str, phone: Phone) -> str:
        """The phone's udid: its own, or the fleet's."""
        return phone.udid or self._fleet.udid(insider_id, phone)

    def __iter__(self) -> Iterator[tuple[str, Phone]]:
        for insider_id, phones in self._phones.items():
            for phone in phones:
                yield insider_id, phone
