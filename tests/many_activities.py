"""A rehearsal of many activities without Prefect: the engine's loop, a sandbox in the process, virtual time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from live_activity.campaign.model import read_campaign
from live_activity.core.report import ActivityReport, Report
from live_activity.core.settings import settings
from live_activity.decision.state import Push
from live_activity.engine.build_report import report_of
from live_activity.engine.direct_calls import direct_calls
from live_activity.engine.play_campaign import play_activities
from live_activity.engine.run_request import RunRequest
from live_activity.engine.session import open_run
from live_activity.sandbox.synthetic_fleet import SyntheticFleet

NOON = datetime(2026, 7, 19, 12, tzinfo=UTC)


@dataclass
class Rehearsed:
    """The pushes in the order of the ledger, and the report."""

    report: Report
    pushes: list[tuple[str, Push]] = field(default_factory=list)

    def of(self, name: str) -> ActivityReport:
        return next(each for each in self.report.activities if " ".join(each.key.values()) == name)

    def sent(self, name: str) -> list[tuple[float, str, object]]:
        """Returns seconds since noon, kind and score of each push of one activity."""
        return [
            ((push.at - NOON).total_seconds(), push.kind.value, push.content.state.get("score"))
            for whose, push in self.pushes
            if whose == name
        ]

    def codes(self) -> set[str]:
        return {finding.code for finding in self.report.findings}


@contextmanager
def own_ledger(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("LIVE_ACTIVITY_DATABASE_URL", f"sqlite:///{folder / 'ledger.db'}")
    monkeypatch.setenv("LIVE_ACTIVITY_STORAGE", str(folder / "segments"))
    settings.cache_clear()
    try:
        yield
    finally:
        settings.cache_clear()


async def rehearse(
    folder: Path, people: dict[str, list[str]], rows: str, *, name: str = "many", **more: Any
) -> Rehearsed:
    """Rehearses rows `flight,at,event,score` for these people, by flight; `more` are further campaign keys."""
    lines = [f"{each},{flight}\n" for flight, those in people.items() for each in those]
    (folder / "people.csv").write_text("insider_id,flight\n" + "".join(lines), "utf-8")
    titled = ["".join(f"{line},Flight,news\n") for line in rows.strip().splitlines()]
    (folder / "rows.csv").write_text("flight,at,event,score,title,message\n" + "".join(titled), "utf-8")
    values = {
        "name": name,
        "activity_type": "Flight",
        "segment": str(folder / "people.csv"),
        "timeline": str(folder / "rows.csv"),
        "split_by": ["flight"],
        **more,
    }
    asked = read_campaign(values, where="test")
    async with open_run(RunRequest(asked, "rehearse")) as edition, direct_calls(edition) as calls:
        await calls.stage(edition)
        await play_activities(edition, calls)
        names = {each.number: str(each) for each in edition.activities}
        pushes = [(names[number], push) for number, push in edition.ledger.pushes()]
        return Rehearsed(report_of(edition), pushes)


def with_iphones(number: int) -> list[str]:
    """Returns so many ids of people with one iPhone that syncs 3 s after a start."""
    return _ids(number, lambda person: person is not None and [p.sync_delay for p in person.phones] == [3.0])


def without_profile(number: int) -> list[str]:
    """Returns so many ids that the vendor does not know."""
    return _ids(number, lambda person: person is None)


def _ids(number: int, wanted: Any) -> list[str]:
    fleet, tried = SyntheticFleet(sync_delay=3.0), 0
    found: list[str] = []
    while len(found) < number:
        tried += 1
        if wanted(fleet.find(f"p{tried}", now=NOON)):
            found.append(f"p{tried}")
    return found


def clock_time(seconds: float) -> str:
    return (NOON + timedelta(seconds=seconds)).isoformat()
