"""A fleet for any ids: each id's phones follow from a hash of it, the same every time and in any batch."""

from __future__ import annotations

import uuid
from bisect import bisect_right
from datetime import datetime, timedelta
from hashlib import blake2b
from itertools import accumulate

from live_activity.sandbox.fleet import Person, Phone

LATE_SECONDS = 20.0
"""How much longer than the others a phone in the background takes to sync."""

TOKEN_AFTER = timedelta(seconds=60)
"""A fresh install's push-to-start token is there so long after the sandbox first saw the id."""

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
_BOUNDS = tuple(accumulate(_SHARES.values()))
_NEVER, _LATE = 2, 42


class SyntheticFleet:
    """Everybody there could be.

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
        self._delays = (None, sync_delay + LATE_SECONDS, sync_delay)
        self._profiles: dict[tuple[int, ...], Person] = {}
        self._others: dict[str, Person | None] = {
            "android": Person(skipped=("unsupported_platform",)),
            "old_ios": Person(skipped=("unsupported_os_version",)),
            "push_off": Person(skipped=("push_permission_disabled",)),
            "token_never": Person(skipped=("push_to_start_token_missing",)),
            "denied": Person(denied=1),
            "unknown": None,
        }
        self._first_seen: dict[str, datetime] = {}

    def find(self, insider_id: str, *, now: datetime) -> Person | None:
        """The person's profile: two ids of one kind share one object."""
        drawn = int.from_bytes(_digest(insider_id, "", size=8), "big")
        drawn, place = divmod(drawn, 10_000)
        kind = _KINDS[bisect_right(_BOUNDS, place)]
        if kind == "two_iphones":
            return self._iphones(drawn % 1000, drawn // 1000 % 1000)
        if kind == "one_iphone":
            return self._iphones(drawn % 1000)
        if kind == "token_late":
            first = self._first_seen.setdefault(insider_id, now)
            return self._iphones(drawn % 1000) if now - first >= TOKEN_AFTER else self._others["token_never"]
        return self._others[kind]

    def udid(self, insider_id: str, phone: Phone) -> str:
        """A made-up udid in the form of Apple's identifiers."""
        return str(uuid.UUID(bytes=_digest(insider_id, str(phone.nth), size=16))).upper()

    def reset(self) -> None:
        """Forgets when ids were first seen: late tokens are late again."""
        self._first_seen.clear()

    def _iphones(self, *draws: int) -> Person:
        classes = tuple(0 if draw < _NEVER else 1 if draw < _LATE else 2 for draw in draws)
        person = self._profiles.get(classes)
        if person is None:
            phones = tuple(Phone(nth=nth, sync_delay=self._delays[kind]) for nth, kind in enumerate(classes))
            person = self._profiles[classes] = Person(phones=phones)
        return person


def _digest(insider_id: str, purpose: str, *, size: int) -> bytes:
    # A lone surrogate is legal in JSON text.
    text = insider_id.encode("utf-8", "surrogatepass")
    return blake2b(text, digest_size=size, person=purpose.encode()).digest()
