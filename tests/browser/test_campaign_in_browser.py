"""Campaigns driven by clicks in both UIs: the form, a rehearsal, an approval, steering and a cancel."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from live_activity.campaign.model import Campaign
from live_activity.prefect_integration.form_order import form_order
from tests.browser.prefect_uis import (
    PrefectUi,
    V1Ui,
    answer_approval,
    open_approved,
    open_page_of,
    open_run,
    reaches,
    steer,
)
from tests.browser.stack import until

# A stack of real programs on two busy cores.
pytestmark = pytest.mark.timeout(600)


def show(ui: PrefectUi, *words: str, once: str = "") -> None:
    """Opens an artifact once its text contains `once`: an open page does not show later versions."""
    until(lambda: once in ui.up.artifact(*words)["data"], seconds=30)
    ui.page.goto(f"{ui.address}/artifacts/artifact/{ui.up.artifact(*words)['latest_id']}")


def picture(page: Page, name: str) -> None:
    if folder := os.environ.get("TESTS_PICTURES"):
        page.screenshot(path=Path(folder) / name)


def test_every_field_of_a_campaign_is_in_the_form_with_its_texts_and_in_order(ui: PrefectUi) -> None:
    ui.open_form("campaign")
    in_order = form_order(Campaign.model_fields)
    words = [Campaign.model_fields[name].description or "" for name in in_order]
    until(lambda: all(word in ui.page.inner_text("body") for word in words), seconds=30)
    shown = ui.page.inner_text("body")
    places = [shown.index(word) for word in words]
    assert all(each.title and each.title in shown for each in Campaign.model_fields.values())
    assert places == sorted(places)
    assert shown.index("nobody receives anything") < places[0]
    assert 'Property is type "None"' not in shown
    picture(ui.page, "form.png")
    if isinstance(ui, V1Ui):
        expect(ui.field(ui.page, "Mode").locator(".p-select-button__value")).to_have_text("rehearse")
    else:
        expect(ui.page.get_by_role("button", name="Select Mode")).to_have_text("rehearse")


def test_all_problems_are_shown_at_once_by_the_titles_of_the_form(ui: PrefectUi, tables: Path) -> None:
    run = open_run(
        ui, f"slip {ui.name}", segment="fens.csv", **{"Time zone": "Europe/Istambul", "Ends at": "tomorrow"}
    )
    reaches(run, "FAILED")
    open_page_of(ui, run())
    for line in ("Segment (who)", "fans.csv", "Time zone", "Europe/Istanbul", "Ends at"):
        expect(ui.page.get_by_text(line).first).to_be_visible()
    assert "Traceback" not in run()["state"]["message"]


def test_a_rehearsal_is_started_by_clicking_and_its_report_opened(ui: PrefectUi, tables: Path) -> None:
    name = f"dress {ui.name}"
    run = open_run(ui, name)
    reaches(run, "COMPLETED")
    assert run()["name"] == f"REHEARSAL · {name}"
    key = name.replace(" ", "-")
    show(ui, key, "report")
    expect(ui.page.get_by_text(re.compile("nobody received anything", re.IGNORECASE)).first).to_be_visible()
    for what, number in (("plan", 2), ("report", 1)):
        show(ui, key, what)
        draws_pictures(ui.page, number)


def draws_pictures(page: Page, number: int) -> None:
    drawn = "all => all.filter(each => each.complete && each.naturalWidth > 200).length"
    pictures = page.locator("img[src^='data:image/']")
    until(lambda: pictures.evaluate_all(drawn) == number, seconds=30)


def test_a_start_that_a_person_rejects_sends_nothing_and_says_who_and_why(
    ui: PrefectUi, tables: Path
) -> None:
    before = ui.up.calls()["requests"]["start"]
    by_form = open_run(ui, f"not so {ui.name}", mode="run")
    by_command = open_run(ui, f"nor so {ui.name}", mode="run")
    reaches(by_form, "PAUSED")
    answer_approval(ui, by_form, "reject", "the wrong team")
    reaches(by_command, "PAUSED")
    words = {"Note": "the wrong day", "Your name": "Ann"}
    steer(ui, f"nor so {ui.name}", "reject", words, "rejected")
    for run, why in ((by_form, "the wrong team"), (by_command, "rejected by Ann (the wrong day)")):
        reaches(run, "COMPLETED")
        assert run()["state"]["name"] == "Rejected"
        open_page_of(ui, run())
        expect(ui.page.get_by_text(why).first).to_be_visible()
    assert ui.up.calls()["requests"]["start"] == before


def test_a_live_run_is_approved_steered_by_every_command_and_ended_by_clicking(
    ui: PrefectUi, phones: Page, tables: Path
) -> None:
    name = f"derby {ui.name}"
    key = name.replace(" ", "-")
    before = ui.up.calls()["requests"]
    run = open_run(ui, name, mode="run")
    reaches(run, "PAUSED")
    assert ui.up.calls()["requests"]["start"] == before["start"]

    late, gone = (f"late-{ui.name}-{n}" for n in (1, 2))
    (tables / "late.csv").write_text(f"insider_id\n{late}\n{gone}\n")
    (tables / "gone.csv").write_text(f"insider_id\n{gone}\n")
    steer(ui, name, "add_people", {"Table": "late.csv"}, "2 people are added")
    find_person(phones, gone, "1 phone of this person")
    steer(ui, name, "remove_people", {"Table": "gone.csv"}, "1 person is removed")
    find_person(phones, gone, "This id has no phone in any activity")
    find_person(phones, late, "1 phone of this person")
    find_person(phones, "", "registered")

    answer_approval(ui, run, "approve", says="51 people")
    shows(phones, 1)
    assert run()["name"] == f"SANDBOX · {name}"
    show(ui, key, "now", once="goal")
    expect(ui.page.get_by_text("goal").first).to_be_visible()
    picture(ui.page, "now.png")

    steer(ui, name, "freeze", {}, "nothing but the end is sent before it is resumed")
    show(ui, key, "now", once="frozen by hand")
    expect(ui.page.get_by_text("frozen by hand").first).to_be_visible()
    steer(
        ui, name, "change_timeline", {"Table": "other-rows.csv"}, "follows other-rows.csv from now on: 3 rows"
    )
    shows(phones, 1)
    steer(ui, name, "resume", {}, "the newest content goes out")
    shows(phones, 4)

    words = {"Title": "Late", "Message": "one more", "State": '{"score": 5}'}
    steer(
        ui, name, "send_now", words, "set by hand until the feed's value changes or it is released: score = 5"
    )
    shows(phones, 5)
    show(ui, key, "now", once="score = 5")
    expect(ui.page.get_by_text("score = 5").first).to_be_visible()
    steer(ui, name, "release", {"Field": "score"}, "score of the activity released")
    shows(phones, 4)

    end = datetime.now(UTC) + timedelta(hours=2)
    moved = f"the end of the activity is moved to {end:%Y-%m-%d %H:%M}:00 UTC"
    steer(ui, name, "move_end", {"New end": f"{end:%Y-%m-%d %H:%M}"}, moved)
    later = f"{end + timedelta(minutes=5):%Y-%m-%d %H:%M}"
    steer(ui, name, "shift", {"Minutes": "5"}, f"ends {later}:00 UTC")
    show(ui, key, "now", once=later)
    expect(ui.page.get_by_text(later).first).to_be_visible()

    steer(
        ui,
        name,
        "end_now",
        {"Message": "abandoned"},
        "with the last content that was due and the words given",
    )
    expect(phones.locator("section.activity").first.get_by_role("heading")).to_have_text("Derby ended")
    reaches(run, "COMPLETED")
    show(ui, key, "report")
    expect(ui.page.get_by_role("heading", name=f"Live (in the sandbox): {name}, ended")).to_be_visible()
    assert (
        ui.page.locator("img[src^='data:image/png']").first.evaluate("picture => picture.naturalWidth") > 500
    )


def shows(phones: Page, score: int) -> None:
    """Waits until phones of the newest activity show this score."""
    card = phones.locator("section.activity").first.get_by_role("group", name=f"Match: score {score}")
    expect(card.first).to_be_visible()


def find_person(phones: Page, insider_id: str, said: str) -> None:
    """Searches for a person's phones in the sandbox; an empty id shows all phones again."""
    phones.get_by_placeholder("A person's id").fill(insider_id)
    phones.get_by_role("button", name="Find phones").click()
    expect(phones.locator("#main")).to_contain_text(said)


def test_a_cancelled_run_ends_on_the_phones(ui: PrefectUi, tables: Path) -> None:
    before = ui.up.calls()["requests"]
    run = open_approved(ui, f"stopped {ui.name}")
    open_page_of(ui, run())
    ui.cancel()
    reaches(run, "CANCELLED")
    until(lambda: ui.up.calls()["requests"]["end"] > before["end"], seconds=60)
    until(lambda: "](data:image/png" in ui.up.artifact("stopped", "report")["data"], seconds=20)
    ui.page.goto(f"{ui.up.sandbox}/sandbox")
    expect(ui.page.get_by_role("heading", name="Derby ended").first).to_be_visible()
