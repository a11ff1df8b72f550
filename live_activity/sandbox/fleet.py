"""The profiles of people and their phones, as a look-up finds them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from live_activity.sandbox.draws import Draws
from live_activity.sandbox.growing import empty

SKIPPED = (
    "push_permission_disabled",
    "unsupported_platform",
    "unsupported_os_version",
    "push_to_start_token_missing",
    "user_not_found",
)
"""The five counters of `skipped`, in the order of the API's answers."""

# How many phones are looked up at once.
_SLICE = 65_536

NO_PROFILE = -1
"""The profile number of an id that has no profile."""


@dataclass(frozen=True, slots=True)
class Phone:
    """A phone that can be registered. Phones that behave alike may share one object.

    `udid` is None if it is made from the person's id; `sync_delay` is the seconds from a start until its
    per-activity token is synced, None if that never happens.
    """

    nth: int
    sync_delay: float | None
    udid: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Person:
    """A profile after the filters of /register: each of its phones is counted in exactly one of the three fields.

    A phone with several problems is counted for the first one in this order: platform, OS version, push
    permission, consent, token. Properties of the phone come first, then the choices of its owner, then what the SDK
    has collected so far.
    """

    phones: tuple[Phone, ...] = ()
    skipped: tuple[str, ...] = ()
    denied: int = 0


class Profiles:
    """The different profiles of a fleet by number, and the properties that calls need as arrays.

    The arrays have one more entry at their end, so that `NO_PROFILE` finds nothing there.
    """

    def __init__(self) -> None:
        self._people: list[Person] = []
        self._arrays: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]] | None = None

    def add(self, person: Person) -> int:
        """Adds a profile. Returns its number."""
        self._people.append(person)
        self._arrays = None
        return len(self._people) - 1

    def __getitem__(self, number: int) -> Person:
        return self._people[number]

    def phones(self) -> NDArray[np.int64]:
        """The number of phones that can be registered, by profile."""
        return self._tables()[0]

    def delays(self, numbers: NDArray[np.int32], nth: NDArray[np.int32]) -> NDArray[np.float64]:
        """Seconds from a start until the tokens of these phones are synced; infinity means never."""
        _, first, delays = self._tables()
        found = empty(len(numbers), np.dtype(np.float64))
        for begin in range(0, len(numbers), _SLICE):  # intermediate arrays take as much memory again
            some = slice(begin, begin + _SLICE)
            found[some] = delays[first[numbers[some]] + nth[some]]
        return found

    def _tables(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
        if self._arrays is None:
            counts = np.array([len(person.phones) for person in self._people] + [0], dtype=np.int64)
            first = np.concatenate(([0], np.cumsum(counts)[:-1])).astype(np.int64)
            delays = [
                np.inf if phone.sync_delay is None else round(phone.sync_delay, 6)
                for person in self._people
                for phone in person.phones
            ]
            self._arrays = counts, first, np.array([*delays, np.inf])
        return self._arrays


class Fleet(Protocol):
    """Where profiles are looked up."""

    profiles: Profiles

    def look_up(self, insider_ids: Sequence[str], *, now: datetime) -> tuple[NDArray[np.int32], Draws]:
        """Each person's profile number at the time `now` (`NO_PROFILE` without one), and their random draw."""
        ...

    def find(self, insider_id: str, *, now: datetime) -> Person | None:
        """The person's profile at the time `now`; None if there is none."""
        ...

    def udid(self, insider_id: str, phone: Phone) -> str:
        """The udid of one of the person's phones."""
        ...

    def reset(self) -> None:
        """Forgets when ids were first seen."""
        ...
