"""`live-activity run`, against the sandbox on a real port and a real Prefect server."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from contextlib import closing
from datetime import UTC, datetime

from sqlalchemy import text as sql

from live_activity.ledger import Database, EditionRequest, open_edition
from live_activity.sandbox import SandboxServer
from tests.cli_process import Shell, calls

SHORT = "0s,start,Derby,kick-off,0\n2s,update,Derby,goal,1\n3s,end,Derby,over,2\n"


def test_a_campaign_runs_in_order_and_its_report_says_what_the_server_saw(
    shell: Shell, sandbox: SandboxServer
) -> None:
    shell.to(sandbox, LIVE_ACTIVITY_BATCH_SIZE="10")
    said = shell.run("run", shell.campaign(SHORT), "--yes", "--report", shell.folder / "report.json")
    assert said.code == 0, said.err
    report, seen = shell.report(), calls(sandbox)
    assert report["status"] == "ended"
    assert report["calls"] == seen["requests"]
    assert report["calls"]["register"] == 1
    assert report["calls"]["add_users"] == 2
    (activity,) = report["activities"]
    assert (activity["people"], activity["matched"], activity["unsynced_at_end"]) == (25, 25, 0)
    pushes = seen["activities"][0]["pushes"]
    assert pushes[0]["kind"] == "start"
    assert pushes[-1]["kind"] == "end"
    scores = [push["content"]["content_state"]["score"] for push in pushes]
    assert scores == sorted(scores)
    assert set(scores) == {0, 1, 2}
    assert sum(push["kind"] == "start" for push in pushes) == 1
    assert "phones" not in report


def test_an_edition_that_is_over_is_played_once_more_only_with_again(
    shell: Shell, sandbox: SandboxServer
) -> None:
    shell.to(sandbox)
    file = shell.campaign("0s,start,Derby,kick-off,0\n1s,end,Derby,over,1\n")
    assert shell.run("run", file, "--yes").code == 0
    again = shell.run("run", file, "--yes")
    assert again.code == 2
    assert "--again" in again.err
    assert shell.run("run", file, "--yes", "--again").code == 0
    assert calls(sandbox)["requests"]["start"] == 2


def test_a_key_that_is_refused_fails_with_one_line_and_never_shows_the_key(
    shell: Shell, sandbox: SandboxServer
) -> None:
    shell.to(sandbox, LIVE_ACTIVITY_API_KEY="wrong-key-123")
    said = shell.run("run", shell.campaign(SHORT), "--yes", "--report", shell.folder / "report.json")
    assert said.code == 1
    assert "401" in said.out + said.err
    assert "Traceback" not in said.out + said.err
    assert shell.report()["status"] == "failed"
    everything = said.out + said.err + (shell.folder / "report.json").read_text()
    assert "wrong-key-123" not in everything
    assert calls(sandbox)["requests"]["start"] == 0


def test_nothing_is_sent_if_nobody_can_be_asked_for_approval(shell: Shell, sandbox: SandboxServer) -> None:
    shell.to(sandbox)
    said = shell.run("run", shell.campaign(SHORT))
    assert said.code == 1
    assert "--yes" in said.err
    assert sum(calls(sandbox)["requests"].values()) == 0


def test_ids_and_the_key_are_in_no_output_and_no_ledger(shell: Shell, sandbox: SandboxServer) -> None:
    shell.to(sandbox)
    people = "insider_id\n" + "".join(f"u{n:03d}\n" for n in range(25)) + "u003\n"
    said = shell.run(
        "run", shell.campaign(SHORT, people=people), "--yes", "--report", shell.folder / "report.json"
    )
    assert said.code == 0, said.err
    ledger = b"".join(file.read_bytes() for file in shell.folder.glob("ledger.db*"))
    for text in (said.out, said.err, (shell.folder / "report.json").read_text(), ledger.decode("latin-1")):
        assert "u003" not in text
        assert "secret-key" not in text
    assert shell.report()["segment"]["reasons"] == {"duplicate": 1}


def test_ctrl_c_ends_the_activity_on_the_phones_with_the_last_content_that_was_due(
    shell: Shell, sandbox: SandboxServer
) -> None:
    shell.to(sandbox)
    file = shell.campaign("0s,start,Derby,kick-off,0\n1h,end,Derby,over,9\n")
    process = shell.start("run", file, "--yes", "--report", shell.folder / "report.json")
    try:
        until = time.monotonic() + 60
        while calls(sandbox)["requests"]["start"] == 0:
            assert time.monotonic() < until, "it never started"
            assert process.poll() is None, process.communicate()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=40)
    finally:
        process.kill()
    assert process.returncode == 1
    assert "Traceback" not in out + err
    assert shell.report()["status"] == "cancelled"
    last = calls(sandbox)["activities"][0]["pushes"][-1]
    assert (last["kind"], last["content"]["content_state"]) == ("end", {"score": 0})


def test_a_stop_in_the_middle_of_an_import_is_a_stop_and_no_crash() -> None:
    # A dataclass is created by `exec`, and Python reports a KeyboardInterrupt in there as unhandled.
    code = "import os, signal; os.kill(os.getpid(), signal.SIGTERM); [None for _ in range(10**6)]"
    code = (
        "import signal, sys\nfrom live_activity.cli.play_command import terminate\n"
        "signal.signal(signal.SIGTERM, terminate)\n"
        f"try:\n    exec({code!r})\nexcept KeyboardInterrupt:\n    pass\n"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_steering_reports_an_unwritable_ledger_in_one_line(shell: Shell, sandbox: SandboxServer) -> None:
    shell.to(sandbox)
    with closing(Database(shell.environment["LIVE_ACTIVITY_DATABASE_URL"])) as database:
        open_edition(database, EditionRequest("sandbox", "run", "derby", None, {}), now=datetime.now(UTC))
        with database.writing() as connection:
            connection.execute(sql("ALTER TABLE la_commands RENAME COLUMN action TO gone"))
    said = shell.run("steer", "derby", "freeze")
    assert (said.code, said.err.count("\n")) == (1, 1)
    assert said.err.startswith("not sent: the ledger cannot be written")


def test_steering_takes_negative_minutes_and_answers_an_unknown_action_with_the_known_ones(
    shell: Shell,
) -> None:
    earlier = shell.run("steer", "derby", "shift", "-5")
    assert earlier.code == 2
    assert "no campaign 'derby' is running" in earlier.err
    unknown = shell.run("steer", "derby", "fly")
    assert unknown.code == 2
    assert "freeze, resume, send_now" in unknown.err
