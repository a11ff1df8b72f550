"""Whose phones the sandbox knows: what a look-up of a person's profile finds."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

SKIPPED = (
    "push_permission_disabled",
    "unsupported_platform",
    "unsupported_os_version",
    "push_to_start_token_missing",
    "user_not_found",
)
"""The five counters of `skipped`, in the reference's order (/register)."""


@dataclass(frozen=True, slots=True)
class Phone:
    """A phone that can be registered. Phones that behave alike may be one object for many people.

    `udid` is None where it is made from the person's id; `sync_delay` is the seconds from a start to its
    per-activity token being synced, None when that never happens.
    """

    nth: int
    sync_delay: float | None
    udid: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Person:
    """A profile as the filters of /register leave it: each phone is in exactly one of the three.

    A phone with several problems is counted for the first one in this order: platform, OS version, push
    permission, consent, token. What the phone is comes first, then what its owner wants, then what the SDK
    has collected so far.
    """

    phones: tuple[Phone, ...] = ()
    skipped: tuple[str, ...] = ()
    denied: int = 0


class Fleet(Protocol):
    """Where profiles are looked up."""

    def find(self, insider_id: str, *, now: datetime) -> Person | None:
        """The person's profile at this moment, None when there is none."""
        ...

    def udid(self, insider_id: str, phone: Phone) -> str:
        """The udid of one of the person's phones."""
        ...

    def reset(self) -> None:
        """Forgets whom it has seen."""
        ...
