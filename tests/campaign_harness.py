"""A campaign played to a sandbox in virtual time, without Prefect: `play_campaign` beside the script of a test."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from live_activity.campaign.model import Campaign
from live_activity.core.clock import Signal
from live_activity.core.events import Event, EventHandler
from live_activity.core.report import Report
from live_activity.core.settings import settings
from live_activity.core.virtual_clock import VirtualClock
from live_activity.engine.campaign_calls import CampaignCalls, OpenCalls
from live_activity.engine.direct_calls import direct_calls
from live_activity.engine.edition import Edition
from live_activity.engine.play_campaign import Host, play_campaign
from live_activity.engine.run_request import RunRequest
from live_activity.engine.session import open_run
from live_activity.engine.steering.actions import carry_out
from live_activity.engine.steering.listener import listen_for_commands
from live_activity.engine.steering.send import ask
from live_activity.ledger import Command, Database
from live_activity.sandbox import Decode, SandboxOptions, SandboxServer
from live_activity.sandbox.activity import Activity
from live_activity.sandbox.faults import Faults, parse_rules

PEOPLE = 25
ROWS = "0m,start,Derby,kick-off,0\n20m,update,Derby,goal,1\n40m,update,Derby,goal,2\n60m,end,Derby,over,3\n"
LAST_SCORE = 3

Script = Callable[[Edition], Awaitable[None]]


class Crash(BaseException):
    """Ends a run as if its process had been killed: nothing is closed or recorded."""


class Stop(BaseException):
    """Stops a run as a signal does: its tasks are cancelled where they wait."""


@dataclass(frozen=True)
class CampaignHarness:
    """One campaign, its ledger and its sandbox; all use one clock."""

    folder: Path
    clock: VirtualClock
    server: SandboxServer
    calls: OpenCalls = direct_calls
    event_handlers: list[EventHandler] = field(default_factory=list)

    def write(self, rows: str, name: str = "rows.csv") -> str:
        file = self.folder / name
        file.write_text("at,event,title,message,score\n" + rows)
        return str(file)

    def people(self, name: str, *ids: str) -> str:
        file = self.folder / name
        file.write_text("insider_id\n" + "".join(f"{each}\n" for each in ids))
        return str(file)

    def faults(self, *rules: Mapping[str, Any]) -> None:
        with self.server.sandbox.lock:
            self.server.sandbox.faults = Faults(parse_rules(list(rules)))

    def campaign(self, **keys: object) -> Campaign:
        asked = {
            "name": "derby",
            "activity_type": "Match",
            "segment": str(self.folder / "people.csv"),
            "timeline": str(self.folder / "rows.csv"),
            "approval": False,
            **keys,
        }
        return Campaign.model_validate(asked)

    def request(self, **keys: object) -> RunRequest:
        return RunRequest(self.campaign(**keys), "run", base=str(self.folder))

    @asynccontextmanager
    async def opened_only(self, **keys: object) -> AsyncIterator[Edition]:
        """Opens the edition, new or continued, with its people staged and earlier commands applied; plays nothing."""
        async with (
            open_run(self.request(**keys), event_handlers=self.event_handlers) as edition,
            self.calls(edition) as calls,
        ):
            await calls.stage(edition)
            async with listen_for_commands(edition):
                yield edition

    async def play(self, script: Script | None = None, **keys: object) -> dict[str, Any]:
        """Plays the campaign with `play_campaign` to its end beside a script; returns the report.

        The start is approved beforehand. The script begins once the people are staged. `Stop` cancels the run, which
        closes the campaign. Anything else that the script raises ends the run as if its process had been killed, and
        is raised.
        """
        beside = _Beside(script)
        host = Host(
            (*self.event_handlers, beside.take_report), (beside.companion,), beside.telling(self.calls)
        )
        request = replace(self.request(**keys), agreed="approved by the test")
        beside.run = asyncio.create_task(play_campaign(request, host))
        try:
            return (await beside.run).as_json()
        except asyncio.CancelledError:
            if not beside.stopped or beside.report is None:
                raise
            return beside.report.as_json()

    async def play_until_crash(self, script: Script, **keys: object) -> None:
        """Plays the campaign until the script raises `Crash`."""
        with contextlib.suppress(Crash):
            await self.play(script, **keys)
            raise AssertionError("it never crashed")

    async def steer(self, edition: Edition, action: str, **arguments: Any) -> str:
        """Sends a steering command and carries it out at once; returns the answer."""
        return carry_out(edition, await self.command(edition, action, **arguments))

    async def command(self, edition: Edition, action: str, **arguments: Any) -> Command:
        """Sends a steering command without carrying it out."""
        key = arguments.pop("key", None)
        await ask(edition.ledger.database, "derby", action, arguments, key=key, wait_seconds=0)
        (command,) = edition.ledger.commands(waiting=True)
        return command

    def at(self, edition: Edition, minutes: float) -> datetime:
        """Returns the moment so many minutes after the planned start."""
        return edition.times.starts_at + timedelta(minutes=minutes)

    async def until(self, edition: Edition, minutes: float) -> None:
        """Waits until a millisecond later than `at`, so that what is due at that moment is done first."""
        await self.clock.sleep_until(self.at(edition, minutes) + timedelta(milliseconds=1))

    async def real_time(self, work: Coroutine[Any, Any, Any]) -> None:
        """Waits for work in real time, while campaign time may pass."""
        await self.clock.wait(asyncio.ensure_future(work))

    def started(self) -> list[Activity]:
        """Returns the activities that were started, as the sandbox knows them."""
        with self.server.sandbox.lock:
            return [each for each in self.server.sandbox.activities() if each.started_at is not None]

    def scores(self, *kinds: str) -> list[int]:
        """Returns the scores that were pushed, in order; only by pushes of these kinds, if any are given."""
        (activity,) = self.started()
        return [
            int(sent.push.content.state["score"])
            for sent in activity.sent
            if not kinds or sent.push.kind in kinds
        ]

    def requests(self) -> dict[str, int]:
        with self.server.sandbox.lock:
            return dict(self.server.sandbox.call_log.requests())

    def database(self) -> contextlib.closing[Database]:
        return contextlib.closing(Database(settings().database_url))


class _Beside:
    """A script beside the run that plays a campaign."""

    def __init__(self, script: Script | None) -> None:
        self._script = script
        self._staged = Signal()
        self.run: asyncio.Task[Report] | None = None
        self.report: Report | None = None
        self.stopped = False

    def take_report(self, event: Event) -> None:
        if event.type == "reported":
            self.report = event.figures["report"]

    def telling(self, open_calls: OpenCalls) -> OpenCalls:
        """The same calls; the script begins when `stage` returns."""

        @asynccontextmanager
        async def opened(edition: Edition) -> AsyncIterator[CampaignCalls]:
            async with open_calls(edition) as calls:

                async def stage(edition: Edition) -> str:
                    line = await calls.stage(edition)
                    self._staged.set()
                    return line

                yield replace(calls, stage=stage)

        return opened

    @asynccontextmanager
    async def companion(self, edition: Edition) -> AsyncIterator[None]:
        """Runs the script; one that outlasts the campaign is waited for. Raises what the script raises."""
        running = asyncio.create_task(self._play(edition))
        try:
            yield
            await edition.clock.wait(running)
        finally:
            running.cancel()
            await asyncio.wait({running})
            if not running.cancelled():
                running.result()

    async def _play(self, edition: Edition) -> None:
        assert self.run is not None
        with edition.clock.working():
            await edition.clock.sleep_until(None, self._staged)
            try:
                if self._script is not None:
                    await self._script(edition)
            except asyncio.CancelledError:
                raise  # the run is over
            except Stop:
                self.stopped = True
                self.run.cancel()
            except BaseException:
                # A process that is killed records no stop, and closes nothing.
                patch.object(edition, "request_stop", side_effect=Crash).start()
                self.run.cancel()
                raise


@contextlib.contextmanager
def campaign_harness(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    slow_phones: int = 1,
    slow_seconds: int = 60,
    ledger: str | None = None,
    decode: Decode | None = None,
    more_phones: str = "",
) -> Iterator[CampaignHarness]:
    """Yields a campaign of 25 people in batches of 10; `slow_phones` of their phones sync after `slow_seconds`.

    `more_phones` are further lines of the fleet's file.
    """
    clock = VirtualClock(datetime.now(UTC))
    fleet = folder / "fleet.csv"
    fleet.write_text(
        "insider_id,udid,platform,os_version,push_enabled,gdpr,push_to_start_token,sync_delay\n"
        + "".join(
            f"u{n:03d},phone-{n},ios,18.1,true,,t{n},{slow_seconds if n < slow_phones else 2}\n"
            for n in range(PEOPLE + 5)
        )
        + more_phones
    )
    with SandboxServer(
        SandboxOptions(fleet=fleet, requests_per_minute=0, decode=decode), clock=clock
    ) as server:
        for name, value in {
            "BASE_URL": server.base_url,
            "API_KEY": "a-key",
            "DATABASE_URL": ledger or f"sqlite:///{folder / 'ledger.db'}",
            "STORAGE": str(folder / "segments"),
            "BATCH_SIZE": "10",
            "REQUESTS_PER_MINUTE": "0",
        }.items():
            monkeypatch.setenv(f"LIVE_ACTIVITY_{name}", value)
        monkeypatch.setattr("live_activity.engine.session.RealClock", lambda: clock)
        settings.cache_clear()
        made = CampaignHarness(folder, clock, server)
        made.write(ROWS)
        made.people("people.csv", *(f"u{n:03d}" for n in range(PEOPLE)))
        yield made
    settings.cache_clear()


def assert_played_to_its_end(
    harness: CampaignHarness, *, people: int = PEOPLE, last: int = LAST_SCORE, ordered: bool = True
) -> None:
    """Asserts one start with all people, content never older than before, the final content on all phones, one end."""
    (activity,) = harness.started()
    kinds = [sent.push.kind for sent in activity.sent]
    scores = harness.scores()
    assert kinds.count("start") == 1
    assert kinds.count("end") == 1
    assert kinds[-1] == "end"
    assert activity.people.count == people, "people are missing, or were added who should not be there"
    assert not ordered or scores == sorted(scores), "content older than what was shown already"
    assert scores[-1] == last
    for cohort in activity.cohorts():
        assert cohort.screen.final, "a phone lacks the final content"


async def until_requested(harness: CampaignHarness, endpoint: str) -> None:
    """Waits until the sandbox has had a request to the endpoint."""
    while not harness.requests()[endpoint]:  # noqa: ASYNC110  # a thread sets no event
        await asyncio.sleep(0.01)
