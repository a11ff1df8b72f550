"""A fake vendor without a server, and runs that may own one campaign, for the stateful test of recovery."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from pydantic import SecretStr

from live_activity.api import ApiError, Client, RateLimiter
from live_activity.api.account import Account
from live_activity.campaign.inputs import read_inputs
from live_activity.campaign.model import Campaign
from live_activity.campaign.timeline_table import source_of
from live_activity.decision.next_step import (
    End,
    Enrol,
    Finished,
    MarkUnchanged,
    Refresh,
    Settle,
    Start,
    Update,
    Wait,
)
from live_activity.engine import lifecycle
from live_activity.engine.edition import Edition, Feed
from live_activity.engine.people_feed import stage_people
from live_activity.engine.recorded_calls import RecordedCalls
from live_activity.engine.restore import restore_activities
from live_activity.engine.session import finish
from live_activity.engine.steering.effects import apply_effect, recorded_effects
from live_activity.engine.timeline_feed import hand_out_rows
from live_activity.ledger import (
    Database,
    EditionLedger,
    EditionRecord,
    LeaseHeartbeat,
    LostLease,
    find_edition,
    take,
)
from live_activity.ledger.schema import batches, pushes
from live_activity.timeline import FirstSeen

BEGIN = datetime(2026, 7, 19, 19, 0, tzinfo=UTC)
LAST_SCORE = 8
FATES = (
    "fine",
    "fine",
    "fine",
    "answer lost",
    "never arrived",
    "busy",
    "killed before",
    "killed after",
    "overtaken",
)


class Killed(BaseException):
    """Stands for the death of the process in the middle of a call."""


class Time:
    """A clock that moves only when somebody waits on it or sets it."""

    def __init__(self) -> None:
        self.moment = BEGIN - timedelta(minutes=10)

    def now(self) -> datetime:
        return self.moment

    async def sleep_until(self, moment: datetime | None, wake: asyncio.Event | None = None) -> bool:
        if wake is not None and wake.is_set():
            return True
        if moment is not None:
            self.moment = max(self.moment, moment)
        return False

    def working(self) -> Any:
        return _Nothing()

    async def wait(self, *futures: asyncio.Future[Any], return_when: str = asyncio.ALL_COMPLETED) -> None:
        await asyncio.wait(futures, return_when=return_when)

    def when_idle(self, callback: Callable[[], None]) -> None:
        callback()


class _Nothing:
    def __enter__(self) -> None:
        return

    def __exit__(self, *_: object) -> None:
        return


@dataclass
class Registered:
    """One activity at the vendor; `shown` are the scores that phones were sent, in order."""

    people: set[str] = field(default_factory=set)
    started: bool = False
    ended: bool = False
    shown: list[float] = field(default_factory=list)


class Vendor:
    """The API's rules, in memory.

    `fate` is the outcome of the next call. `meanwhile` runs before the answer to a call that is overtaken.
    """

    def __init__(self, database: Database, time: Time) -> None:
        self.activities: dict[str, Registered] = {}
        self.fate = "fine"
        self.meanwhile: Callable[[], Awaitable[None]] = _nothing
        self.unintended: list[str] = []
        self.starts_after_end_due = 0
        self._store = database
        self._time = time

    async def answers(self, request: httpx.Request) -> httpx.Response:
        endpoint = request.url.path.rpartition("/")[2]
        self._look_for_the_intent(endpoint)
        fate, self.fate = self.fate, "fine"
        if fate == "killed before":
            raise Killed
        if fate == "never arrived":
            raise httpx.ReadError("reset")
        if fate == "busy":
            return httpx.Response(503)
        response = self._processed(endpoint, json.loads(request.content))
        if fate == "killed after":
            raise Killed
        if fate == "overtaken":
            await self.meanwhile()
        if fate == "answer lost":
            raise httpx.ReadError("reset")
        return response

    def _look_for_the_intent(self, endpoint: str) -> None:
        table, name = (pushes, "kind") if endpoint in ("start", "update", "end") else (batches, "endpoint")
        with self._store.reading() as connection:
            open_entries = [
                row._mapping[name]
                for row in connection.execute(table.select().where(table.c.outcome == "intended"))
            ]
        kinds = {"update": {"update", "repeat", "settle"}, "add-users": {"add_users"}}.get(
            endpoint, {endpoint}
        )
        if not kinds & set(open_entries):
            self.unintended.append(endpoint)

    def _processed(self, endpoint: str, body: dict[str, Any]) -> httpx.Response:
        if endpoint == "register":
            name = f"activity-{len(self.activities)}"
            self.activities[name] = Registered(set(body["insider_ids"]))
            return _good(activity_id=name, matched=len(body["insider_ids"]), added=len(body["insider_ids"]))
        activity = self.activities[body["activity_id"]]
        if activity.ended:
            return _bad(404, "NOT_FOUND")
        if endpoint in ("add-users", "start") and activity.started:
            return _bad(409, "ALREADY_STARTED")
        if endpoint == "add-users":
            activity.people.update(body["insider_ids"])
            return _good(activity_id=body["activity_id"], matched=len(body["insider_ids"]))
        if endpoint != "start" and not activity.started:
            return _bad(412, "PUSH_TOKEN_NOT_SYNCED")
        activity.shown.append(body["content"]["content_state"]["score"])
        activity.started = True
        activity.ended = endpoint == "end"
        return _good(sessions_triggered=len(activity.people), skipped_not_synced=0)


async def _nothing() -> None:
    return


def _good(**values: Any) -> httpx.Response:
    return httpx.Response(200, json={"status": "success", **values})


def _bad(status: int, code: str) -> httpx.Response:
    return httpx.Response(status, json={"error": "no", "code": code})


class Run:
    """One run that took the edition, with its state in memory; it makes one step at a time."""

    def __init__(
        self,
        database: Database,
        record: EditionRecord,
        campaign: Campaign,
        vendor: Vendor,
        time: Time,
        *,
        who: str,
    ) -> None:
        owner = {"host": who, "boot": "b", "space": "s", "pid": 1, "born": 1.0, "run": who}
        lease_token = take(database, record.id, owner=owner)
        ledger = EditionLedger(database, lease_token)
        self.heartbeat = LeaseHeartbeat(database, lease_token)
        inputs = read_inputs(campaign, now=record.created_at)
        account = Account("http://vendor", SecretStr("key"), requests_per_minute=0, batch_size=2)
        self.edition = Edition(
            campaign=campaign,
            mode="run",
            times=inputs.times,
            feed=Feed(
                timeline=inputs.timeline,
                source=inputs.source or source_of(campaign),
                first_seen_times=FirstSeen(),
                polled_at=time.now(),
                changed_at=time.now(),
            ),
            findings=(),
            clock=time,
            ledger=ledger,
            account=account,
        )
        self.edition.calls = RecordedCalls(
            Client(
                base_url=account.base_url,
                api_key=account.api_key,
                rate_limiter=RateLimiter.in_memory(0, time),
                clock=time,
                transport=httpx.MockTransport(vendor.answers),
            ),
            ledger=ledger,
            heartbeat=self.heartbeat,
            rate_limiter=RateLimiter.in_memory(0, time),
            clock=time,
            read_batch=lambda batch: self.edition.roster.read(batch) if self.edition.roster else [],
        )
        stage_people(self.edition)
        self.edition.activities = restore_activities(self.edition)
        hand_out_rows(self.edition)
        for effect in recorded_effects(self.edition):
            apply_effect(self.edition, effect)

    @property
    def is_stopping(self) -> bool:
        """Whether the run knows of a stop request."""
        return any(activity.stopping for activity in self.edition.activities)

    @property
    def owns(self) -> bool:
        """Whether this run still has the lease."""
        return self.edition.ledger.edition().lease_token == self.edition.ledger.lease_token.token

    def due_at(self, moment: datetime) -> float:
        """Returns the score of the newest row that was due by then; -1 if none was."""
        (activity,) = self.edition.activities
        rows = activity.schedule.rows[: activity.schedule.due_by(moment)]
        return float(str(rows[-1].row.content.state["score"])) if rows else -1

    def take_stop_request(self) -> None:
        """Looks for a stop request, as the engine does every second."""
        self.edition.take_stop_request()

    async def step(self) -> bool:
        """Carries out what `next_step` decides, with one call at most; returns False once the campaign is over.

        Raises `LostLease`, and `Killed` where the vendor's `fate` says so.
        """
        (activity,) = self.edition.activities
        calls = self.edition.calls
        try:
            match activity.next_step():
                case Finished() as over:
                    lifecycle.finished(self.edition, activity, over)
                    finish(self.edition)
                    return False
                case Enrol() if activity.activity_id is None and activity.people.open():
                    batch = activity.people.open()[0]
                    await calls.register(activity, batch, expires_at=self.edition.expiry_of(activity))
                case Enrol() if activity.people.open():
                    await calls.add_users(activity, activity.people.open()[0])
                case Enrol():
                    lifecycle.people_added(self.edition, activity)
                case Refresh():
                    lifecycle.tokens_refreshed(self.edition, activity)
                case MarkUnchanged() as note:
                    lifecycle.mark_unchanged(self.edition, activity, note)
                case Start():
                    await calls.start(activity)
                case Update():
                    await calls.update(activity)
                case Settle():
                    await calls.settle(activity)
                case End():
                    await calls.end(activity)
                case Wait(until=until):
                    await activity.wait(Wait(until))
        except ApiError:
            pass  # recorded; next_step decides what follows
        return True


def status_of(database: Database, edition_id: str) -> str:
    return find_edition(database, edition_id).status


__all__ = ["BEGIN", "FATES", "LAST_SCORE", "Killed", "LostLease", "Run", "Time", "Vendor", "status_of"]
