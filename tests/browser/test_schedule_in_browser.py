"""A schedule that an analyst sets on a deployment in the UI."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.stack import Stack, until

PRESET = "world-cup-final"
SCHEDULE = "07:30 PM, only on Saturday"
# A stack of real programs on two busy cores.
pytestmark = pytest.mark.timeout(600)


def test_a_schedule_that_was_set_by_hand_is_still_there_after_a_new_deploy(page: Page, up: Stack) -> None:
    address = f"deployments/deployment/{up.deployment(PRESET)['id']}"
    add_schedule(page, f"{up.ui}/{address}", "30 19 * * 6")
    until(lambda: up.deployment(PRESET)["schedules"], seconds=60)
    assert f"preset {PRESET}: keeps the schedule as changed in Prefect" in up.deploy()
    for ui in (up.ui, f"{up.ui}/v2"):
        page.goto(f"{ui}/{address}")
        expect(page.get_by_text(SCHEDULE).first).to_be_visible()


def add_schedule(page: Page, address: str, cron: str) -> None:
    """Adds it in the dialog, again while Prefect's SQLite is busy."""
    for _ in range(5):
        page.goto(address)
        page.get_by_role("button", name="Schedule").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_role("button", name="Cron").click()
        dialog.locator(".cron-schedule-form__row input[type=text]").first.fill(cron)
        expect(dialog.get_by_text(SCHEDULE)).to_be_visible()
        with page.expect_response(lambda answer: answer.url.endswith("/schedules")) as answered:
            dialog.get_by_role("button", name="Save").click()
        if answered.value.ok:
            return
    raise AssertionError(page.inner_text("body")[-2000:])
