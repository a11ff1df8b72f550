"""A fleet profile: which shares of the phones behave how, drawn from a seed (`--fleet-profile FILE.yaml`)."""

from __future__ import annotations

import math
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from live_activity.core.findings import Finding, InvalidInput
from live_activity.core.times import parse_time
from live_activity.core.validation_messages import validation_message
from live_activity.core.yaml_file import read_yaml

Span = tuple[float, float]
"""A range in seconds: the shortest and the longest time."""

_UTC = ZoneInfo("UTC")
_LONGEST = 7 * 86400.0
_SPELLING = "write seconds or a time such as 90s, 5m or 1h30m, or a range of two in brackets: [1m, 20m]"


def _seconds(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError(f"is not a time; {_SPELLING}")
    if isinstance(value, str):
        try:
            found = parse_time(value, zone=_UTC)
        except ValueError:
            raise ValueError(f"{value!r} is not a time; {_SPELLING}") from None
        if not isinstance(found, timedelta):
            raise ValueError(f"{value!r} is not a time; {_SPELLING}")
        return found.total_seconds()
    if not math.isfinite(value) or not 0 <= value <= _LONGEST:
        raise ValueError("must be between 0 seconds and 7 days")
    return float(value)


def _span(value: object) -> Any:
    if isinstance(value, list | tuple):
        if len(value) != 2:
            raise ValueError(f"a range has two ends; {_SPELLING}")
        first, last = _seconds(value[0]), _seconds(value[1])
        if first > last:
            raise ValueError("the range ends before it begins; swap its two times")
        return (first, last)
    return (_seconds(value),) * 2


Share = Annotated[float, Field(strict=True, ge=0, le=1)]
SpanField = Annotated[Span, BeforeValidator(_span)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SeveralDevices(_Part):
    """People with more than one iPhone: 2 to `most`, each number as likely."""

    share: Share
    most: Annotated[int, Field(strict=True, ge=2, le=20)] = 2


class JoinLate(_Part):
    """People whose push-to-start token comes a time `after` the sandbox first saw their id."""

    share: Share
    after: SpanField


class SyncLate(_Part):
    """Phones whose token is synced a time `after` the start, because the app is in the background."""

    share: Share
    after: SpanField


class ForceQuit(_Part):
    """Phones whose app was force-quit: they show the start, and sync once the app is `reopened` (null: never)."""

    share: Share
    reopened: SpanField | None = None


class OptOut(_Part):
    """Phones whose owner turns Live Activities off a time `after` the start: the card goes, Apple drops pushes."""

    share: Share
    after: SpanField


class NetworkLoss(_Part):
    """Phones that lose the network a time `after` the start; when it is back, the newest push that waited arrives.

    `lasts` is the length of the loss.
    """

    share: Share
    after: SpanField
    lasts: SpanField


class StartBudgetShares(_Part):
    """Phones take `per_hour` starts an hour over all activities (null: any); a share `refused` refuses each start."""

    per_hour: Annotated[int, Field(strict=True, ge=0, le=1_000_000)] | None = None
    refused: Share = 0.0


class Throttle(_Part):
    """Apple delivers `per_hour` pushes an hour to a phone's activity and drops the rest."""

    per_hour: Annotated[int, Field(strict=True, ge=1, le=1_000_000)]


class Reordered(_Part):
    """A share of the pushes arrives late, `late_by` some time, and overwrites what was sent in between."""

    share: Share
    late_by: SpanField


class FleetProfile(_Part):
    """Shares of people and phones, and how they behave. A key that is left out has the same effect as no profile.

    The first group of keys says who has which phones, the second when tokens are synced, the third what happens
    after the start. Each phone draws from `seed`, its id and the number of the activity.
    """

    seed: Annotated[int, Field(strict=True, ge=0, le=2**63)] = 0

    several_devices: SeveralDevices = SeveralDevices(share=0.03)
    android: Share = 0.025
    old_ios: Share = 0.02
    push_off: Share = 0.02
    join_late: JoinLate = JoinLate(share=0.005, after=(60.0, 60.0))
    token_never: Share = 0.005
    consent_denied: Share = 0.005
    unknown: Share = 0.01

    sync_delay: SpanField | None = None
    sync_late: SyncLate | None = None
    sync_never: Share | None = None

    force_quit: ForceQuit | None = None
    opt_out: OptOut | None = None
    network_loss: NetworkLoss | None = None
    start_budget: StartBudgetShares | None = None
    throttle: Throttle | None = None
    lost: Share = 0.0
    reordered: Reordered | None = None

    @model_validator(mode="after")
    def _fits(self) -> FleetProfile:
        total = sum(self.people().values())
        if total > 1 + 1e-9:
            raise ValueError(f"the shares of people add up to {total:.3f}; they are at most 1 together")
        return self

    def people(self) -> dict[str, float]:
        """The shares of people who have something else than one ordinary iPhone."""
        return {
            "several_devices": self.several_devices.share,
            "android": self.android,
            "old_ios": self.old_ios,
            "push_off": self.push_off,
            "join_late": self.join_late.share,
            "token_never": self.token_never,
            "denied": self.consent_denied,
            "unknown": self.unknown,
        }


OF_A_FLEET_FILE = (
    "several_devices",
    "android",
    "old_ios",
    "push_off",
    "join_late",
    "token_never",
    "consent_denied",
    "unknown",
    "sync_delay",
    "sync_late",
    "sync_never",
)
"""The keys that are refused beside a CSV file of phones, because the file has these properties itself."""


def read_fleet_profile(path: Path, *, with_fleet_file: bool = False) -> FleetProfile:
    """Reads the profile in a YAML file. Raises `InvalidInput` with every problem."""
    values = read_yaml(path, what="fleet profile")
    if with_fleet_file:
        both = [key for key in OF_A_FLEET_FILE if key in values]
        if both:
            raise InvalidInput(
                Finding.error(
                    "fleet_profile_invalid",
                    "the file of phones says this already; remove the key, or leave out --fleet",
                    where=path.name,
                    column=key,
                )
                for key in both
            )
    try:
        return FleetProfile.model_validate(values)
    except ValidationError as error:
        raise InvalidInput(_findings(error, path)) from None


def _findings(error: ValidationError, path: Path) -> list[Finding]:
    found = []
    for problem in error.errors(include_url=False):
        key = ".".join(str(part) for part in problem["loc"] if not str(part).startswith("function-")) or None
        if problem["type"] == "extra_forbidden":
            message = f"there is no such key; the keys are {', '.join(FleetProfile.model_fields)}"
        elif problem["type"] == "missing":
            message = "is missing; write it"
        else:
            message = validation_message(problem)
        found.append(Finding.error("fleet_profile_invalid", message, where=path.name, column=key))
    return found
