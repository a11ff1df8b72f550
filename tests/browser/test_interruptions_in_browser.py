"""What somebody does in the UI to a running campaign, or what kills its run, and what the run pages say of it."""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from live_activity.prefect_integration.run_state import NO_PAUSE
from tests.browser.prefect_uis import V1Ui, V2Ui, open_approved, open_page_of, reaches
from tests.browser.stack import Stack, until

# A stack of real programs on two busy cores.
pytestmark = pytest.mark.timeout(600)


def confirm(page: Page, button: str, *, within: float = 30_000) -> None:
    page.get_by_role("button", name=button).first.click(timeout=within)
    page.get_by_role("dialog").get_by_role("button", name="Submit").click(timeout=within)


def follow(page: Page, up: Stack, line: str, run_id: str) -> None:
    """Clicks the link to another run in a line of the log; a page that is open shows new lines later."""
    link = page.locator(f"a[href*='{run_id}']").last
    for _ in range(5):
        with contextlib.suppress(PlaywrightTimeout, AssertionError):
            expect(page.get_by_text(line).first).to_be_visible()
            link.click()
            page.wait_for_url(f"{up.ui}/runs/flow-run/{run_id}**")
            return
        page.reload()
    raise AssertionError(page.inner_text("body")[-2000:])


def test_suspend_and_resume_are_answered_in_words_and_the_campaign_goes_on(
    page: Page, up: Stack, tables: Path
) -> None:
    run = open_approved(V1Ui(page, up), "held on")
    started = up.calls()["requests"]["start"]
    page.goto(f"{up.ui}/runs/flow-run/{run()['id']}")
    confirm(page, "Suspend")
    # Where the campaign was faster than the page, that shows it as running already.
    with contextlib.suppress(PlaywrightTimeout):
        confirm(page, "Resume", within=5_000)
    until(lambda: run()["state_type"] == "RUNNING", seconds=120)
    for ui in (V1Ui(page, up), V2Ui(page, up)):
        open_page_of(ui, run())
        ui.only_warnings()
        expect(page.get_by_text(NO_PAUSE).first).to_be_visible()
    up.command("held on", "end_now")
    reaches(run, "COMPLETED")
    assert up.calls()["requests"]["start"] == started
    assert up.calls()["activities"][-1]["pushes"][-1]["kind"] == "end"


def test_a_run_that_took_over_and_the_one_that_it_continues_link_to_each_other(
    page: Page, up: Stack, tables: Path
) -> None:
    run = open_approved(V1Ui(page, up), "taken over")
    dead, started = run(), up.calls()["requests"]["start"]
    with up.without_recovery():
        os.kill(int(dead["infrastructure_pid"]), signal.SIGKILL)
        until(lambda: run()["id"] != dead["id"], seconds=120)
        reaches(run, "RUNNING")
        page.goto(f"{up.ui}/runs/flow-run/{dead['id']}")
        follow(page, up, "continues this campaign", run()["id"])
        follow(page, up, "this run continues the campaign of the run", dead["id"])
        open_page_of(V2Ui(page, up), dead)
        expect(page.locator(f"a[href*='{run()['id']}']").last).to_be_visible()
    up.command("taken over", "end_now")
    reaches(run, "COMPLETED")
    assert up.calls()["requests"]["start"] == started
