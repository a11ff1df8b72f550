"""How a person fills in Prefect's forms."""

from __future__ import annotations

import re
from collections.abc import Mapping

from playwright.sync_api import Locator, Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from tests.browser.stack import Stack


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
