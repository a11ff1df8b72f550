"""Campaigns end correctly in any order of calls, lost answers, crashes and commands, and with two owners."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import tempfile
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings as how
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import text

from live_activity.campaign.model import Campaign
from live_activity.core.settings import settings
from live_activity.engine.steering.actions import carry_out
from live_activity.engine.steering.send import ask
from live_activity.ledger import Database, EditionRequest, LostLease, Owned, open_edition, request_stop
from tests.examples import share_of
from tests.fake_vendor import BEGIN, FATES, LAST_SCORE, Killed, Run, Time, Vendor, status_of

# Many campaigns are played, which is slow on a busy machine.
pytestmark = pytest.mark.timeout(480)

PEOPLE = {f"u{number}" for number in range(5)}
ROWS = "".join(
    f"{BEGIN + timedelta(minutes=10 * score):%Y-%m-%dT%H:%M:%SZ},{event},Derby,so it stands,{score}\n"
    for score, event in enumerate(("start", *["update"] * (LAST_SCORE - 1), "end"))
)
# The steering commands that are sent, with their arguments.
COMMANDS: dict[str, dict[str, Any]] = {
    "freeze": {},
    "resume": {},
    "shift": {"minutes": 7},
    "end_now": {},
}
WHO = ("anna", "ben")
# Stops and ends are rare, or nothing else would be tested.
SELDOM = st.integers(0, 5)


class RecoveryInvariants(RuleBasedStateMachine):
    """Two runs, one campaign, one vendor: in any order of events the rules hold, and in the end it is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="recovery-"))
        self.loop = asyncio.new_event_loop()
        self.runs: dict[str, Run] = {}
        self.stopped_at: datetime | None = None
        self.starts_at_stop = 0
        self.most_to_show: float | None = None

    @initialize()
    def begin(self) -> None:
        (self.folder / "people.csv").write_text("insider_id\n" + "\n".join(sorted(PEOPLE)) + "\n")
        (self.folder / "rows.csv").write_text("at,event,title,message,score\n" + ROWS)
        self.monkeypatch = pytest.MonkeyPatch()
        self.monkeypatch.setenv("LIVE_ACTIVITY_STORAGE", str(self.folder / "segments"))
        settings.cache_clear()
        self.database = Database(f"sqlite:///{self.folder / 'ledger.db'}")
        self.time = Time()
        self.vendor = Vendor(self.database, self.time)
        self.campaign = Campaign.model_validate(
            {
                "name": "derby",
                "activity_type": "Match",
                "segment": str(self.folder / "people.csv"),
                "timeline": str(self.folder / "rows.csv"),
                "register_ahead_minutes": 5,
                "min_seconds_between_updates": 0,
            }
        )
        asked = EditionRequest("sandbox", "run", "derby", BEGIN, self.campaign.model_dump(mode="json"))
        self.record, _ = open_edition(self.database, asked, now=self.time.now())
        self.takes_over("anna")

    def takes_over(self, who: str) -> None:
        """A run tries to take the campaign; it is refused while another run has the lease."""
        if who in self.runs or status_of(self.database, self.record.id) != "running":
            return
        with contextlib.suppress(Owned):
            self.runs[who] = Run(self.database, self.record, self.campaign, self.vendor, self.time, who=who)
            self._limits(self.runs[who])

    @rule(who=st.sampled_from(WHO))
    def the_lease_runs_out_for(self, who: str) -> None:
        """The lease of the owner runs out and `who` takes over; the old owner may not know it yet."""
        self._runs_out()
        self.takes_over(who)

    @rule(who=st.sampled_from(WHO))
    def crashes(self, who: str) -> None:
        self._drop(who)

    @rule(who=st.sampled_from(WHO), fates=st.lists(st.sampled_from(FATES), min_size=1, max_size=4))
    def steps(self, who: str, fates: list[str]) -> None:
        for fate in fates:
            self._step(who, fate)

    @rule(who=st.sampled_from(WHO), steps=st.integers(1, 4), looks=st.booleans())
    def goes_on(self, who: str, steps: int, looks: bool) -> None:
        for _ in range(steps):
            self._step(who, "fine", looks=looks)

    @rule(turns=st.lists(st.sampled_from(WHO), min_size=6, max_size=14))
    def both_believe_that_they_own_it(self, turns: list[str]) -> None:
        for who in WHO:
            self.the_lease_runs_out_for(who)
        for who in turns:
            self._step(who, "fine")

    @rule(minutes=st.sampled_from([1, 4, 11]))
    def time_passes(self, minutes: int) -> None:
        self.time.moment += timedelta(minutes=minutes)

    @rule(action=st.sampled_from(sorted(COMMANDS)), who=st.sampled_from(WHO), really=SELDOM)
    def somebody_steers(self, action: str, who: str, really: int) -> None:
        """Records a command in the ledger, which `who` carries out if it owns the campaign."""
        if status_of(self.database, self.record.id) != "running" or (action == "end_now" and really):
            return
        self._does(ask(self.database, "derby", action, COMMANDS[action], wait_seconds=0))
        run = self.runs.get(who)
        if run is None:
            return
        try:
            for command in run.edition.ledger.commands(waiting=True):
                carry_out(run.edition, command)
        except LostLease:
            self._drop(who)

    @precondition(lambda self: self.stopped_at is None)
    @rule(really=SELDOM)
    def somebody_stops(self, really: int) -> None:
        """Writes a stop request, which needs no lease."""
        if really == 0 and status_of(self.database, self.record.id) == "running":
            request_stop(self.database, self.record.id, "cancelled", author="a test", at=self.time.now())
            self.stopped_at = self.time.now()

    @invariant()
    def nothing_leaves_unintended(self) -> None:
        assert not self._begun() or self.vendor.unintended == []

    @invariant()
    def nothing_starts_twice(self) -> None:
        if self._begun():
            assert self._starts() <= 1

    @invariant()
    def nothing_older_is_shown_than_what_was(self) -> None:
        for activity in self.vendor.activities.values() if self._begun() else ():
            assert activity.shown == sorted(activity.shown)

    @invariant()
    def nothing_starts_once_it_was_stopped(self) -> None:
        """Holds from the moment at which the run has seen the stop request."""
        if self.most_to_show is not None:
            assert self._starts() <= self.starts_at_stop
            shown = [score for each in self.vendor.activities.values() for score in each.shown]
            assert max(shown, default=-1) <= self.most_to_show

    @invariant()
    def whoever_started_has_everybody(self) -> None:
        for activity in self.vendor.activities.values() if self._begun() else ():
            assert not activity.started or activity.people == PEOPLE

    def teardown(self) -> None:
        """The last run brings the campaign to its end."""
        try:
            if self._begun():
                self._ends()
        finally:
            for who in WHO:
                self._drop(who)
            if self._begun():
                self.database.close()
                self.monkeypatch.undo()
                settings.cache_clear()
            self.loop.close()
            shutil.rmtree(self.folder)

    def _ends(self) -> None:
        for who in WHO:
            self._drop(who)
        self._runs_out()
        self.takes_over("anna")
        for _ in range(300):
            if "anna" in self.runs and any(
                each.state.frozen for each in self.runs["anna"].edition.activities
            ):
                self.time.moment += timedelta(minutes=1)
            self._step("anna", "fine")
        self.nothing_older_is_shown_than_what_was()
        self.nothing_leaves_unintended()
        assert status_of(self.database, self.record.id) != "running"
        for activity in self.vendor.activities.values():
            assert activity.started == activity.ended, "what was started is ended"
        with self.database.reading() as connection:
            statuses = set(connection.execute(text("SELECT status FROM la_activities")).scalars())
        reached = any(each.started for each in self.vendor.activities.values())
        allowed = {"ended", "cancelled", "expired"} | (set() if reached else {"failed"})
        assert statuses <= allowed, "the status does not say that it ended"
        if self.stopped_at is None and self._starts() and not self._ended_by_hand():
            assert (
                max(max(each.shown) for each in self.vendor.activities.values() if each.shown) == LAST_SCORE
            )

    def _runs_out(self) -> None:
        with self.database.writing() as connection:
            connection.execute(text("UPDATE la_editions SET lease_until = 0"))

    def _limits(self, run: Run) -> None:
        knows_of_stop = run.is_stopping and run.owns
        if self.stopped_at is not None and self.most_to_show is None and knows_of_stop:
            shown = [score for each in self.vendor.activities.values() for score in each.shown]
            self.most_to_show = max([run.due_at(self.stopped_at), *shown])
            self.starts_at_stop = self._starts()

    def _ended_by_hand(self) -> bool:
        with self.database.reading() as connection:
            commands = connection.execute(text("SELECT count(*) FROM la_commands WHERE action = 'end_now'"))
            return bool(commands.scalar_one())

    def _step(self, who: str, fate: str, *, looks: bool = True) -> None:
        who = who if who in self.runs else next(iter(self.runs), who)
        if who not in self.runs:
            self._runs_out()
            self.takes_over(who)
        run = self.runs.get(who)
        if run is None:
            return
        self.vendor.fate, self.vendor.meanwhile = fate, partial(self._overtakes, who)
        if looks:
            run.take_stop_request()
            self._limits(run)
        try:
            if not self._does(run.step()):
                self._drop(who)
        except (Killed, LostLease):
            self._drop(who)
        self.vendor.fate = "fine"

    async def _overtakes(self, who: str) -> None:
        """The lease runs out during a call of `who`, and the other run continues."""
        (other,) = set(WHO) - {who}
        self._drop(other)
        self._runs_out()
        self.takes_over(other)
        if (run := self.runs.get(other)) is not None:
            for _ in range(2):
                if not await run.step():
                    self._drop(other)
                    break

    def _drop(self, who: str) -> None:
        run = self.runs.pop(who, None)
        if run is not None:
            run.heartbeat.stop()

    def _does(self, doing: Any) -> Any:
        return self.loop.run_until_complete(doing)

    def _begun(self) -> bool:
        return hasattr(self, "vendor")

    def _starts(self) -> int:
        return sum(activity.started for activity in self.vendor.activities.values())


# `make soak` runs hundreds.
TestRecoveryInvariants = pytest.mark.many_examples(RecoveryInvariants.TestCase)
TestRecoveryInvariants.settings = how(max_examples=share_of(30), stateful_step_count=50)
