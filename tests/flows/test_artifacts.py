"""What an analyst sees of a campaign in the Prefect UI: artifacts, which are kept up to date, and events."""

from __future__ import annotations

import base64
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from typing import Any

import httpx
import pytest

from live_activity.sandbox import SandboxServer
from tests.cli_process import Shell
from tests.flow_process import Prefect, result_of, start_flow, wait_for

ROWS = "0s,start,Derby,kick-off,0\n40m,update,Derby,goal,1\n90m,end,Derby,over,2\n"


@pytest.fixture
def prefect(prefect_url: str) -> Prefect:
    return Prefect(prefect_url)


def asked_for(shell: Shell, name: str, rows: str = ROWS, **more: object) -> dict[str, Any]:
    shell.campaign(rows, people="insider_id\n" + "".join(f"u{n:03d}\n" for n in range(25)) + "u003\n \n")
    return {"name": name, "activity_type": "Match", "segment": "people.csv", "timeline": "rows.csv", **more}


def numbers(page: str, label: str) -> list[int]:
    line = next(line for line in page.splitlines() if line.startswith("|") and label in line)
    return [int(number.replace(",", "")) for number in re.findall(r"\d[\d,]*", line.split("|", 2)[2])]


def test_a_rehearsal_of_hours_leaves_few_artifacts_and_a_report_with_a_picture(
    shell: Shell, prefect: Prefect
) -> None:
    report = result_of(start_flow(shell, "campaign", mode="rehearse", **asked_for(shell, "hours")))
    plan = prefect.artifact("hours-rehearsal-plan")["data"]
    assert (numbers(plan, "rows of the segment"), numbers(plan, "**accepted**")) == ([27], [25])
    rejected = [numbers(plan, f"less rejected: {why}")[0] for why in ("duplicate", "no id")]
    assert sum(rejected) == 2
    lost = [numbers(plan, line)[-1] for line in re.findall(r"\| (less [^|]*?) \|  \|", plan)]
    assert numbers(plan, "**found**")[1] - sum(lost) == numbers(plan, "**matched**")[0]
    assert "kick-off" in plan
    assert "over" in plan
    assert "u003" not in plan
    pushes = json.loads(prefect.artifact("hours-rehearsal-pushes")["data"])
    assert pushes[0]["push"] == "start"
    assert pushes[-1]["push"] == "end"
    assert all(earlier["sent"] <= later["sent"] for earlier, later in pairwise(pushes))
    page = prefect.artifact("hours-rehearsal-report")["data"]
    assert "nobody received anything" in page
    picture = re.search(r"data:image/png;base64,([A-Za-z0-9+/=]+)", page)
    assert picture is not None
    assert base64.b64decode(picture[1]).startswith(b"\x89PNG")
    assert f"{report['activities'][0]['matched']:,} phones" in page
    assert "u003" not in page
    for what in ("plan", "now", "pushes", "report", "adding"):
        assert prefect.versions(f"hours-rehearsal-{what}") == 1
    assert prefect.artifact("hours-rehearsal-adding")["data"] == 100


def log_lines(prefect: Prefect, run: str) -> list[str] | None:
    """Returns the log of the newest run of that name once it has its last line."""
    found = prefect.post(
        "logs/filter",
        logs={"flow_run_id": {"any_": [prefect.run(run)["id"]]}},
        sort="TIMESTAMP_ASC",
        limit=200,
    )
    lines = [str(each["message"]) for each in found]
    return lines if any(line.startswith("report: ") for line in lines) else None


def test_the_now_page_shows_what_phones_should_show_and_changes_with_the_campaign(
    shell: Shell, sandbox: SandboxServer, prefect: Prefect
) -> None:
    shell.to(sandbox)
    rows = "0s,start,Derby,kick-off,0\n9s,update,Derby,goal,1\n18s,end,Derby,over,2\n"
    asked = asked_for(shell, "now", rows, test_segment="people.csv", poll_seconds=1)
    process = start_flow(shell, "campaign", mode="test", **asked)

    def page_with(*words: str) -> Any:
        made = prefect.artifact("now-test-now")
        return made if made is not None and all(word in made["data"] for word in words) else None

    first = wait_for(lambda: page_with("kick-off", "25 handed to Apple", "next row"), process)
    assert "shown" not in first["data"]
    second = wait_for(lambda: page_with("**running**", "goal"), process)
    assert second["id"] == first["id"]
    assert result_of(process)["status"] == "ended"
    assert page_with("over: ended")["id"] == first["id"]
    assert "Cancel ends the card on every phone" in first["data"]
    page = prefect.artifact("live-activities")["data"]
    over = page.partition("## Over")[2]
    (row,) = (line for line in over.splitlines() if line.startswith("| now | "))
    # A campaign without a planned start shows when it started.
    started = r"\| ended \| \d{4}-\d\d-\d\d \d\d:\d\d UTC \| test \|"
    assert re.search(rf"\[report\]\(http://.*/artifacts/key/now-test-report\) {started}", row)
    assert prefect.versions("live-activities") == 1
    lines = wait_for(lambda: log_lines(prefect, "TEST · now"))
    assert lines[1].startswith("Cancel ends the card on every phone")
    assert re.fullmatch(r"plan: http://.*/artifacts/key/now-test-plan", lines[2])
    assert re.fullmatch(r"now: http://.*/artifacts/key/now-test-now", lines[3])
    assert any(re.fullmatch(r"report: http://.*/artifacts/key/now-test-report", line) for line in lines[-2:])
    assert prefect.artifact("now-test-report")["data"].startswith("# Test: now, ended")


def test_events_carry_the_campaign_as_their_resource_in_the_order_in_which_things_happened(
    shell: Shell, prefect: Prefect
) -> None:
    assert (
        result_of(start_flow(shell, "campaign", mode="rehearse", **asked_for(shell, "events")))["status"]
        == "ended"
    )
    wanted = ["registered", "started", "updated", "ended"]

    def seen() -> list[str] | None:
        sorts = [event["event"].removeprefix("live-activity.") for event in prefect.events("events")]
        return sorts if "ended" in sorts else None

    sorts = wait_for(seen)
    assert [sort for sort in dict.fromkeys(sorts) if sort in wanted] == wanted
    assert sorts.count("ended") == 1


@contextmanager
def taking_no_artifacts(url: str) -> Iterator[str]:
    """Serves a proxy of Prefect's API that refuses artifacts and events."""
    refused: list[str] = []

    class Proxy(BaseHTTPRequestHandler):
        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if "/artifacts" in self.path or "/events" in self.path:
                refused.append(self.path)
                self.reply(422, b"{}")
                return
            kind = {"Content-Type": self.headers.get("Content-Type", "application/json")}
            passed = httpx.request(
                self.command,
                url.removesuffix("/api") + self.path,
                content=body,
                headers=kind,
                trust_env=False,
            )
            self.reply(passed.status_code, passed.content)

        do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = answer

        def reply(self, status: int, content: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Proxy) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/api"
            assert refused, "no request was refused, so nothing was tested"
        finally:
            server.shutdown()
            serving.join()


def test_a_campaign_goes_on_where_neither_artifacts_nor_events_are_taken(
    shell: Shell, prefect_url: str
) -> None:
    with taking_no_artifacts(prefect_url) as url:
        shell.environment["PREFECT_API_URL"] = url
        process = start_flow(shell, "campaign", mode="rehearse", **asked_for(shell, "unseen"))
        out, err = process.communicate(timeout=90)
    assert json.loads(out.splitlines()[-1])["status"] == "ended"
    assert (out + err).count("artifact could not be written") == 1


def test_a_segment_that_equals_the_last_one_or_is_far_smaller_is_a_warning(
    shell: Shell, sandbox: SandboxServer
) -> None:
    shell.to(sandbox)
    file = shell.campaign("0s,start,Derby,kick-off,0\n1s,end,Derby,over,2\n")
    assert shell.run("run", file, "--yes").code == 0
    assert (
        "segment is identical to that of the last edition" in shell.run("run", file, "--yes", "--again").out
    )
    shell.write("people.csv", "insider_id\nu001\nu002\n")
    assert "had 25; was it cut off?" in shell.run("rehearse", file).out
