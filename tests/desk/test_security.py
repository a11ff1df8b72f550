"""Who may read and who may act at the desk, and what never appears on a page."""

from __future__ import annotations

import logging
import re

import pytest
from click.testing import CliRunner

from live_activity.cli.main import main
from live_activity.desk import DeskOptions
from live_activity.desk.data import DeskData
from live_activity.desk.metrics import metrics
from live_activity.engine.edition import Edition
from tests.campaign_harness import PEOPLE, CampaignHarness
from tests.desk.conftest import TOKEN, Desk, OpenDesk, at_minute

SCRIPT = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
SECRET = "a-secret-between-proxy-and-desk"


def proxied(desk: Desk, name: str, *roles: str, secret: str = SECRET) -> Desk:
    desk.headers = {
        "x-desk-proxy-secret": secret,
        "x-forwarded-user": name,
        "x-forwarded-roles": ", ".join(roles),
    }
    return desk


@pytest.fixture
def ledger(harness: CampaignHarness) -> None:
    with harness.database():
        pass


@pytest.mark.usefixtures("ledger")
def test_nothing_is_shown_without_the_token(open_desk: OpenDesk) -> None:
    desk = open_desk(signed_in=False)
    for path in ("/", "/live", "/events", "/metrics", "/campaigns/7b1f3f0e-0000-4000-8000-000000000000"):
        assert desk.client.get(path).status_code == 401, path
    assert desk.client.post("/everything", json={}).status_code == 401
    assert desk.client.get("/", headers={"accept": "text/html"}, follow_redirects=False).status_code == 303
    for wrong in ("", "wrong", TOKEN[:-1], f"{TOKEN}x"):
        assert desk.client.post("/sign-in", data={"token": wrong}).status_code == 403
        assert "set-cookie" not in desk.client.get("/sign-in", params={"token": wrong}).headers


@pytest.mark.usefixtures("ledger")
def test_the_printed_address_signs_in_with_a_cookie_that_scripts_and_other_sites_do_not_get(
    open_desk: OpenDesk,
) -> None:
    desk = open_desk(signed_in=False)
    answer = desk.client.get("/sign-in", params={"token": TOKEN}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert TOKEN not in cookie
    assert desk.get("/").status_code == 200
    assert desk.post("/sign-out", {}).status_code == 200
    assert desk.client.get("/").status_code == 401


@pytest.mark.usefixtures("ledger")
@pytest.mark.parametrize(
    "host",
    ["evil.example", "127.0.0.1.evil.example:8710", "", "localhost.evil:80", "localhost:80@evil.example"],
)
def test_another_host_name_is_refused(open_desk: OpenDesk, host: str) -> None:
    desk = open_desk()
    assert desk.get("/", host=host).status_code == 421
    assert desk.get("/sign-in", host=host).status_code == 421


@pytest.mark.usefixtures("ledger")
def test_a_post_needs_the_csrf_token_and_the_same_site(open_desk: OpenDesk) -> None:
    desk = open_desk()
    good = {"x-csrf-token": desk.csrf}
    assert desk.client.post("/everything", json={}, headers=good).status_code == 200
    for headers in (
        {},
        {"x-csrf-token": "wrong"},
        {**good, "origin": "https://evil.example"},
        {**good, "origin": "null"},
        {**good, "origin": "http://["},
        {**good, "sec-fetch-site": "cross-site"},
        {**good, "sec-fetch-site": "same-site"},
    ):
        assert desk.client.post("/everything", json={}, headers=headers).status_code == 403, headers
    form = desk.client.post("/everything", content="{}", headers={**good, "content-type": "text/plain"})
    assert form.status_code == 400
    assert desk.client.get("/everything", headers=good).status_code == 405


@pytest.mark.usefixtures("ledger")
def test_every_answer_carries_a_strict_policy_and_no_page_has_inline_code(open_desk: OpenDesk) -> None:
    desk = open_desk()
    for path in ("/", "/sign-in", "/nothing", "/static/desk.js"):
        answer = desk.get(path)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-frame-options"] == "DENY"
        if path != "/static/desk.js":
            assert not re.search(r"<script(?![^>]* src=)|<style| style=| on[a-z]+=", answer.text)
    assert desk.get("/static/..%2f..%2foptions.py").status_code == 404


async def test_script_in_every_field_is_shown_as_text(harness: CampaignHarness, open_desk: OpenDesk) -> None:
    quoted = SCRIPT.replace('"', '""')
    (harness.folder / "rows.csv").write_text(
        'at,event,title,message,score,"state.a<b>"\n'
        + "".join(
            f'{at},{event},"{quoted}",m,{score},"{quoted}"\n'
            for at, event, score in (("0m", "start", 0), ("20m", "update", 1), ("60m", "end", 2))
        )
    )
    desk = open_desk(signed_in=False)
    desk.sign_in(name=SCRIPT)

    async def look(edition: Edition) -> None:
        campaign = f"/campaigns/{edition.ledger.edition_id}"
        await harness.command(edition, "release", field=SCRIPT)
        pages = ["/", campaign, f"{campaign}/activities?q={SCRIPT}", f"{campaign}/dialog/correct?number=0"]
        for page in [*pages, f"{campaign}/dialog/end_now"]:
            text = desk.get(page).text
            assert "<script>alert" not in text, page
            assert "<img" not in text, page
        drawn = desk.drawn(edition)
        preview = desk.post(f"{campaign}/preview", {"number": 0, "edits": {"a<b>": f"{SCRIPT}!"}, **drawn})
        assert "<script>" not in preview.json()["card"]

    await at_minute(harness, 25, look, name="derby")


async def test_ids_and_keys_are_nowhere_in_pages_or_logs(
    harness: CampaignHarness, open_desk: OpenDesk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    desk = open_desk()
    seen: list[str] = []

    async def look(edition: Edition) -> None:
        campaign = f"/campaigns/{edition.ledger.edition_id}"
        pages = ["/", campaign, f"{campaign}/dialog/correct?number=0", "/metrics", f"{campaign}/report.json"]
        seen.extend(desk.get(page).text for page in pages)
        paths.append(f"{campaign}/report.json")

    paths: list[str] = []
    await at_minute(harness, 25, look)
    seen.append(desk.get(paths[0]).text)
    logged = "\n".join(
        each.getMessage() for each in caplog.records if each.name.startswith("live_activity.desk")
    )
    for text in (*seen, logged):
        assert not any(f"u{n:03d}" in text for n in range(PEOPLE))
        assert "a-key" not in text
        assert TOKEN not in text
        assert "rejects_file" not in text


@pytest.mark.usefixtures("ledger")
def test_a_proxys_headers_count_only_with_its_secret(open_desk: OpenDesk) -> None:
    without = proxied(open_desk(signed_in=False), "Eve", "view", "correct")
    assert without.get("/metrics", accept="*/*").status_code == 401, "without a secret there is no proxy"
    desk = open_desk(signed_in=False, proxy_secret=SECRET)
    for wrong in ("", "wrong", SECRET.upper()):
        assert proxied(desk, "Eve", "view", secret=wrong).get("/live", accept="*/*").status_code == 401
    desk.headers = {}
    assert desk.client.post("/sign-in", data={"token": TOKEN}).status_code == 403, (
        "the token is not accepted here"
    )
    assert "Campaigns" in proxied(desk, "Vera", "view").get("/").text
    assert "Freeze everything" not in desk.get("/").text
    assert desk.post("/everything", {}).status_code == 403
    assert proxied(desk, "Nobody").get("/").status_code == 403
    proxied(desk, "Carl", "view", "correct")
    assert "Freeze everything" in desk.get("/").text
    assert desk.post("/everything", {}).status_code == 200


@pytest.mark.usefixtures("ledger")
def test_the_metrics_token_reads_metrics_and_nothing_else(open_desk: OpenDesk) -> None:
    desk = open_desk(signed_in=False, metrics_token="for-prometheus-only")
    header = {"authorization": "Bearer for-prometheus-only"}
    assert desk.client.get("/metrics", headers=header).status_code == 200
    assert desk.client.get("/metrics", headers={"authorization": "Bearer nope"}).status_code == 401
    assert desk.client.get("/live", headers=header).status_code == 401


@pytest.mark.usefixtures("ledger")
def test_a_body_that_is_too_long_is_refused(open_desk: OpenDesk) -> None:
    desk = open_desk()
    assert desk.post("/everything", {"action": "x" * 400_000}).status_code == 413
    headers = {"x-csrf-token": desk.csrf, "content-type": "application/json"}
    for path in ("/everything", "/sign-in"):
        without_length = desk.client.post(path, content=iter([b"x" * 100_000] * 4), headers=headers)
        assert without_length.status_code == 413, path


@pytest.mark.usefixtures("ledger")
def test_a_name_is_a_text(open_desk: OpenDesk) -> None:
    desk = open_desk()
    for wrong in ({}, {"name": " "}, {"name": ["Eve"]}):
        assert desk.post("/name", wrong).status_code == 400
    assert "Anna" in desk.get("/").text
    assert desk.post("/name", {"name": "Berta"}).status_code == 200
    assert "Berta" in desk.get("/").text


def test_a_desk_that_other_machines_reach_needs_an_allowed_host_name(harness: CampaignHarness) -> None:
    result = CliRunner().invoke(main, ["desk", "--host", "0.0.0.0", "--port", "0"])
    assert result.exit_code == 2
    assert "--allow-host" in result.output
    with pytest.raises(ValueError, match="shorter"):
        DeskOptions(token="short")


async def test_metrics_have_bounded_labels(harness: CampaignHarness, open_desk: OpenDesk) -> None:
    desk = open_desk()
    found: list[str] = []

    async def look(edition: Edition) -> None:
        found.append(desk.get("/metrics").text)

    await at_minute(harness, 25, look)
    (text,) = found
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    assert 'live_activity_phones_handed_to_apple{campaign="derby",mode="run"} 25' in lines
    assert 'live_activity_pushes{campaign="derby",mode="run",kind="start",outcome="done"} 1' in lines
    assert "live_activity_ledger_up 1" in lines
    assert all(re.fullmatch(r'[a-z_]+(\{([a-z]+="[^"\n]*",?)+\})? -?[0-9.e+-]+', line) for line in lines), (
        text
    )
    assert len(lines) == len({line.rpartition(" ")[0] for line in lines}), "each series appears once"
    with harness.database() as database:
        assert "live_activity_editions" in metrics(DeskData(database))
        assert harness.folder.joinpath("ledger.db").exists()
        harness.folder.joinpath("ledger.db").rename(harness.folder / "away.db")
        assert metrics(DeskData(database)).splitlines()[-1] == "live_activity_ledger_up 0"
