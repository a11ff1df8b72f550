"""An analyst's evening, by clicking: the form, a rehearsal, an approval, steering, and a cancel."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from live_activity.campaign.model import Campaign
from live_activity.prefect_integration.form_order import form_order
from tests.browser.clicking import choose, field, fill, open_approved, open_form, open_run, reaches, submit
from tests.browser.stack import Stack, until

# A stack of real programs on two busy cores.
pytestmark = pytest.mark.timeout(600)


def steer(page: Page, up: Stack, action: str, words: dict[str, str]) -> None:
    before = len(up.runs("steer"))
    open_form(page, up, "steer")
    choose(page, "What to do", action)
    fill(page, {"Campaign": "derby", **words})
    submit(page)
    until(lambda: len(up.runs("steer")) > before, seconds=30)
    reaches(lambda: up.runs("steer")[0], "COMPLETED")


def show(page: Page, up: Stack, *words: str, once: str = "") -> None:
    """Opens an artifact once it says something: it is kept current every few seconds, and an open page is not."""
    until(lambda: once in up.artifact(*words)["data"], seconds=30)
    page.goto(f"{up.ui}/artifacts/artifact/{up.artifact(*words)['latest_id']}")


def picture(page: Page, name: str) -> None:
    if folder := os.environ.get("TESTS_PICTURES"):
        page.screenshot(path=Path(folder) / name)


def test_every_field_of_a_campaign_is_in_the_form_in_its_words(page: Page, up: Stack) -> None:
    open_form(page, up, "campaign")
    in_order = form_order(Campaign.model_fields)
    words = [Campaign.model_fields[name].description or "" for name in in_order]
    until(lambda: all(word in page.inner_text("body") for word in words), seconds=30)
    shown = page.inner_text("body")
    picture(page, "form.png")
    places = [shown.index(word) for word in words]
    assert all(each.title and each.title in shown for each in Campaign.model_fields.values())
    assert places == sorted(places)
    assert shown.index("nobody receives anything") < places[0]
    assert 'Property is type "None"' not in shown
    expect(field(page, "Mode").locator(".p-select-button__value")).to_have_text("rehearse")


def test_the_newer_ui_shows_the_same_fields_in_the_same_order(page: Page, up: Stack) -> None:
    words = [Campaign.model_fields[name].description or "" for name in form_order(Campaign.model_fields)]
    page.goto(f"{up.ui}/v2/deployments/deployment/{up.deployment('campaign')['id']}/run")
    until(lambda: all(word in page.inner_text("body") for word in words), seconds=30)
    shown = page.inner_text("body")
    places = [shown.index(word) for word in words]
    assert places == sorted(places)


def test_a_wrong_path_is_told_by_the_run_in_a_line_with_the_nearest_name(
    page: Page, up: Stack, tables: Path
) -> None:
    run = open_run(page, up, "slip", segment="fens.csv")
    reaches(run, "FAILED")
    assert "fans.csv" in run()["state"]["message"]
    assert "Traceback" not in run()["state"]["message"]


def test_a_rehearsal_is_started_by_clicking_and_its_report_opened(
    page: Page, up: Stack, tables: Path
) -> None:
    run = open_run(page, up, "dress")
    reaches(run, "COMPLETED")
    assert run()["name"] == "REHEARSAL · dress"
    show(page, up, "dress", "report")
    expect(page.get_by_text(re.compile("nobody received anything", re.IGNORECASE)).first).to_be_visible()
    for ui in (up.ui, f"{up.ui}/v2"):
        for what, number in (("plan", 2), ("report", 1)):
            page.goto(f"{ui}/artifacts/artifact/{up.artifact('dress', what)['latest_id']}")
            draws_pictures(page, number)


def draws_pictures(page: Page, number: int) -> None:
    drawn = "all => all.filter(each => each.complete && each.naturalWidth > 200).length"
    pictures = page.locator("img[src^='data:image/']")
    until(lambda: pictures.evaluate_all(drawn) == number, seconds=30)


def test_a_live_run_is_approved_steered_and_ended_by_clicking(page: Page, up: Stack, tables: Path) -> None:
    run = open_run(page, up, "derby", mode="run")
    reaches(run, "PAUSED")
    assert up.calls()["requests"]["start"] == 0
    page.goto(f"{up.ui}/runs/flow-run/{run()['id']}")
    page.get_by_role("button", name="Resume").first.click()
    choose(page, "Decision", "approve")
    page.get_by_role("dialog").get_by_role("button", name=re.compile("Submit|Resume")).last.click()
    until(lambda: up.calls()["requests"]["update"] > 0, seconds=90)
    assert run()["name"] == "SANDBOX · derby"
    show(page, up, "derby", "now", once="goal")
    expect(page.get_by_text("goal").first).to_be_visible()
    picture(page, "now.png")
    steer(page, up, "freeze", {})
    show(page, up, "derby", "now", once="frozen by hand")
    expect(page.get_by_text("frozen by hand").first).to_be_visible()
    steer(page, up, "send_now", {"Title": "Late", "Message": "one more", "State": '{"score": 5}'})
    steer(page, up, "end_now", {})
    reaches(run, "COMPLETED")
    last = up.calls()["activities"][-1]["pushes"][-1]
    assert last["kind"] == "end"
    assert up.artifact("steered")["data"].startswith("## end_now · derby")
    show(page, up, "derby", "report")
    expect(page.get_by_role("heading", name="Live (in the sandbox): derby, ended")).to_be_visible()
    assert page.locator("img[src^='data:image/png']").first.evaluate("picture => picture.naturalWidth") > 500


def test_a_cancelled_run_ends_on_the_phones(page: Page, up: Stack, tables: Path) -> None:
    before = up.calls()["requests"]
    run = open_approved(page, up, "stopped")
    page.goto(f"{up.ui}/runs/flow-run/{run()['id']}")
    page.get_by_role("button", name="Cancel").first.click()
    page.get_by_role("dialog").get_by_role("button", name="Confirm").click()
    reaches(run, "CANCELLED")
    until(lambda: up.calls()["requests"]["end"] > before["end"], seconds=60)
    until(lambda: "](data:image/png" in up.artifact("stopped", "report")["data"], seconds=20)
    page.goto(f"{up.sandbox}/sandbox")
    expect(page.get_by_role("heading", name="Derby ended").first).to_be_visible()
