"""The HTML report of rehearsals, live campaigns and failures: self-contained, safe, without ids of people."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from live_activity.core.findings import Finding
from live_activity.core.report import ActivityReport, PhonesReport, Report, SegmentReport
from live_activity.engine.edition import Edition
from live_activity.engine.typical_phones import typical_phones
from live_activity.ledger.push_log import LoggedPush
from live_activity.views.html_report import html_report
from live_activity.views.push_chart import push_chart
from live_activity.views.report_data import ReportData, data_of_edition
from live_activity.views.sketcher import Sketcher
from live_activity.views.throttling import throttled
from tests.campaign_harness import CampaignHarness, campaign_harness
from tests.cli_process import Shell

EVIL = "</style></title><script>alert('x')</script><img src=x onerror=y>"
START = datetime(2026, 7, 19, 19, tzinfo=UTC)
ZONE = ZoneInfo("UTC")
PUSH = LoggedPush(
    {}, "start", START, START, "done", 100, 2, 1, "Derby", None, 0, {"content_state": {"score": 0}}
)


class Page(HTMLParser):
    """The elements and the text of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data


def check_page(page: str) -> Page:
    """Asserts that a page loads nothing and runs nothing; returns its elements and text."""
    found = Page(page)
    assert not {"script", "img", "link", "iframe", "object", "base", "form"}.intersection(found.tags)
    names = {name for name, _ in found.attributes}
    assert not {"src", "href", "style", "action"}.intersection(names)
    assert not [name for name in names if name.startswith("on")]
    assert "http://" not in page
    assert "https://" not in page
    (style,) = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'sha256-{digest}'" in page
    assert "url(" not in style
    assert "@import" not in style
    return found


@pytest.fixture
def harness(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CampaignHarness]:
    with campaign_harness(tmp_path, monkeypatch, slow_phones=3) as made:
        yield made


async def test_a_live_report_says_what_was_handed_to_apple_and_a_rehearsal_what_phones_showed(
    harness: CampaignHarness,
) -> None:
    harness.write("0m,start,Derby,kick-off,0\n30s,update,Derby,goal,1\n40m,end,Derby,over,2\n")
    pages: list[str] = []

    async def look(edition: Edition) -> None:
        await harness.until(edition, 42)
        (activity,) = harness.started()
        data = data_of_edition(edition)
        pages.append(html_report(edition))
        report = data.report.model_copy(update={"mode": "rehearse", "phones": PhonesReport(reached=25)})
        phones = typical_phones(harness.server.sandbox, activity.activity_id)
        pages.append(html_report(replace(data, report=report, phones=phones)))

    await harness.play(look)
    live, rehearsed = (check_page(page).text for page in pages)
    assert "Live: sent to the segment" in live
    assert "Handed to Apple" in live
    assert "A phone that" not in live
    assert "Rehearsal: nobody received anything" in rehearsed
    assert "A phone that synced early" in rehearsed
    assert "A phone that synced late" in rehearsed
    assert "60 s after the start; stands for 3 phones" in rehearsed
    assert "not reached: not synced yet; still shows: " in rehearsed
    assert not re.search(r"\bu0\d\d\b|phone-\d", "".join(pages)), "no person's id"


def test_script_in_everything_that_a_report_holds_stays_text() -> None:
    key = {"match": EVIL}
    report = Report(
        campaign=EVIL,
        edition=START,
        mode="run",
        status="ended",
        segment=SegmentReport(rows=1, accepted=0, rejected=1, reasons={EVIL: 1}),
        activities=[ActivityReport(key=key, status=EVIL, why=EVIL), ActivityReport(status="ended")],
        findings=[Finding.error(EVIL, f"{EVIL}; {EVIL}", where=EVIL, row=1, column=EVIL)],
    )
    content = {"title": EVIL, "message": EVIL, "content_state": {EVIL: EVIL, "homeScore": 1, "awayScore": 0}}
    push = replace(PUSH, key=key, title=EVIL, error=EVIL, content=content)
    data = ReportData(
        report,
        sketcher=Sketcher(EVIL, ZONE),
        plan=((EVIL, EVIL),),
        pushes=(push,),
        activity_name=EVIL,
        attributes={0: {EVIL: EVIL}},
    )
    page = check_page(html_report(data))
    assert "alert('x')" in page.text


def test_a_finding_is_shown_with_its_fix() -> None:
    finding = Finding.error(
        "bad",
        "m01 holds #REF!; phones would drop it; correct the sheet",
        where="rows.csv",
        row=7,
        column="state.x",
    )
    report = Report(campaign="c", edition=None, mode="check", status="failed", findings=[finding])
    text = check_page(html_report(ReportData(report))).text
    assert "m01 holds #REF!; phones would drop it." in text
    assert "How to fix it: correct the sheet." in text
    assert "rows.csv, row 7, state.x, bad" in text


def pushes(*minutes: float) -> list[LoggedPush]:
    return [
        replace(PUSH, kind="update", sent=START + timedelta(minutes=at), content={"content_state": {"n": at}})
        for at in minutes
    ]


def test_throttling_shows_what_fits_into_any_hour_and_no_more() -> None:
    found = throttled(pushes(0, 10, 20, 30, 59, 60, 61), budget=3)
    assert (found.shown, len(found.lost)) == (4, 3), "the first push no longer counts after an hour"
    assert [push.sent.minute for push in found.lost] == [30, 59, 1]
    assert found.older_for == timedelta(minutes=30)
    assert not found.final_shown


def test_a_final_content_that_was_shown_before_the_last_push_was_lost_is_shown() -> None:
    last = pushes(0, 1, 2)
    again = replace(last[-1], kind="end", sent=START + timedelta(minutes=3))
    found = throttled([*last, again], budget=3)
    assert len(found.lost) == 1
    assert found.final_shown


def test_very_many_pushes_are_drawn_together() -> None:
    many = [replace(PUSH, sent=START + timedelta(seconds=n)) for n in range(5_000)]
    drawn = push_chart(many, zone=ZONE, verb="reached")
    assert drawn.count("<circle") < 400
    assert "5,000 pushes over time" in drawn
    assert push_chart([], zone=ZONE, verb="reached") == ""


def test_commands_write_the_page_beside_the_report_on_failure_too(shell: Shell) -> None:
    file = shell.campaign("0m,start,Derby,Go,0\n9m,end,Derby,Over,1\n")
    page, opened = shell.folder / "out.html", shell.folder / "opened"
    assert shell.run("rehearse", file, "--html", page, "--report", shell.folder / "report.json").code == 0
    text = check_page(page.read_text("utf-8")).text
    assert "Rehearsal: nobody received anything" in text
    assert "What typical phones showed" in text
    assert shell.report()["status"] == "ended"
    browser = shell.write("browser", f"#!/bin/sh\necho $1 > {opened}\n")
    browser.chmod(0o755)
    shell.environment["BROWSER"] = f"{browser} %s"
    shell.campaign("0m,start,Derby,Go,0\nsoon,end,Derby,Over,1\n")
    said = shell.run("check", file, "--html", page, "--open")
    assert said.code == 2
    assert "Check: nothing was sent" in check_page(page.read_text("utf-8")).text
    assert opened.read_text().strip() == page.as_uri()
