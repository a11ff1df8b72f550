"""The options of a sandbox."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_args

from live_activity.sandbox.cards import CardRenderer, PlainCards
from live_activity.sandbox.fleet_profile import FleetProfile

Words = Literal["optional", "required"]
"""Whether /update and /end need a title and a message. The vendor's page says yes in a table and no in its examples."""

Part = Literal["state", "attributes"]
Decode = Callable[[str, Part, object], str | None]
"""Returns why a phone's app cannot decode this part of a push for this activity type; None if it can."""


@dataclass(frozen=True, slots=True)
class SandboxOptions:
    """How the sandbox behaves; the defaults are the vendor's published numbers.

    `api_keys` are the accepted keys; without any, every key that is not empty is accepted. Three accepted keys play
    problems of an account: `no-partner` is answered 400 PARTNER_REQUIRED, `product-disabled` 403
    LIVE_ACTIVITY_DISABLED, `auth-down` 503 without a body.
    `fleet` is a CSV file of phones (`csv_fleet`); without one a hash of each id gives its phones (`synthetic_fleet`).
    `fleet_profile` says how phones behave (`fleet_profile`): a YAML file, or a profile that was read.
    `sync_delay` is in seconds of campaign time. `requests_per_minute` counts per key and endpoint; 0 is no limit.
    `words` says whether /update and /end need title and message. `faults` is a YAML file of rules (`faults`).
    `decode` says what phones cannot decode. `seed` makes activity ids the same in every sandbox, as rehearsals need;
    with None they come from the seed of the fleet profile, or are random. `cards` draws the cards at /sandbox.
    """

    api_keys: frozenset[str] = field(default=frozenset(), repr=False)
    fleet: Path | None = None
    fleet_profile: Path | FleetProfile | None = None
    sync_delay: float = 3.0
    requests_per_minute: int = 1000
    max_insider_ids: int = 10_000
    words: Words = "optional"
    faults: Path | None = None
    decode: Decode | None = field(default=None, repr=False)
    seed: int | None = None
    cards: CardRenderer = field(default_factory=PlainCards, repr=False)

    def __post_init__(self) -> None:
        if not all(key.isascii() and key.isprintable() and key == key.strip() != "" for key in self.api_keys):
            raise ValueError("one of api_keys is empty or has a character that no header can carry")
        if not 0 <= self.sync_delay <= 1e9:
            raise ValueError(f"sync_delay is {self.sync_delay}; it is seconds, 0 to 1e9")
        if self.requests_per_minute < 0:
            raise ValueError(
                f"requests_per_minute is {self.requests_per_minute}; it is 1 or more, or 0 for no limit"
            )
        if self.words not in get_args(Words):
            raise ValueError(f"words is {self.words!r}; it is one of {', '.join(get_args(Words))}")
        if self.max_insider_ids < 1:
            raise ValueError(f"max_insider_ids is {self.max_insider_ids}; it is 1 or more")
