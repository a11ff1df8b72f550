"""`check` finds content that no phone could show, before anything is sent."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from live_activity.campaign.inputs import Inputs, read_inputs
from live_activity.campaign.model import Mode, read_campaign
from live_activity.campaign.paths import resolved
from live_activity.core.findings import Finding
from live_activity.core.settings import settings

NOW = datetime(2026, 7, 19, 12, tzinfo=UTC)
SWIFT = """
struct Match: ActivityAttributes {
    struct ContentState: Codable, Hashable { var score: Int }
    var homeTeam: String
    var stadium: String?
}
"""


@pytest.fixture(autouse=True)
def _no_account(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("BASE_URL", "API_KEY"):
        monkeypatch.delenv(f"LIVE_ACTIVITY_{name}", raising=False)
    settings.cache_clear()
    yield
    settings.cache_clear()


def looked(
    folder: Path,
    timeline: str,
    *,
    contract: bool = False,
    people: str = "u1\n",
    mode: Mode = "check",
    **keys: Any,
) -> Inputs:
    (folder / "rows.csv").write_text(timeline, "utf-8")
    head = ",".join(["insider_id", *keys.get("split_by", [])])
    (folder / "people.csv").write_text(f"{head}\n{people}", "utf-8")
    values = {"name": "n", "activity_type": "Match", "segment": "people.csv", "timeline": "rows.csv", **keys}
    if contract:
        (folder / "Match.swift").write_text(SWIFT)
        values["contract"] = "Match.swift"
    campaign = resolved(read_campaign(values, where="n.yaml"), str(folder))
    return read_inputs(campaign, now=NOW, mode=mode, with_people=True)


def errors(inputs: Inputs) -> list[tuple[str, int | None, str | None]]:
    return [(each.code, each.row, each.column) for each in inputs.errors]


def found(inputs: Inputs, code: str) -> Finding:
    (finding,) = [each for each in inputs.findings if each.code == code]
    return finding


GOOD = (
    "at,event,title,message,state.score,attributes.homeTeam\n"
    "2026-07-19 20:00,start,Derby,Kick-off,0,Ayr\n23m,,Derby,Goal,1,\n2h,end,Derby,Over,1,\n"
)


def test_a_good_timeline_has_nothing_to_report(tmp_path: Path) -> None:
    assert looked(tmp_path, GOOD, contract=True).findings == ()


def test_a_start_without_the_attributes_that_the_app_needs_is_an_error(tmp_path: Path) -> None:
    rows = "at,title,message,state.score\n2026-07-19 20:00,Derby,Kick-off,0\n2026-07-19 21:00,Derby,Goal,1\n"
    inputs = looked(tmp_path, rows, contract=True)
    assert errors(inputs) == [("start_without_attributes", 1, "attributes.homeTeam")]
    assert "no row is a start" in inputs.errors[0].message
    assert looked(tmp_path, rows).errors == (), "without a contract nobody knows that it is needed"


def test_a_start_without_a_title_is_an_error_though_no_row_is_a_start(tmp_path: Path) -> None:
    inputs = looked(tmp_path, "at,title,state.score\n2026-07-19 20:00,Derby,0\n2026-07-19 21:00,Derby,1\n")
    assert errors(inputs) == [("start_without_text", 1, "message")]


def test_the_same_problem_of_many_activities_is_reported_once(tmp_path: Path) -> None:
    rows = "at,flight,title,state.score\n" + "".join(
        f"2026-07-19 2{hour}:00,{flight},T,{hour}\n" for flight in ("A", "B", "C") for hour in (0, 1)
    )
    inputs = looked(tmp_path, rows, people="u1,A\nu2,B\n", split_by=["flight"])
    assert found(inputs, "start_without_text").message.startswith("A: ")
    assert "(and so for 1 more activity)" in found(inputs, "start_without_text").message


def test_activities_that_phones_open_themselves_need_no_start(tmp_path: Path) -> None:
    looked(tmp_path, "at,state.score\n2026-07-19 20:00,0\n2026-07-19 21:00,1\n")
    (tmp_path / "opened.csv").write_text("activity_id\na1\n")
    values = {"name": "n", "activity_type": "Match", "activities": "opened.csv", "timeline": "rows.csv"}
    campaign = resolved(read_campaign(values, where="n.yaml"), str(tmp_path))
    assert read_inputs(campaign, now=NOW, mode="check", with_people=True).errors == ()


@pytest.mark.parametrize("contract", [True, False])
def test_a_push_that_is_too_large_is_an_error_with_and_without_a_contract(
    tmp_path: Path, contract: bool
) -> None:
    inputs = looked(tmp_path, GOOD.replace("Goal", "ğ" * 2100), contract=contract)
    assert errors(inputs) == [("too_large", 2, "message")]
    assert len(inputs.timeline.rows) == 2
    assert looked(tmp_path, GOOD.replace("Goal", "ğ" * 1900), contract=contract).errors == ()


def test_attributes_and_state_count_together_without_a_contract_too(tmp_path: Path) -> None:
    inputs = looked(tmp_path, GOOD.replace("Ayr", "a" * 3900).replace("Goal,1", f"Goal,{'1' * 300}"))
    assert ("too_large", 2, "state.score") in errors(inputs)


def test_a_start_row_wins_over_starts_at_and_that_is_reported(tmp_path: Path) -> None:
    finding = found(looked(tmp_path, GOOD, starts_at="2026-07-19 19:00"), "start_disagrees")
    assert "the start row wins" in finding.message


@pytest.mark.parametrize(
    ("ends_at", "wins"), [("2026-07-19 21:00", "ends_at"), ("2026-07-19 23:00", "the end row")]
)
def test_the_earlier_of_an_end_row_and_ends_at_wins_and_that_is_reported(
    tmp_path: Path, ends_at: str, wins: str
) -> None:
    finding = found(looked(tmp_path, GOOD, ends_at=ends_at), "end_disagrees")
    assert (finding.severity, f"the earlier one, {wins}, wins" in finding.message) == ("warning", True)


def test_the_eight_hours_are_counted_for_activities_that_have_people(tmp_path: Path) -> None:
    rows = "at,flight,event,title,message,state.score\n" + "".join(
        f"2026-07-19 20:00,{flight},start,T,M,0\n10h,{flight},end,T,M,1\n" for flight in ("A", "B", "C")
    )
    inputs = looked(tmp_path, rows, people="u1,A\nu2,B\n", split_by=["flight"])
    assert "(and so for 1 more activity)" in found(inputs, "longer_than_ios").message
    assert inputs.forecast is not None
    assert inputs.forecast.too_long == 2


@pytest.mark.parametrize(
    ("base_url", "api_key", "code", "words"),
    [
        ("https://live.example.com", None, "no_account", "LIVE_ACTIVITY_API_KEY: is missing"),
        (None, "secret-key", "no_account", "LIVE_ACTIVITY_BASE_URL: is missing"),
        ("https://live.example.com/api/v1", "secret-key", "wrong_base_url", "write the host alone"),
        ("https://live.example.com/live-activity/", "secret-key", "wrong_base_url", "write the host alone"),
        ("https://live.example.com/api/v1/live-activity/start", "secret-key", "wrong_base_url", "/start"),
        ("https://u:p@live.example.com", "secret-key", "wrong_base_url", "a user or a password"),
        ("https://live.example.com?x=1", "secret-key", "wrong_base_url", "a query"),
        ("https://", "secret-key", "wrong_base_url", "is not a web address"),
        ("https://live.example.com/gateway", "secret-key", "base_url_path", "a path of its own (/gateway)"),
        ("https://live.example.com", "Bearer secret-key", "wrong_api_key", "write the key alone"),
        ("https://live.example.com", '"secret-key"', "wrong_api_key", "a quotation mark"),
        ("https://live.example.com", "secret key", "wrong_api_key", "copy it again"),
    ],
)
def test_an_account_that_cannot_work_is_a_finding_that_names_the_variable(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    base_url: str | None,
    api_key: str | None,
    code: str,
    words: str,
) -> None:
    for name, value in (("BASE_URL", base_url), ("API_KEY", api_key)):
        if value is not None:
            monkeypatch.setenv(f"LIVE_ACTIVITY_{name}", value)
    settings.cache_clear()
    finding = found(looked(tmp_path, GOOD), code)
    assert words in str(finding)
    assert "secret" not in str(finding)
    assert looked(tmp_path, GOOD, mode="rehearse").findings == (), "a rehearsal needs no account"


@pytest.mark.parametrize("path", ["", "/", "/api/v1/live-activity", "/api/v1/live-activity/"])
def test_an_account_that_works_has_no_finding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setenv("LIVE_ACTIVITY_BASE_URL", f"https://live.example.com{path}")
    monkeypatch.setenv("LIVE_ACTIVITY_API_KEY", "key")
    settings.cache_clear()
    assert looked(tmp_path, GOOD).findings == ()
