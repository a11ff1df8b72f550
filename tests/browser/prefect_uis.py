"""The two UIs of Prefect, driven by clicks: the forms of deployments and the pages of runs."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from playwright.sync_api import Locator, Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from tests.browser.stack import Stack, until

# A click on a form's button is repeated after so many milliseconds without effect: Prefect's SQLite was busy.
SUBMITTED_WITHIN = 8_000
# A run that has already answered its Suspend cannot be resumed; the click is given up after so many milliseconds.
RESUMED_WITHIN = 5_000


class PrefectUi(Protocol):
    """One of the UIs. Fields are named by their titles in the form."""

    page: Page
    up: Stack
    name: str
    address: str

    def open_form(self, deployment: str) -> None:
        """Opens the form of a deployment."""
        ...

    def fill(self, within: Page | Locator, values: Mapping[str, str]) -> None:
        """Fills in text fields by their titles."""
        ...

    def choose(self, within: Page | Locator, title: str, option: str) -> None:
        """Chooses an option of a field."""
        ...

    def resume(self) -> Locator:
        """Presses Resume on the page of a run; returns the dialog that asks for input."""
        ...

    def cancel(self) -> None:
        """Presses Cancel on the page of a run, and confirms it."""
        ...

    def suspend(self) -> None:
        """Suspends a run on its page, and confirms it."""
        ...

    def resume_suspended(self) -> None:
        """Resumes a suspended run on its page, and confirms it."""
        ...

    def click_link(self, link: Locator) -> Page:
        """Clicks a link in a log; returns the page that it leads to."""
        ...

    def add_schedule(self, cron: str) -> None:
        """Adds a schedule on the page of a deployment, and saves it."""
        ...

    def only_warnings(self) -> None:
        """Limits the log on the page of a run to warnings."""
        ...


class V1Ui:
    def __init__(self, page: Page, up: Stack) -> None:
        self.page, self.up, self.name, self.address = page, up, "v1", up.ui

    def open_form(self, deployment: str) -> None:
        self.page.goto(form_address(self, deployment))
        expect(self.page.locator(".schema-form-property__label").first).to_be_visible()

    def field(self, within: Page | Locator, title: str) -> Locator:
        label = self.page.locator(".schema-form-property__label").filter(has_text=titled(title))
        return within.locator(".schema-form-property").filter(has=label).last

    def fill(self, within: Page | Locator, values: Mapping[str, str]) -> None:
        for title, value in values.items():
            self.field(within, title).locator("textarea, input").first.fill(value)

    def choose(self, within: Page | Locator, title: str, option: str) -> None:
        control = self.field(within, title).locator(".p-select-button__control")
        control.focus()
        control.press("Space")
        self.page.get_by_role("option", name=option, exact=True).click()
        expect(self.field(within, title).locator(".p-select-button__value")).to_have_text(option)

    def resume(self) -> Locator:
        self.page.get_by_role("button", name="Resume").first.click()
        return self.page.get_by_role("dialog")

    def cancel(self) -> None:
        self.page.get_by_role("button", name="Cancel").first.click()
        self.page.get_by_role("dialog").get_by_role("button", name="Confirm").click()

    def suspend(self) -> None:
        self.page.get_by_role("button", name="Suspend").first.click()
        self.page.get_by_role("dialog").get_by_role("button", name="Submit").click()

    def resume_suspended(self) -> None:
        self.page.get_by_role("button", name="Resume").first.click(timeout=RESUMED_WITHIN)
        dialog = self.page.get_by_role("dialog")
        dialog.get_by_role("button", name="Submit").click(timeout=RESUMED_WITHIN)

    def click_link(self, link: Locator) -> Page:
        link.click()
        return self.page

    def add_schedule(self, cron: str) -> None:
        self.page.get_by_role("button", name="Schedule").click()
        dialog = self.page.get_by_role("dialog")
        dialog.get_by_role("button", name="Cron").click()
        dialog.locator(".cron-schedule-form__row input[type=text]").first.fill(cron)
        dialog.get_by_role("button", name="Save").click()

    def only_warnings(self) -> None:
        """Does nothing: the older UI draws every row of the log."""


class V2Ui:
    def __init__(self, page: Page, up: Stack) -> None:
        self.page, self.up, self.name, self.address = page, up, "v2", f"{up.ui}/v2"

    def open_form(self, deployment: str) -> None:
        self.page.goto(form_address(self, deployment))
        expect(self.page.get_by_role("heading", name="Parameters")).to_be_visible()

    def fill(self, within: Page | Locator, values: Mapping[str, str]) -> None:
        for title, value in values.items():
            named = [within.get_by_role(role, name=titled(title)) for role in ("textbox", "spinbutton")]
            named[0].or_(named[1]).first.fill(value)

    def choose(self, within: Page | Locator, title: str, option: str) -> None:
        control = within.get_by_role("button", name=f"Select {title}")
        control.click()
        self.page.get_by_role("option", name=option, exact=True).click()
        expect(control).to_have_text(option)

    def resume(self) -> Locator:
        self._choose_in_menu("Resume")
        return self.page.get_by_role("dialog")

    def cancel(self) -> None:
        self._choose_in_menu("Cancel")
        confirm(self.page.get_by_role("alertdialog"), "Cancel Flow Run")

    def suspend(self) -> None:
        """Presses Pause, as the newer UI calls it; it sets the same state."""
        self._choose_in_menu("Pause")
        confirm(self.page.get_by_role("dialog"), "Pause Flow Run")

    def resume_suspended(self) -> None:
        self._choose_in_menu("Resume", within=RESUMED_WITHIN)
        dialog = self.page.get_by_role("dialog")
        dialog.get_by_role("button", name="Resume").click(timeout=RESUMED_WITHIN)

    def click_link(self, link: Locator) -> Page:
        """Clicks the link, which the newer UI opens in a new window."""
        with self.page.expect_popup() as opened:
            link.click()
        return opened.value

    def add_schedule(self, cron: str) -> None:
        self.page.get_by_role("button", name="Schedule", exact=True).click()
        dialog = self.page.get_by_role("dialog")
        dialog.get_by_role("tab", name="Cron").click()
        dialog.locator("[name='schedule.cron']").fill(cron)
        dialog.get_by_role("button", name="Save").click()

    def only_warnings(self) -> None:
        """Sets the level filter: the newer UI draws only the rows of the log near those in view."""
        self.page.get_by_role("combobox", name="log level filter").click()
        self.page.get_by_role("option", name="Warning and above").click()

    def _choose_in_menu(self, item: str, *, within: float | None = None) -> None:
        self.page.get_by_role("button", name="Open menu").first.click()
        self.page.get_by_role("menuitem", name=item, exact=True).click(timeout=within)


def titled(title: str) -> re.Pattern[str]:
    """Matches a field's title; the newer UI appends "(Optional)" to fields that may be empty."""
    return re.compile(rf"^{re.escape(title)}( \(Optional\))?$")


def form_address(ui: PrefectUi, deployment: str) -> str:
    return f"{ui.address}/deployments/deployment/{ui.up.deployment(deployment)['id']}/run"


def submit(page: Page) -> None:
    """Submits the form of a deployment; repeats the click while Prefect's SQLite is busy."""
    button = page.get_by_role("button", name="Submit").last
    for _ in range(5):
        button.click()
        try:
            page.wait_for_url(lambda url: not url.endswith("/run"), timeout=SUBMITTED_WITHIN)
        except PlaywrightTimeout:
            continue
        return
    raise AssertionError(page.inner_text("body")[-2000:])


def open_page_of(ui: PrefectUi, run: Any) -> None:
    """Opens the page of a run, with its log."""
    ui.page.goto(f"{ui.address}/runs/flow-run/{run['id']}?tab=Logs")


def answer_approval(
    ui: PrefectUi, run: Callable[[], Any], decision: str, note: str = "", *, says: str = ""
) -> None:
    """Answers the approval form on the page of a run, once its text contains `says`."""
    dialog = open_approval(ui, run, says)
    ui.choose(dialog, "Decision", decision)
    if note:
        ui.fill(dialog, {"Note": note})
    confirm(dialog, re.compile("^(Submit|Resume)$"))


def confirm(dialog: Locator, name: str | re.Pattern[str]) -> None:
    """Presses the button that closes a dialog; repeats the click while Prefect's SQLite is busy."""
    button = dialog.get_by_role("button", name=name).last
    for _ in range(5):
        try:
            button.click(timeout=SUBMITTED_WITHIN)
            dialog.wait_for(state="hidden", timeout=SUBMITTED_WITHIN)
        except PlaywrightTimeout:
            if dialog.is_visible():
                continue
        return
    raise AssertionError(dialog.inner_text())


def open_approval(ui: PrefectUi, run: Callable[[], Any], says: str) -> Locator:
    """Opens the approval form again until its text contains `says`: a command changes the text within seconds."""
    for _ in range(5):
        open_page_of(ui, run())
        dialog = ui.resume()
        expect(dialog).to_contain_text("waits for your decision")
        if says in dialog.inner_text():
            return dialog
    raise AssertionError(dialog.inner_text())


def open_run(
    ui: PrefectUi, name: str, *, mode: str | None = None, segment: str = "fans.csv", **more: str
) -> Callable[[], Any]:
    """Starts a campaign with the form; returns a function that reads its run. `more` are fields by their titles."""
    ui.open_form("campaign")
    if mode is not None:
        ui.choose(ui.page, "Mode", mode)
    ui.fill(
        ui.page,
        {
            "Campaign": name,
            "Activity type": "Match",
            "Segment (who)": segment,
            "Timeline (what, when)": "rows.csv",
            **more,
        },
    )
    submit(ui.page)
    return lambda: next(run for run in ui.up.runs("campaign") if run["parameters"]["name"] == name)


def open_approved(ui: PrefectUi, name: str) -> Callable[[], Any]:
    """Starts a campaign in the mode `run`, approves it by a command, and waits until it is started on the phones."""
    before = ui.up.calls()["requests"]["start"]
    run = open_run(ui, name, mode="run")
    reaches(run, "PAUSED")
    steer(ui, name, "approve", {"Note": "as planned"}, "approved by")
    until(lambda: ui.up.calls()["requests"]["start"] > before, seconds=90)
    return run


def steer(ui: PrefectUi, name: str, action: str, words: Mapping[str, str], said: str) -> None:
    """Sends a steering command with the form, and checks that its answer, an artifact, contains `said`."""
    before = {each["id"] for each in ui.up.runs("steer")}
    ui.open_form("steer")
    ui.choose(ui.page, "What to do", action)
    ui.fill(ui.page, {"Campaign": name, **words})
    submit(ui.page)
    until(lambda: {each["id"] for each in ui.up.runs("steer")} - before, seconds=30)
    reaches(lambda: ui.up.runs("steer")[0], "COMPLETED")
    answer = ui.up.artifact("steered")
    assert answer["data"].startswith(f"## {action} · {name}\n\nDone.")
    ui.page.goto(f"{ui.address}/artifacts/artifact/{answer['latest_id']}")
    expect(ui.page.get_by_text(said).first).to_be_visible()


def reaches(run: Callable[[], Any], state: str) -> None:
    until(lambda: run()["state_type"] == state, seconds=120)
