"""A campaign that runs while the table it reads is changed, broken, shrunk and repaired."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from live_activity.sandbox import SandboxServer
from tests.cli_process import Shell, calls
from tests.sources.web import AdminApi, serving

HEAD = "at,event,title,message,score\n"
BEGUN = HEAD + "0s,start,Derby,kick-off,0\n"


@pytest.fixture
def desk() -> Iterator[AdminApi]:
    with serving(AdminApi(BEGUN, etag='"0"')) as desk:
        yield desk


def until(what: Callable[[], bool], process_is_alive: Callable[[], bool]) -> None:
    limit = time.monotonic() + 60
    while not what():
        assert time.monotonic() < limit, "it never happened"
        assert process_is_alive(), "the run ended"
        time.sleep(0.05)


def test_a_table_that_is_changed_broken_emptied_and_repaired_leads_to_the_right_end(
    shell: Shell, sandbox: SandboxServer, desk: AdminApi
) -> None:
    shell.to(sandbox)
    file = following(shell, desk)
    process = shell.start("run", file, "--yes", "--report", shell.folder / "report.json")

    def alive() -> bool:
        return process.poll() is None

    def scores() -> list[int]:
        every = calls(sandbox)["activities"]
        pushes = every[0]["pushes"] if every else []
        return [push["content"]["content_state"]["score"] for push in pushes]

    def publish(body: str) -> None:
        desk.body, desk.etag = body, f'"{hash(body)}"'

    try:
        until(lambda: 0 in scores(), alive)
        publish(BEGUN + "0s,update,Derby,goal,1\n")
        until(lambda: 1 in scores(), alive)
        publish("<html>sign in</html>")
        polled_twice(desk, alive)
        # The goal is overruled: after two good readings without it, phones show the content before it again.
        publish(BEGUN)
        until(lambda: scores()[-1] == 0, alive)
        desk.status = 500
        polled_twice(desk, alive)
        desk.status = 200
        publish(BEGUN + "0s,update,Derby,goal,1\n0s,update,Derby,goal,2\n")
        until(lambda: 2 in scores(), alive)
        publish(BEGUN + "0s,update,Derby,goal,1\n0s,update,Derby,goal,2\n1s,end,Derby,over,3\n")
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 0, out + err
    assert "Traceback" not in out + err
    report = shell.report()
    assert report["status"] == "ended"
    codes = {finding["code"] for finding in report["findings"]}
    assert {"web_page", "feed_withdrawn", "unreadable", "stale_source"} <= codes
    assert all(finding["severity"] != "error" for finding in report["findings"])
    seen = scores()
    assert seen[:3] == [0, 1, 0]
    assert seen[3:] == sorted(seen[3:])
    assert set(seen) == {0, 1, 2, 3}


@pytest.mark.parametrize("hangs", [False, True], ids=["answers that it is broken", "does not answer"])
def test_the_end_waits_for_a_stale_source_until_a_person_ends_it(
    shell: Shell, sandbox: SandboxServer, desk: AdminApi, hangs: bool
) -> None:
    shell.to(sandbox)
    desk.body = BEGUN + "12s,end,Derby,over,1\n"
    file = following(shell, desk)
    process = shell.start("run", file, "--yes", "--report", shell.folder / "report.json")

    def alive() -> bool:
        return process.poll() is None

    try:
        until(lambda: calls(sandbox)["requests"]["start"] == 1, alive)
        if hangs:
            desk.answering.clear()
        else:
            desk.status = 503
        lines = iter(process.stdout or ())
        assert any("UTC at the latest" in line for line in lines)
        assert calls(sandbox)["requests"]["end"] == 0
        assert "ended now" in shell.run("steer", "derby", "end_now").out
        desk.answering.set()
        rest, err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 0, rest + err
    assert {"stale_source", "end_waits"} <= {finding["code"] for finding in shell.report()["findings"]}
    last = calls(sandbox)["activities"][0]["pushes"][-1]
    assert last["kind"] == "end"


def following(shell: Shell, desk: AdminApi) -> Path:
    shell.write("people.csv", "insider_id\n" + "".join(f"u{n:03d}\n" for n in range(25)))
    ends_at = (datetime.now(UTC) + timedelta(minutes=10)).isoformat()
    return shell.write(
        "derby.yaml",
        f"name: derby\nactivity_type: Match\nsegment: people.csv\ntimeline: {desk.url}\n"
        f"poll_seconds: 1\nstale_minutes: 0.02\nends_at: {ends_at}\n",
    )


def polled_twice(desk: AdminApi, alive: Callable[[], bool]) -> None:
    """Waits until a complete poll with its repeats has read the table as it is now."""
    enough = len(desk.answers) + 6
    until(lambda: len(desk.answers) >= enough, alive)
