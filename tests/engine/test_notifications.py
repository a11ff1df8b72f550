"""Alerts of the Prefect UI also go to the addresses in the settings, at most once a minute for each kind."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

import live_activity
from live_activity.cli.play_command import play_file
from live_activity.cli.report_file import ReportFiles
from live_activity.core.findings import InvalidInput
from live_activity.core.settings import settings
from live_activity.engine.play_campaign import Host, play_campaign
from live_activity.engine.run_request import RunRequest
from live_activity.prefect_integration.form_check import checked_parameters
from tests.campaign_harness import CampaignHarness, campaign_harness


@pytest.fixture
def harness(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CampaignHarness]:
    with campaign_harness(tmp_path, monkeypatch) as made:
        yield made


@pytest.fixture
def got(harness: CampaignHarness, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[dict[str, str]]]:
    """The notifications that a service with Apprise's JSON format received."""
    notifications: list[dict[str, str]] = []

    class Service(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            notifications.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Service) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("LIVE_ACTIVITY_NOTIFY", f"json://127.0.0.1:{server.server_address[1]}/")
        settings.cache_clear()
        try:
            yield notifications
        finally:
            server.shutdown()


async def test_a_start_that_the_account_refuses_notifies_the_staff_once_a_kind(
    harness: CampaignHarness, got: list[dict[str, str]]
) -> None:
    harness.faults({"do": "server_error", "endpoint": "register"})
    ends_at = (harness.clock.now() + timedelta(hours=1)).isoformat()
    report = await play_campaign(RunRequest(harness.campaign(ends_at=ends_at), "run", agreed="me"))
    assert report.failed
    titles = [each["title"] for each in got]
    assert "derby: an activity failed" in titles
    assert len(titles) == len(set(titles)), "one notification of each kind within a minute"


async def test_a_campaign_that_was_missed_notifies_the_staff_and_says_why(
    harness: CampaignHarness, got: list[dict[str, str]]
) -> None:
    begun = harness.clock.now() - timedelta(hours=3)
    harness.write(f"{begun:%Y-%m-%dT%H:%M:%SZ},start,Derby,kick-off,0\n60m,end,Derby,over,3\n")
    report = await play_campaign(RunRequest(harness.campaign(), "run", agreed="me"))
    assert report.status == "missed"
    (missed,) = [each for each in got if each["title"] == "derby: the campaign missed"]
    assert missed["message"] == "missed: never registered: nobody was sent anything"


async def test_a_segment_that_cannot_be_staged_notifies_the_staff(
    harness: CampaignHarness, got: list[dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    (harness.folder / "no-folder").write_text("")
    monkeypatch.setenv("LIVE_ACTIVITY_STORAGE", str(harness.folder / "no-folder"))
    settings.cache_clear()
    with pytest.raises(InvalidInput):
        await play_campaign(RunRequest(harness.campaign(), "run", agreed="me"))
    assert "not played: " in got[0]["message"]
    assert "cannot be staged" in got[0]["message"]


async def test_a_campaign_that_cannot_begin_notifies_the_staff_once_a_minute_and_a_rehearsal_nobody(
    harness: CampaignHarness, got: list[dict[str, str]]
) -> None:
    missing = harness.campaign(timeline=str(harness.folder / "nothing.csv"))
    for mode in ("rehearse", "run", "run"):
        with pytest.raises(InvalidInput):
            await play_campaign(RunRequest(missing, mode, agreed="me"))
    (sent,) = got
    assert sent["title"] == "derby: the campaign failed"
    assert sent["message"].startswith("not played: ")
    assert "nothing.csv" in sent["message"]


@pytest.mark.parametrize(
    "text", ["name: [a\n", "name: derby\nactivity_type: M\nsegment: no.csv\ntimeline: no.csv\n"]
)
def test_a_campaign_file_that_cannot_be_played_notifies_the_staff_where_nobody_is_asked(
    harness: CampaignHarness, got: list[dict[str, str]], text: str
) -> None:
    file = harness.folder / "derby.yaml"
    file.write_text(text)
    for yes in (True, False):
        with pytest.raises(InvalidInput):
            play_file(file, "run", files=ReportFiles(), yes=yes)
    (sent,) = got
    assert sent["title"] == "derby: the campaign failed"


async def test_a_form_that_is_filled_in_wrongly_notifies_the_staff(
    harness: CampaignHarness, got: list[dict[str, str]]
) -> None:
    with pytest.raises(InvalidInput):
        await checked_parameters({"name": "derby", "account": 7}, {"mode": "run"})
    assert got[0]["title"] == "derby: the campaign failed"


@pytest.mark.parametrize(
    ("campaign", "tables", "why"),
    [
        ({"name": "derby", "activity_type": "M"}, {"segment": "no.csv"}, "timeline"),
        (
            {"name": "derby", "activty_type": "M"},
            {"segment": [{"insider_id": "a"}], "timeline": "no.csv"},
            "activity_type",
        ),
        (
            {"name": "derby", "activity_type": "M"},
            {"segment": [{"uid": "a"}], "timeline": "no.csv"},
            "no.csv",
        ),
        ({"name": "derby", "activity_type": "M"}, {"segment": 7, "timeline": "no.csv"}, "int"),
        ("derby.yaml", {}, "derby.yaml"),
    ],
    ids=["a missing key", "an unknown key", "tables that cannot be read", "no table", "no file"],
)
def test_a_campaign_from_python_that_cannot_begin_notifies_the_staff_once_and_a_rehearsal_nobody(
    harness: CampaignHarness, got: list[dict[str, str]], campaign: Any, tables: dict[str, Any], why: str
) -> None:
    for play in (live_activity.rehearse, live_activity.check):
        with pytest.raises(InvalidInput):
            play(campaign, **tables)
    assert got == []
    with pytest.raises(InvalidInput):
        live_activity.run(campaign, agreed="me", **tables)
    (sent,) = got
    assert sent["title"] == "derby: the campaign failed"
    assert sent["message"].startswith("not played: ")
    assert why in sent["message"]


def test_a_wrong_account_from_python_notifies_the_staff(
    harness: CampaignHarness, got: list[dict[str, str]]
) -> None:
    nowhere = live_activity.Account(base_url="nowhere", api_key=SecretStr("s3cret"))
    with pytest.raises(InvalidInput):
        live_activity.run({"name": "derby"}, agreed="me", account=nowhere)
    assert [each["title"] for each in got] == ["derby: the campaign failed"]
    assert "s3cret" not in got[0]["message"]


async def test_a_service_that_refuses_is_reported_once_and_changes_nothing(
    harness: CampaignHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIVE_ACTIVITY_NOTIFY", "json://127.0.0.1:9/")
    settings.cache_clear()
    harness.faults({"do": "reset_after", "endpoint": "start", "calls": 1})
    messages: list[str] = []
    host = Host(event_handlers=(lambda event: messages.append(event.message),))
    report = await play_campaign(RunRequest(harness.campaign(), "run", agreed="me"), host)
    assert report.status == "ended"
    assert messages.count("a notification could not be sent; see LIVE_ACTIVITY_NOTIFY") == 1


async def test_another_run_of_the_campaign_within_a_minute_notifies_of_nothing_twice(
    harness: CampaignHarness, got: list[dict[str, str]]
) -> None:
    harness.faults({"do": "server_error", "endpoint": "register"})
    ends_at = (harness.clock.now() + timedelta(hours=1)).isoformat()
    for _ in range(2):
        request = RunRequest(harness.campaign(ends_at=ends_at), "run", agreed="me", again=True)
        await play_campaign(request)
    titles = [each["title"] for each in got]
    assert titles.count("derby: an activity failed") == 1
