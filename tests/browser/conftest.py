"""A real browser and the stack of `make up`; without Chromium the tests are skipped, or fail if they are required."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.prefect_uis import PrefectUi, V1Ui, V2Ui
from tests.browser.stack import Stack, stack

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
HEADINGS = "at,event,title,message,state.score\n"
LONG = "0s,start,Derby,kick-off,0\n5s,update,Derby,goal,1\n3h,end,Derby,it is over,2\n"
NO_BROWSER = "no Chromium here: the browser tests are left out (apt-get install chromium)"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if CHROMIUM is None:
        terminalreporter.write_line(NO_BROWSER)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        if os.environ.get("TESTS_BROWSER") == "required":
            pytest.fail(NO_BROWSER)
        pytest.skip(NO_BROWSER)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def up(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with stack(tmp_path_factory.mktemp("up")) as running:
        yield running


@pytest.fixture
def page(browser: Browser, up: Stack) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1280, "height": 1600})
    page.set_default_timeout(30_000)
    expect.set_options(timeout=30_000)
    yield page
    page.close()


@pytest.fixture
def phones(browser: Browser, up: Stack) -> Iterator[Page]:
    """The sandbox's page of phones in its own window, which refreshes itself; the newest activity comes first."""
    phones = browser.new_page(viewport={"width": 1280, "height": 900})
    phones.goto(f"{up.sandbox}/sandbox")
    yield phones
    phones.close()


@pytest.fixture(params=[V1Ui, V2Ui], ids=["v1", "v2"])
def ui(request: pytest.FixtureRequest, page: Page, up: Stack) -> PrefectUi:
    """One of the two UIs; each test that uses it runs in both."""
    made: PrefectUi = request.param(page, up)
    return made


@pytest.fixture
def tables(up: Stack) -> Path:
    (up.inputs / "fans.csv").write_text("insider_id\n" + "".join(f"fan-{n}\n" for n in range(50)))
    (up.inputs / "rows.csv").write_text(HEADINGS + LONG)
    (up.inputs / "other-rows.csv").write_text(HEADINGS + LONG.replace("goal,1", "penalty,4"))
    return up.inputs
