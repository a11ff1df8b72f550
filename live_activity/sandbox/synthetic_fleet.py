"""A fleet for any ids: a hash of each id gives its phones, the same every time and in any batch."""

from __future__ import annotations

import uuid
from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from live_activity.sandbox.draws import Draws, digest, draws_of, uniform
from live_activity.sandbox.fleet import NO_PROFILE, Person, Phone, Profiles
from live_activity.sandbox.fleet_profile import FleetProfile

LATE_SECONDS = 20.0
"""How much longer a phone in the background takes to sync than others."""

TOKEN_AFTER = timedelta(seconds=60)
"""How long after the sandbox first saw an id the push-to-start token of a fresh install is there."""

_SHARES = {
    "one_iphone": 8800,
    "two_iphones": 300,
    "android": 250,
    "old_ios": 200,
    "push_off": 200,
    "token_late": 50,
    "token_never": 50,
    "denied": 50,
    "unknown": 100,
}
_KINDS = tuple(_SHARES)
_BOUNDS = np.array(tuple(accumulate(_SHARES.values())))
_ONE, _TWO, _TOKEN_LATE, _UNKNOWN = (
    _KINDS.index(kind) for kind in ("one_iphone", "two_iphones", "token_late", "unknown")
)
_NEVER, _LATE = 2, 42
_PROBLEMS = {
    "android": Person(skipped=("unsupported_platform",)),
    "old_ios": Person(skipped=("unsupported_os_version",)),
    "push_off": Person(skipped=("push_permission_disabled",)),
    "token_never": Person(skipped=("push_to_start_token_missing",)),
    "denied": Person(denied=1),
}


class _MadeUpFleet(ABC):
    """A fleet without a file: ids of one kind share one profile."""

    def __init__(self) -> None:
        self.profiles = Profiles()
        self._first_seen: dict[str, datetime] = {}

    @abstractmethod
    def look_up(self, insider_ids: Sequence[str], *, now: datetime) -> tuple[NDArray[np.int32], Draws]:
        """Each person's profile number and draw."""

    def find(self, insider_id: str, *, now: datetime) -> Person | None:
        """The person's profile."""
        number = int(self.look_up([insider_id], now=now)[0][0])
        return self.profiles[number] if number != NO_PROFILE else None

    def udid(self, insider_id: str, phone: Phone) -> str:
        """A made-up udid in the form of Apple's identifiers."""
        return udid_of(insider_id, phone)

    def reset(self) -> None:
        """Forgets when ids were first seen: late tokens are late again."""
        self._first_seen.clear()


class SyntheticFleet(_MadeUpFleet):
    """Phones for every possible id.

    | share of ids | has | /register counts |
    |---|---|---|
    | 88 % | one iPhone | matched 1 |
    | 3 % | two iPhones | matched 2 |
    | 2.5 % | an Android phone | unsupported_platform |
    | 2 % | an iPhone below iOS 17.2 | unsupported_os_version |
    | 2 % | an iPhone without push permission | push_permission_disabled |
    | 0.5 % | an iPhone whose token comes 60 s after the id is first seen | push_to_start_token_missing, then matched |
    | 0.5 % | an iPhone whose token never comes | push_to_start_token_missing |
    | 0.5 % | an iPhone, and refuses consent | gdpr_denied_details |
    | 1 % | no profile | user_not_found |

    Of the iPhones that can be registered 95.8 % sync `sync_delay` seconds after a start, 4 % are in the background
    and sync 20 s later, and 0.2 % never do.
    """

    def __init__(self, *, sync_delay: float) -> None:
        super().__init__()
        delays = (None, sync_delay + LATE_SECONDS, sync_delay)
        # Profiles with one iPhone of each delay class, with two of each pair of classes, then those with a problem.
        for classes in [*((one,) for one in range(3)), *((one, two) for one in range(3) for two in range(3))]:
            phones = tuple(Phone(nth=nth, sync_delay=delays[each]) for nth, each in enumerate(classes))
            self.profiles.add(Person(phones=phones))
        problems = {kind: self.profiles.add(person) for kind, person in _PROBLEMS.items()}
        self._token_missing = problems["token_never"]
        self._by_kind = np.array([problems.get(kind, NO_PROFILE) for kind in _KINDS], np.int32)

    def look_up(self, insider_ids: Sequence[str], *, now: datetime) -> tuple[NDArray[np.int32], Draws]:
        draws = draws_of(insider_ids)
        rest, place = draws // np.uint64(10_000), (draws % np.uint64(10_000)).astype(np.int64)
        kinds = np.searchsorted(_BOUNDS, place, side="right")
        first, second = _delay_class(rest), _delay_class(rest // np.uint64(1000))
        numbers = self._by_kind[kinds]
        one, two, late = kinds == _ONE, kinds == _TWO, kinds == _TOKEN_LATE
        numbers[one | late] = first[one | late]
        numbers[two] = 3 + 3 * first[two] + second[two]
        for place_of_late in np.flatnonzero(late).tolist():
            seen = self._first_seen.setdefault(insider_ids[place_of_late], now)
            if now - seen < TOKEN_AFTER:
                numbers[place_of_late] = self._token_missing
        return numbers, draws


class ProfiledFleet(_MadeUpFleet):
    """Phones for every possible id, in the shares of a fleet profile."""

    def __init__(self, profile: FleetProfile, *, sync_delay: float) -> None:
        super().__init__()
        self._profile = profile
        delays = (None, sync_delay + LATE_SECONDS, sync_delay)
        # For each number of phones, one profile for each delay class, which all phones of a person share.
        for phones in range(1, profile.several_devices.most + 1):
            for delay in delays:
                person = Person(phones=tuple(Phone(nth=nth, sync_delay=delay) for nth in range(phones)))
                self.profiles.add(person)
        self._problems = {kind: self.profiles.add(person) for kind, person in _PROBLEMS.items()}
        shares = profile.people()
        self._kinds = tuple(shares)
        self._bounds = np.cumsum(np.array(list(shares.values())))

    def look_up(self, insider_ids: Sequence[str], *, now: datetime) -> tuple[NDArray[np.int32], Draws]:
        seed, draws = self._profile.seed, draws_of(insider_ids)
        kinds = np.searchsorted(self._bounds, uniform(draws, seed, "kind"), side="right")
        numbers = _delay_class((uniform(draws, seed, "delay") * 1000).astype(np.uint64)).astype(np.int32)
        for kind, name in enumerate(self._kinds):
            places = kinds == kind
            if name == "several_devices":
                most = self._profile.several_devices.most
                phones = 1 + (uniform(draws, seed, "phones") * (most - 1)).astype(np.int32)
                numbers[places] += 3 * phones[places]
            elif name == "join_late":
                self._join_late(insider_ids, draws, np.flatnonzero(places), numbers, now)
            else:
                numbers[places] = self._problems.get(name, NO_PROFILE)
        return numbers, draws

    def _join_late(
        self,
        insider_ids: Sequence[str],
        draws: Draws,
        places: NDArray[np.intp],
        numbers: NDArray[np.int32],
        now: datetime,
    ) -> None:
        first, last = self._profile.join_late.after
        waits = first + (last - first) * uniform(draws[places], self._profile.seed, "join_late")
        for place, wait in zip(places.tolist(), waits.tolist(), strict=True):
            seen = self._first_seen.setdefault(insider_ids[place], now)
            if (now - seen).total_seconds() < wait:
                numbers[place] = self._problems["token_never"]


def udid_of(insider_id: str, phone: Phone) -> str:
    """The udid of a phone that no file has."""
    return str(uuid.UUID(bytes=digest(insider_id, str(phone.nth), size=16))).upper()


def _delay_class(draws: NDArray[np.uint64]) -> NDArray[np.int32]:
    """The delay class of each draw: 0 never syncs, 1 syncs late, 2 is the ordinary delay."""
    drawn = draws % np.uint64(1000)
    return (drawn >= _NEVER).astype(np.int32) + (drawn >= _LATE)
