"""The desk in a real browser: a wrong score is corrected in three clicks, and axe finds no barrier."""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
import tarfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from live_activity.core.settings import settings
from live_activity.desk import DeskOptions, DeskServer
from live_activity.engine.edition import Edition
from live_activity.engine.steering.actions import carry_out
from live_activity.ledger import Database
from tests.campaign_harness import CampaignHarness, campaign_harness

WAIT_SECONDS = 60
ROWS = (
    "at,event,title,message,state.homeScore,state.awayScore\n"
    "0m,start,Kick-off,go,0,0\n20m,update,Goal,scored,2,0\n60m,end,Over,end,2,0\n"
)


class Evening:
    """A campaign in a thread of its own that is halted at minute 25, so that a test can look at it."""

    def __init__(self, harness: CampaignHarness) -> None:
        self._on = harness
        self.edition_id = ""
        self._there, self._go_on, self._corrected = (threading.Event() for _ in range(3))
        self._leave = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._play()), daemon=True)

    def __enter__(self) -> Evening:
        self._thread.start()
        assert self._there.wait(WAIT_SECONDS)
        return self

    def __exit__(self, *_: object) -> None:
        self._go_on.set()
        self._leave.set()
        self._thread.join(WAIT_SECONDS)

    def carries_out(self) -> None:
        """Has the campaign carry out the commands that it was sent."""
        self._go_on.set()
        assert self._corrected.wait(WAIT_SECONDS)

    async def _play(self) -> None:
        async def script(edition: Edition) -> None:
            await self._on.until(edition, 25)
            self.edition_id = edition.ledger.edition_id
            self._there.set()
            self._go_on.wait(WAIT_SECONDS)
            for command in edition.ledger.commands(waiting=True):
                carry_out(edition, command)
            await self._on.until(edition, 30)
            self._corrected.set()
            self._leave.wait(WAIT_SECONDS)

        await self._on.play(script)


@pytest.fixture
def harness(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CampaignHarness]:
    with campaign_harness(tmp_path, monkeypatch) as made:
        (made.folder / "rows.csv").write_text(ROWS)
        yield made


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1100, "height": 1000})
    page.set_default_timeout(15_000)
    yield page
    page.close()


def test_three_clicks_without_a_page_load_put_a_score_right(harness: CampaignHarness, page: Page) -> None:
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    with Evening(harness) as evening:
        database = Database(settings().database_url)
        with DeskServer(database, DeskOptions(wait_seconds=0.0)) as desk:
            page.goto(desk.sign_in_url)
            expect(page.locator("#connection")).to_have_text("live")
            loads: list[str] = []
            page.on("framenavigated", lambda frame: loads.append(frame.url))
            page.get_by_role("button", name="Correct derby").click()
            page.get_by_role("button", name="homeScore: one less").click()
            send = page.locator("[data-send]")
            expect(send).to_have_text(re.compile(r"^Send (Home 1-0|homeScore 1) to 25 phones, silently$"))
            send.click()
            expect(page.locator("#said")).to_contain_text("recorded")
            evening.carries_out()
            expect(page.locator(".by-hand")).to_contain_text("homeScore is set to 1")
            expect(page.get_by_role("button", name="Correct derby")).to_be_focused()
            assert loads == []
            assert errors == []
        expect(page.locator("#offline")).to_be_visible(timeout=20_000)
        expect(page.locator("main")).to_have_attribute("inert", "")
        database.close()


def test_nothing_is_outside_the_screen_of_a_phone(harness: CampaignHarness, page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 780})
    with Evening(harness) as evening:
        database = Database(settings().database_url)
        with DeskServer(database, DeskOptions(wait_seconds=0.0)) as desk:
            page.goto(desk.sign_in_url)
            for address in ("/", f"/campaigns/{evening.edition_id}"):
                page.goto(f"{desk.url}{address}")
                expect(page.locator("#connection")).to_have_text("live")
                page.get_by_role("button", name="Correct").first.click()
                expect(page.locator("#dialog")).to_be_visible()
                assert page.evaluate("document.documentElement.scrollWidth") <= 360, address
                box = page.locator("#dialog").bounding_box()
                assert box is not None
                assert box["x"] >= 0, address
                assert box["x"] + box["width"] <= 360, address
        database.close()


def test_axe_finds_nothing_serious(harness: CampaignHarness, page: Page, axe: str) -> None:
    with Evening(harness) as evening:
        database = Database(settings().database_url)
        with DeskServer(database, DeskOptions(wait_seconds=0.0)) as desk:
            page.goto(f"{desk.url}/sign-in")
            assert serious(page, axe) == []
            page.goto(desk.sign_in_url)
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme="light" if scheme == "light" else "dark")
                for address in ("/", f"/campaigns/{evening.edition_id}"):
                    page.goto(f"{desk.url}{address}")
                    expect(page.locator("#connection")).to_have_text("live")
                    assert serious(page, axe) == [], (scheme, address)
                    page.get_by_role("button", name="Correct").first.click()
                    expect(page.locator("#dialog")).to_be_visible()
                    assert serious(page, axe) == [], (scheme, address, "dialog")
                for address in ("/sandbox", "/docs"):
                    page.goto(f"{harness.server.base_url}{address}")
                    assert serious(page, axe) == [], (scheme, address)
        database.close()


def serious(page: Page, axe: str) -> list[str]:
    page.evaluate(axe)
    found = page.evaluate("async () => (await axe.run()).violations")
    return [
        f"{each['id']}: {each['nodes'][0]['html'][:200]}"
        for each in found
        if each["impact"] in ("serious", "critical")
    ]


@pytest.fixture(scope="session")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The source of axe-core, from npm if npm is installed."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("no npm here to fetch axe-core with")
    folder = tmp_path_factory.mktemp("axe")
    try:
        subprocess.run(
            [npm, "pack", "axe-core@4", "--silent"], cwd=folder, check=True, capture_output=True, timeout=60
        )
    except (subprocess.SubprocessError, OSError):
        pytest.skip("npm cannot fetch axe-core here")
    (archive,) = folder.glob("axe-core-*.tgz")
    with tarfile.open(archive) as packed:
        source = packed.extractfile("package/axe.min.js")
        assert source is not None
        return source.read().decode()
