"""A campaign of a few seconds with a sandbox of its own, and the checks of what that sandbox received."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from live_activity.core.clock import RealClock
from live_activity.sandbox import SandboxOptions, SandboxServer
from live_activity.sandbox.activity import Activity
from live_activity.sandbox.faults import Faults, parse_rules
from tests.chaos.boundaries import Place
from tests.chaos.command_process import CommandProcess, CommandRun

ROOT = Path(__file__).parents[2]
PEOPLE = 25
TYPE = "Match"
# Two phones are slow to sync, so that every campaign settles twice before it ends: the first settling push reaches one
# more than the last update did, the second one reaches the other.
SLOW_PHONES = {7: 15.0, 8: 13.6}
ROWS = (
    "0s,start,Derby,kick-off,0\n"
    "3s,update,Derby,goal,1\n"
    "6s,update,Derby,goal,2\n"
    "9s,update,Derby,goal,3\n"
    "14s,end,Derby,over,4\n"
)
# For campaigns that are interrupted around their start: a start is not sent again once the end is due.
LATE_END = ROWS.replace("14s,end", "40s,end")
LAST_SCORE = 4


@dataclass(frozen=True)
class Seen:
    """One activity that was started, as the sandbox saw it."""

    kinds: tuple[str, ...]
    scores: tuple[int, ...]
    people: int
    showing: dict[int | None, int]
    ended: bool
    unsynced: int


class Stage:
    """Everything that one campaign has for itself. The Prefect server is shared by all."""

    def __init__(self, folder: Path, server: SandboxServer, environment: dict[str, str]) -> None:
        self.folder = folder
        self.server = server
        self.environment = environment
        self.file = folder / "derby.yaml"
        self.report_file = folder / "report.json"

    def write(self, *, rows: str = ROWS, **keys: object) -> None:
        """Writes the campaign file and its tables."""
        asked = self.parameters(**keys)
        (self.folder / "people.csv").write_text(
            "insider_id\n" + "".join(f"u{n:03d}\n" for n in range(PEOPLE))
        )
        (self.folder / "rows.csv").write_text("at,event,title,message,score\n" + rows)
        self.file.write_text("".join(f"{key}: {json.dumps(value)}\n" for key, value in asked.items()))

    def parameters(self, **keys: object) -> dict[str, object]:
        """Returns the keys of the campaign file, which are also the parameters of a flow run."""
        return {
            "name": "derby",
            "activity_type": TYPE,
            "segment": str(self.folder / "people.csv"),
            "timeline": str(self.folder / "rows.csv"),
            "poll_seconds": 1,
            "min_seconds_between_updates": 0,
            **keys,
        }

    def faults(self, rules: Sequence[Mapping[str, Any]] = ()) -> None:
        """Sets the faults of the sandbox; without rules there are none."""
        with self.server.sandbox.lock:
            self.server.sandbox.faults = Faults(parse_rules(list(rules)))

    def touch(self) -> None:
        """Gives the timeline file a new modification time, as if it had been saved again."""
        os.utime(self.folder / "rows.csv")

    def start(self, place: Place | None = None, **options: Any) -> CommandProcess:
        """Starts `live-activity run`; `options` are further fields of `CommandRun`."""
        arguments = ("run", str(self.file), "--yes", "--report", str(self.report_file))
        return CommandProcess(
            CommandRun(arguments, self.environment, self.folder / "output.txt", place, **options)
        )

    def run_recovery(self) -> CommandProcess:
        """Starts `live-activity reconcile`, the former name of `recover`."""
        return CommandProcess(CommandRun(("reconcile",), self.environment, self.folder / "output.txt"))

    @property
    def output(self) -> str:
        """What all runs of the command printed so far."""
        return (self.folder / "output.txt").read_text("utf-8", "replace")

    def report(self) -> Any:
        """Returns the report of the last run."""
        return json.loads(self.report_file.read_text("utf-8"))

    def requests(self) -> dict[str, int]:
        """Returns the number of requests that the sandbox received, by endpoint."""
        with self.server.sandbox.lock:
            return dict(self.server.sandbox.call_log.requests())

    def seen(self, activity_type: str = TYPE) -> list[Seen]:
        """Returns the activities of that type that were started."""
        with self.server.sandbox.lock:
            return [
                _seen(each)
                for each in self.server.sandbox.activities()
                if each.started_at is not None and each.activity_type == activity_type
            ]


def _seen(activity: Activity) -> Seen:
    showing: dict[int | None, int] = {}
    for cohort in activity.cohorts():
        score = cohort.screen.shows.state["score"] if cohort.screen.shows is not None else None
        showing[score if cohort.screen.final else None] = (
            showing.get(score if cohort.screen.final else None, 0) + cohort.count
        )
    return Seen(
        kinds=tuple(sent.push.kind for sent in activity.sent),
        scores=tuple(int(sent.push.content.state["score"]) for sent in activity.sent),
        people=activity.people.count,
        showing={score: phones for score, phones in showing.items() if phones},
        ended=activity.ended_at is not None,
        unsynced=_unsynced_at_end(activity),
    )


def _unsynced_at_end(activity: Activity) -> int:
    """Returns the number of phones whose sync takes longer than the activity lasted: no call can reach them."""
    if activity.started_at is None or activity.ended_at is None:
        return 0
    lasted = (activity.ended_at - activity.started_at).total_seconds()
    return sum(delay > lasted for delay in SLOW_PHONES.values())


@contextmanager
def stage(
    folder: Path,
    slow_phones: Mapping[int, float] = SLOW_PHONES,
    /,
    *,
    api_key: str = "key-of-the-stage",
    **more: str,
) -> Iterator[Stage]:
    """Yields a campaign with its own folder, ledger and sandbox; `more` are environment variables."""
    folder.mkdir(parents=True)
    fleet = folder / "fleet.csv"
    fleet.write_text(
        "insider_id,udid,platform,os_version,push_enabled,gdpr,push_to_start_token,sync_delay\n"
        + "".join(
            f"u{n:03d},phone-{n},ios,18.1,true,,t{n},{slow_phones.get(n, 0.1)}\n" for n in range(PEOPLE)
        )
    )
    options = SandboxOptions(api_keys=frozenset({api_key}), fleet=fleet)
    with SandboxServer(options, clock=RealClock()) as server:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "XDG_DATA_HOME": str(folder / "data"),
            "LIVE_ACTIVITY_BASE_URL": server.base_url,
            "LIVE_ACTIVITY_API_KEY": api_key,
            "LIVE_ACTIVITY_DATABASE_URL": f"sqlite:///{folder / 'ledger.db'}",
            "LIVE_ACTIVITY_STORAGE": str(folder / "segments"),
            "LIVE_ACTIVITY_BATCH_SIZE": "10",
            "COLUMNS": "200",
            **more,
        }
        made = Stage(folder, server, environment)
        made.write()
        yield made


def assert_played_to_its_end(stage: Stage, activity_type: str = TYPE) -> None:
    """Asserts one start with all people, content never older than before, the final content on all phones, one end."""
    (seen,) = stage.seen(activity_type)
    assert seen.kinds.count("start") == 1, seen
    assert seen.people == PEOPLE, "somebody was lost"
    assert list(seen.scores) == sorted(seen.scores), "content older than what was shown already"
    assert seen.kinds.count("end") == 1, seen
    assert seen.kinds[-1] == "end"
    assert seen.ended
    assert seen.showing == {LAST_SCORE: PEOPLE}, "a phone lacks the final content"


def assert_stopped(stage: Stage, activity_type: str = TYPE) -> None:
    """Asserts that a started activity was ended once, with the last due content on every phone that had synced."""
    for seen in stage.seen(activity_type):
        assert seen.kinds.count("start") == 1, seen
        assert list(seen.scores) == sorted(seen.scores)
        assert seen.kinds.count("end") == 1, seen
        assert seen.ended
        assert seen.showing.get(max(seen.scores), 0) >= PEOPLE - len(SLOW_PHONES), (
            "a phone lacks the final content"
        )
    assert len(stage.seen(activity_type)) <= 1
