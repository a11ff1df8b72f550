"""A rehearsal: a sandbox and a clock of its own. Nobody receives anything."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import SecretStr

from live_activity.api.account import Account
from live_activity.campaign.planning import Times
from live_activity.contract import Contract
from live_activity.core.clock import Clock, ScaledClock
from live_activity.core.report import PhonesReport
from live_activity.core.virtual_clock import VirtualClock

if TYPE_CHECKING:
    from live_activity.sandbox import SandboxServer

# Two rehearsals of one campaign give the same result, down to the activities' ids.
SEED = 1


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What a rehearsal needs: its clock, the account that leads to the sandbox, and the sandbox with its phones."""

    clock: Clock
    account: Account
    server: SandboxServer

    def opened_by_a_phone(self, activity_type: str) -> str:
        """Simulates a phone that opens an activity itself; returns the activity's id."""
        from live_activity.sandbox.content import Content

        nothing = Content(state={}, attributes=None)
        return self.server.sandbox.device_started(
            activity_type=activity_type, insider_id=None, udid=None, content=nothing
        )

    def phones(self, activity_ids: list[str]) -> PhonesReport:
        """What the phones of these activities show now."""
        counts = self.server.phones(activity_ids)
        return PhonesReport(reached=counts.reached, showing_final=counts.showing_final, stuck=counts.stuck)


def clock_for(times: Times, *, speed: float | None) -> Clock:
    """A clock that begins when people are registered, so that a recorded match is rehearsed at its own date."""
    if speed is not None:
        return ScaledClock(times.registers_at, speed=speed)
    return VirtualClock(times.registers_at)


@contextlib.contextmanager
def rehearsal(clock: Clock, *, batch_size: int, contract: Contract | None = None) -> Iterator[Rehearsal]:
    """A sandbox on a free loopback port, for as long as the block lasts; its phones decode by the contract."""
    # Only a rehearsal needs the sandbox, whose web server takes a while to import.
    from live_activity.engine.phone_decoding import decoding
    from live_activity.sandbox import SandboxOptions, SandboxServer

    options = SandboxOptions(
        requests_per_minute=0, seed=SEED, decode=decoding([contract]) if contract is not None else None
    )
    with SandboxServer(options, clock=clock) as server:
        account = Account(
            base_url=server.base_url,
            api_key=SecretStr("rehearsal"),
            requests_per_minute=0,
            batch_size=batch_size,
        )
        yield Rehearsal(clock, account, server)
