"""How a person fills in Prefect's forms, and starts a campaign with one."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from playwright.sync_api import Locator, Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from tests.browser.stack import Stack, until


def open_form(page: Page, up: Stack, deployment: str) -> None:
    page.goto(f"{up.ui}/deployments/deployment/{up.deployment(deployment)['id']}/run")
    expect(page.locator(".schema-form-property__label").first).to_be_visible()


def field(page: Page, title: str) -> Locator:
    label = page.locator(".schema-form-property__label")
    named = label.filter(has_text=re.compile(rf"^{re.escape(title)}( \(Optional\))?$"))
    return page.locator(".schema-form-property").filter(has=named).last


def fill(page: Page, values: Mapping[str, str]) -> None:
    for title, value in values.items():
        field(page, title).locator("textarea, input").first.fill(value)


def choose(page: Page, title: str, option: str) -> None:
    control = field(page, title).locator(".p-select-button__control")
    control.focus()
    control.press("Space")
    page.get_by_role("option", name=option, exact=True).click()
    expect(field(page, title).locator(".p-select-button__value")).to_have_text(option)


def submit(page: Page) -> None:
    """Submits, again while Prefect's SQLite is busy."""
    button = page.get_by_role("button", name="Submit").last
    for _ in range(5):
        button.click()
        try:
            page.wait_for_url(lambda url: not url.endswith("/run"), timeout=8_000)
        except PlaywrightTimeout:
            continue
        return
    raise AssertionError(page.inner_text("body")[-2000:])


def open_run(
    page: Page, up: Stack, name: str, *, mode: str | None = None, segment: str = "fans.csv"
) -> Callable[[], Any]:
    """Starts a campaign with the form; what is returned reads its run."""
    open_form(page, up, "campaign")
    if mode is not None:
        choose(page, "Mode", mode)
    fill(
        page,
        {
            "Campaign": name,
            "Activity type": "Match",
            "Segment (who)": segment,
            "Timeline (what, when)": "rows.csv",
        },
    )
    submit(page)
    return lambda: next(run for run in up.runs("campaign") if run["parameters"]["name"] == name)


def open_approved(page: Page, up: Stack, name: str) -> Callable[[], Any]:
    """Starts a campaign in the mode `run`, and waits until it was started on the phones."""
    before = up.calls()["requests"]["start"]
    run = open_run(page, up, name, mode="run")
    reaches(run, "PAUSED")
    up.ask(f"/flow_runs/{run()['id']}/resume", run_input={"decision": "approve"})
    until(lambda: up.calls()["requests"]["start"] > before, seconds=90)
    return run


def reaches(run: Callable[[], Any], state: str) -> None:
    until(lambda: run()["state_type"] == state, seconds=120)
