"""`live-activity steer` to a campaign whose segment is still being staged."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from live_activity.sandbox import SandboxServer
from tests.chaos.command_process import until
from tests.cli_process import Shell, calls

# Staging begins once the ledger has the edition; the read before that only counts people.
PEOPLE = """
import contextlib, pathlib, sqlite3, time

HERE = pathlib.Path(__file__).parent


def people():
    with contextlib.suppress(sqlite3.Error), sqlite3.connect(f"file:{HERE / 'ledger.db'}?mode=ro", uri=True) as ledger:
        if ledger.execute("SELECT count(*) FROM la_editions").fetchone()[0]:
            (HERE / "staging").touch()
            while not (HERE / "go").exists():
                time.sleep(0.05)
    return [{"insider_id": f"u{n:03d}"} for n in range(25)]
"""


def test_each_command_is_answered_at_once_and_none_is_lost(shell: Shell, sandbox: SandboxServer) -> None:
    shell.to(sandbox)
    shell.write("people_who_take_long.py", PEOPLE)
    file = shell.campaign(
        "0s,start,Derby,kick-off,0\n50m,end,Derby,over,2\n",
        segment="python:people_who_take_long:people",
    )
    run = shell.start("run", file, "--yes")
    until((shell.folder / "staging").exists, what="the staging")
    later = (datetime.now(UTC) + timedelta(hours=2)).isoformat(timespec="seconds")
    moved = shell.run("steer", "derby", "move_end", later)
    assert (moved.code, moved.out[:6]) == (0, "taken:"), moved
    frozen = shell.run("steer", "derby", "freeze")
    assert (frozen.code, frozen.out[:6]) == (0, "frozen"), frozen
    (shell.folder / "go").touch()
    until(lambda: calls(sandbox)["requests"]["register"], what="the registration")
    assert calls(sandbox)["requests"]["start"] == 0
    assert shell.run("steer", "derby", "resume").code == 0
    until(lambda: calls(sandbox)["requests"]["start"], what="the start")
    assert shell.run("steer", "derby", "end_now").code == 0
    out, err = run.communicate(timeout=100)
    assert run.wait() == 0, err
    assert "move_end: the end of the activity is moved to" in out
    assert out.index("freeze: frozen") < out.index("resume: the activity resumed") < out.index("start: Derby")
