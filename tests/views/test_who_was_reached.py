"""Who was reached adds up for people and for phones; plan, desk, report and shell say the same in the same words."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from live_activity.cli.console import print_report
from live_activity.core.report import ActivityReport, Report, SegmentReport
from live_activity.desk.data import DeskData
from live_activity.desk.funnel import funnel
from live_activity.engine.build_report import report_of
from live_activity.engine.edition import Edition
from live_activity.views.html_report import html_report
from live_activity.views.plan import people_table
from live_activity.views.report_data import ReportData
from live_activity.views.who_was_reached import Reached, ReachLines, who_was_reached
from tests.campaign_harness import CampaignHarness, campaign_harness

SEGMENT = SegmentReport(rows=12, accepted=10, rejected=2, reasons={"duplicate": 2})
Numbers = dict[str, list[int]]
PHONES = (
    "two,phone-two-a,ios,18.1,true,,two-a,2\ntwo,phone-two-b,ios,18.1,true,,two-b,2\n"
    "refuses,phone-refuses,ios,18.1,true,no,refuses,2\n"
    "silent,phone-silent,ios,18.1,false,,silent,2\n"
    "old,phone-old,ios,16.0,true,,old,2\n"
)
EXPECTED: Numbers = {
    "rows of the segment": [11],
    "less rejected: duplicate": [2],
    "accepted": [9],
    "less removed by hand since": [1],
    "less user not found": [1],
    "found": [7, 8],
    "less push permission disabled": [1],
    "less unsupported os version": [1],
    "less consent refused": [1],
    "matched": [5],
}


def add_up(found: ReachLines) -> bool:
    """Whether each sum is the one before it in its unit, with the lines between them."""
    for unit in found.units:
        total: int | None = None
        for line in found.lines:
            number = line.numbers.get(unit)
            if number is None:
                continue
            if line.kind == "sum":
                if total is not None and number != total:
                    return False
                total = number
            else:
                assert total is not None
                total += number if line.kind == "plus" else -number
    return True


def labels(found: ReachLines) -> dict[str, Mapping[str, int]]:
    return {line.label: line.numbers for line in found.lines}


@pytest.mark.parametrize("people", [8, 10, 13])
def test_people_and_phones_add_up_each_by_themselves(people: int) -> None:
    reached = Reached(
        people=people,
        matched=6,
        skipped={"user_not_found": 2, "unsupported_platform": 1, "push_permission_disabled": 0},
        gdpr_denied=1,
        unprocessed=1,
    )
    found = who_was_reached(SEGMENT, reached)
    assert add_up(found)
    said = labels(found)
    assert said["found"] == {"people": people - 3, "phones": 8}
    assert said["less consent refused"] == {"phones": 1}
    assert said["less not processed by the vendor"] == {"people": 1}
    assert "less push permission disabled" not in said


def test_people_without_an_answer_are_not_added_yet_until_the_start() -> None:
    found = who_was_reached(SEGMENT, Reached(people=10, unprocessed=10, pending=True))
    assert labels(found)["less not added yet"] == {"people": 10}
    report = Report(
        campaign="c",
        edition=None,
        mode="run",
        status="running",
        segment=SEGMENT,
        activities=[ActivityReport(status="registered", people=10, unprocessed=10)],
    )
    assert who_was_reached(report.segment, Reached.of(report)) == found


def test_a_reason_that_the_vendor_is_not_known_to_give_says_that_it_counts_as_phones() -> None:
    found = who_was_reached(SEGMENT, Reached(people=10, matched=9, skipped={"too_many_devices": 3}))
    assert labels(found)["less too many devices (a new reason, counted as phones)"] == {"phones": 3}
    assert add_up(found)


def test_the_rows_of_activities_that_phones_opened_are_counted_as_activities() -> None:
    found = who_was_reached(SEGMENT, Reached(people=0), device_started=True)
    assert [line.amounts for line in found.lines] == ["12 activities", "2 activities", "10 activities"]
    assert found.lines[0].label == "rows of the table"


@pytest.fixture
def harness(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CampaignHarness]:
    with campaign_harness(tmp_path, monkeypatch, more_phones=PHONES) as made:
        yield made


def of_table(page: str) -> Numbers:
    """The numbers of a Markdown table, by label."""
    rows = [[cell.strip(" *") for cell in line.split("|")[1:-1]] for line in page.splitlines()[2:]]
    return {label: [int(cell.split()[0]) for cell in cells if cell] for label, *cells in rows}


def of_page(page: str) -> Numbers:
    """The numbers of the table on the report's page, by label."""
    table = page.partition("Who was reached</h2>")[2].partition("</table>")[0]
    rows = re.findall(r"<tr><td[^>]*>(.*?)</td>(.*?)</tr>", table)
    return {
        html.unescape(label): [int(each) for each in re.findall(r">(\d+)<", cells)] for label, cells in rows
    }


def of_shell(said: str) -> Numbers:
    """The numbers of the lines that the shell prints, by label."""
    rows = re.findall(r"^(\S.*?)  +(\d+ (?:people|person|phones?)(?:, \d+ phones?)?) *$", said, re.MULTILINE)
    numbers = {label: [int(each) for each in re.findall(r"\d+", amounts)] for label, amounts in rows}
    total = re.search(r"^people  +(\d+) rows = (\d+) accepted \+ 2 rejected *$", said, re.MULTILINE)
    assert total is not None
    return {"rows of the segment": [int(total[1])], "accepted": [int(total[2])], **numbers}


@pytest.mark.parametrize("removed_at", [-50, -2], ids=["before they are added", "after they were added"])
async def test_plan_desk_report_and_shell_say_the_same(
    harness: CampaignHarness, capsys: pytest.CaptureFixture[str], removed_at: int
) -> None:
    ids = ("u000", "u001", "u002", "u003", "two", "refuses", "silent", "old", "stranger", "u001", "u002")
    harness.people("people.csv", *ids)
    gone = harness.people("gone.csv", "u003")
    said: dict[str, Numbers] = {}

    async def look(edition: Edition) -> None:
        await harness.until(edition, removed_at)
        await harness.steer(edition, "remove_people", table=gone)
        await harness.until(edition, 30)
        view = DeskData(edition.ledger.database).view(edition.ledger.edition_id)
        report = report_of(edition)
        said["plan"] = of_table(people_table(edition))
        said["desk"] = {line.label: list(line.numbers.values()) for line in funnel(view).lines}
        said["report"] = of_page(html_report(ReportData(report)))
        capsys.readouterr()
        print_report(report)
        said["shell"] = of_shell(capsys.readouterr().out)

    await harness.play(look, starts_at=harness.clock.now().replace(microsecond=0) + timedelta(hours=1))
    for where, numbers in said.items():
        assert numbers == EXPECTED, where
