"""How fast the desk is with a campaign of 2,000 activities and 40,000 pushes.

    python -m benchmarks.desk [--activities 2000] [--pushes 20]

A browser opens the home page and the campaign's page (`first paint`). Then a push is recorded in the ledger, and
`event` is the time until the page shows it. Without Chromium the same requests are made without a browser. The line
`reading the campaign` gives the CPU time of one answer.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from playwright.sync_api import Page, expect, sync_playwright
from sqlalchemy import insert

from live_activity.core.content import Content
from live_activity.decision.state import Kind, Outcome, Push
from live_activity.desk import DeskOptions, DeskServer
from live_activity.desk.data import DeskData
from live_activity.desk.history import history
from live_activity.ledger import (
    ActivityRecord,
    Database,
    EditionLedger,
    EditionRequest,
    PushAnswer,
    open_edition,
    take,
    this_process,
)
from live_activity.ledger.schema import pushes

TYPE = "MatchActivityAttributes"
MOST_SECONDS = 1.0


def main() -> int:
    """Measures and prints the results. Returns 1 if a time is over its limit."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--activities", type=int, default=2000)
    parser.add_argument("--pushes", type=int, default=20)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'ledger.db'}")
        ledger = fill(database, options.activities, options.pushes)
        with DeskServer(database, DeskOptions()) as desk:
            cpu = cpu_of(lambda: read(database, ledger.edition_id))
            found = in_browser(desk, ledger) if CHROMIUM else without_browser(desk, ledger.edition_id)
        database.close()
    sys.stdout.write(f"reading the campaign: {cpu:.2f} s of a core\n")
    for name, seconds in found.items():
        sys.stdout.write(f"{name}: {seconds:.2f} s (at most {MOST_SECONDS:g})\n")
    return int(max(found.values()) > MOST_SECONDS)


CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def fill(database: Database, activities: int, each: int) -> EditionLedger:
    """Writes a running campaign to the ledger, with so many activities and so many pushes of each."""
    now = datetime.now(UTC)
    asked = EditionRequest("sandbox", "run", "evening", now, {"name": "evening", "activity_type": TYPE})
    edition, _ = open_edition(database, asked, now=now)
    ledger = EditionLedger(database, take(database, edition.id, owner=this_process()))
    ledger.add_activities(
        [
            ActivityRecord(
                number=number,
                key={"match": f"m{number:04d}"},
                activity_type=TYPE,
                activity_id=None,
                expires_at=now + timedelta(hours=9),
                planned_start=now,
                refreshed=False,
                status="registered",
                why=None,
            )
            for number in range(activities)
        ]
    )
    rows = [
        {
            "edition_id": edition.id,
            "number": number,
            "kind": "update" if count else "start",
            "content": {
                "content_state": {
                    "homeScore": count,
                    "awayScore": 0,
                    "minute": count,
                    "period": "first_half",
                },
                **({} if count else {"attributes": {"homeTeam": f"Home {number}", "awayTeam": "Away"}}),
            },
            "passed": 0,
            "words": not count,
            "intended_at": now,
            "sent_at": now,
            "recorded_late": False,
            "outcome": "done",
            "triggered": 480,
            "unsynced": 3,
            "place_number": count + 1,
            "place_due": now,
        }
        for count in range(each)
        for number in range(activities)
    ]
    with database.writing() as connection:
        connection.execute(insert(pushes), rows)
    return ledger


def cpu_of(work: Callable[[], None], times: int = 3) -> float:
    """Returns the CPU time that `work` takes, the least of several times."""
    found = []
    for _ in range(times):
        before = time.thread_time()
        work()
        found.append(time.thread_time() - before)
    return min(found)


def read(database: Database, edition_id: str) -> None:
    """Reads what the campaign's page reads."""
    view = DeskData(database).view(edition_id)
    assert view.handed
    assert history(database, view)


def goal(ledger: EditionLedger, number: int) -> None:
    """Records a push that the page has to show."""
    content = Content(
        "Goal", "goal", {"homeScore": 777, "awayScore": 0, "minute": 50, "period": "first_half"}
    )
    push = Push(Kind.UPDATE, content, datetime.now(UTC), Outcome.DONE, triggered=480, unsynced=0)
    entry = ledger.intend_push(number, push)
    now = datetime.now(UTC)
    ledger.answer_push(entry, PushAnswer(push, at=now, status=200, sent_at=now))


def in_browser(desk: DeskServer, ledger: EditionLedger) -> dict[str, float]:
    """Seconds until the first paint of both pages, and from a push until the page shows it."""
    found: dict[str, float] = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(desk.sign_in_url)
        for name, path in (("home", "/"), ("campaign", f"/campaigns/{ledger.edition_id}")):
            page.goto(f"{desk.url}{path}")
            found[f"first paint, {name}"] = first_paint(page)
        expect(page.locator("#connection")).to_have_text("live")
        page.wait_for_timeout(1500)
        pushed = threading.Thread(target=goal, args=(ledger, 0))
        began = time.perf_counter()
        pushed.start()
        page.get_by_text("777").first.wait_for()
        found["event on the campaign's page"] = time.perf_counter() - began
        pushed.join()
        browser.close()
    return found


def first_paint(page: Page) -> float:
    """Seconds from the navigation to the first contentful paint."""
    for _ in range(100):
        entries = page.evaluate(
            "performance.getEntriesByName('first-contentful-paint').map((e) => e.startTime)"
        )
        if entries:
            return float(entries[0]) / 1000
        page.wait_for_timeout(20)
    raise AssertionError("nothing was painted")


def without_browser(desk: DeskServer, edition_id: str) -> dict[str, float]:
    """Seconds that the answers take."""
    found = {}
    with httpx.Client(base_url=desk.url, follow_redirects=True, trust_env=False, timeout=60) as client:
        client.get(desk.sign_in_url).raise_for_status()
        for name, path in (("home", "/"), ("campaign", f"/campaigns/{edition_id}")):
            began = time.perf_counter()
            client.get(path, headers={"accept": "text/html"}).raise_for_status()
            found[f"answer, {name}"] = time.perf_counter() - began
    return found


if __name__ == "__main__":
    sys.exit(main())
