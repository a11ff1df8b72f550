"""Campaigns whose run is suspended in the UI or killed, and what the pages of the runs show."""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path

import pytest
from playwright.sync_api import TimeoutError as PlaywrightTimeout
from playwright.sync_api import expect

from live_activity.prefect_integration.run_state import NO_PAUSE
from tests.browser.prefect_uis import PrefectUi, open_approved, open_page_of, reaches, steer
from tests.browser.stack import until

# A stack of real programs on two busy cores.
pytestmark = pytest.mark.timeout(600)


def follow(ui: PrefectUi, line: str, run_id: str) -> None:
    """Clicks the link to another run in the log; reloads the page until it shows the line with the link."""
    link = ui.page.locator(f"a[href*='{run_id}']").last
    for _ in range(5):
        with contextlib.suppress(PlaywrightTimeout, AssertionError):
            expect(ui.page.get_by_text(line).first).to_be_visible()
            opened = ui.click_link(link)
            # The links of a run lead to the older UI, which is the address of Prefect's UI.
            opened.wait_for_url(f"{ui.up.ui}/runs/flow-run/{run_id}**")
            return
        ui.page.reload()
    raise AssertionError(ui.page.inner_text("body")[-2000:])


def test_a_campaign_goes_on_after_its_process_was_killed_and_after_suspend_and_resume(
    ui: PrefectUi, tables: Path
) -> None:
    name = f"taken over {ui.name}"
    run = open_approved(ui, name)
    dead, started = run(), ui.up.calls()["requests"]["start"]
    with ui.up.without_recovery():
        os.kill(int(dead["infrastructure_pid"]), signal.SIGKILL)
        until(lambda: run()["id"] != dead["id"], seconds=120)
        reaches(run, "RUNNING")
        open_page_of(ui, dead)
        follow(ui, "continues this campaign", run()["id"])
        open_page_of(ui, run())
        follow(ui, "this run continues the campaign of the run", dead["id"])

    open_page_of(ui, run())
    ui.suspend()
    # If the campaign was faster than the page, the page already shows it as running.
    with contextlib.suppress(PlaywrightTimeout):
        ui.resume_suspended()
    until(lambda: run()["state_type"] == "RUNNING", seconds=120)
    open_page_of(ui, run())
    ui.only_warnings()
    expect(ui.page.get_by_text(NO_PAUSE).first).to_be_visible()

    steer(ui, name, "end_now", {}, "ended now")
    reaches(run, "COMPLETED")
    assert ui.up.calls()["requests"]["start"] == started
    assert ui.up.calls()["activities"][-1]["pushes"][-1]["kind"] == "end"
