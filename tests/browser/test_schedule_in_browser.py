"""Schedules that an analyst sets on a deployment in either UI, and a new deploy after it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.prefect_uis import PrefectUi, V1Ui, V2Ui
from tests.browser.stack import Stack, until

PRESET = "world-cup-final"
# A stack of real programs on two busy cores.
pytestmark = pytest.mark.timeout(600)


def test_schedules_that_were_set_by_hand_are_still_there_after_a_new_deploy(page: Page, up: Stack) -> None:
    uis = (V1Ui(page, up), V2Ui(page, up))
    schedules = ("07:30 PM, only on Saturday", "08:30 PM, only on Saturday")
    add_schedule(uis[0], "30 19 * * 6")
    add_schedule(uis[1], "30 20 * * 6")
    until(lambda: len(up.deployment(PRESET)["schedules"]) == 2, seconds=60)
    assert f"preset {PRESET}: keeps the schedule as changed in Prefect" in up.deploy()
    for ui in uis:
        open_deployment(ui)
        for said in schedules:
            expect(page.get_by_text(said).first).to_be_visible()


def open_deployment(ui: PrefectUi) -> None:
    ui.page.goto(f"{ui.address}/deployments/deployment/{ui.up.deployment(PRESET)['id']}")


def add_schedule(ui: PrefectUi, cron: str) -> None:
    """Adds the schedule in the dialog; repeats that while Prefect's SQLite is busy."""
    for _ in range(5):
        open_deployment(ui)
        with ui.page.expect_response(
            lambda answer: answer.request.method == "POST" and answer.url.endswith("/schedules")
        ) as answered:
            ui.add_schedule(cron)
        if answered.value.ok:
            return
    raise AssertionError(ui.page.inner_text("body")[-2000:])
