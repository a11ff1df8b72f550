"""Many real workers on one machine: `make scale`, or `SCALE=small make scale`.

PostgreSQL, Redis, two Prefect API servers and one with services, and several worker machines play many campaigns, one
of them with many activities, on one account of a sandbox. One machine is halted in the middle of the large campaign's
start; its campaigns are taken over, and it is resumed. Another one is killed in the middle of an update. Then the
sandbox's log, its phones, the ledger and Prefect are checked. Exits with 1 if any check fails.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from tests.scale import checks
from tests.scale.checks import Check
from tests.scale.figures import Figures
from tests.scale.inputs import LARGE, Expected, expectations, parameters, write_fleet, write_inputs
from tests.scale.installation import Installation, installation
from tests.scale.machines import Machine, namespace
from tests.scale.variant import HALTED_FOR, TAKEN_OVER_WITHIN, VARIANTS, Variant
from tests.scale.watch import Ledger, taken_over

LOOK_SECONDS = 1.0
# The automation on heartbeats takes 100 s to find a run whose machine has died.
RUNS_OVER_WITHIN = 240.0


class Scene:
    """Everything that runs, and the results so far."""

    def __init__(
        self,
        made: Installation,
        variant: Variant,
        machines: list[Machine],
        ledger: Ledger,
        figures: Figures,
    ) -> None:
        self.made = made
        self.variant = variant
        self.machines = machines
        self.ledger = ledger
        self.figures = figures
        self.began = time.monotonic()
        self.checks: list[Check] = []
        self.lines: list[str] = []

    @property
    def elapsed(self) -> float:
        return time.monotonic() - self.began

    def say(self, line: str) -> None:
        sys.stdout.write(f"{self.elapsed:6.0f} s  {line}\n")
        sys.stdout.flush()

    def until(self, true: Callable[[], bool], *, what: str, within: float | None = None) -> bool:
        """Polls until `true` returns True, and approves campaigns meanwhile; returns False after `within` seconds."""
        limit = time.monotonic() + (within or max(30.0, self.variant.longest - self.elapsed))
        while time.monotonic() < limit:
            self.ledger.approve_what_waits()
            if gone := self.made.gone():
                raise SystemExit(f"ended by itself: {', '.join(gone)}")
            self.figures.sample([each for machine in self.machines for each in machine.processes()])
            if true():
                return True
            time.sleep(LOOK_SECONDS)
        self.say(f"{what} did not come to be")
        return False

    def machine_of(self, campaign: str) -> Machine:
        """Returns the machine that plays a campaign now."""
        owner = self.ledger.owners()[campaign]
        for machine in self.machines:
            if machine.lives and (
                machine.name == owner.host or owner.pid in (each.pid for each in machine.processes())
            ):
                return machine
        raise SystemExit(f"no machine plays {campaign}, but process {owner.pid} on {owner.host}")

    def owned_by(self, machine: Machine) -> dict[str, Any]:
        pids = {each.pid for each in machine.processes()}
        return {
            name: owner
            for name, owner in self.ledger.owners().items()
            if machine.name == owner.host or owner.pid in pids
        }

    def lose(self, fault: Callable[[Machine], None], word: str) -> Machine:
        """Halts or kills the machine of the large campaign, and measures how long the takeover takes."""
        victim = self.machine_of(LARGE)
        had = self.owned_by(victim)
        self.say(f"{victim.name} is {word}; it plays {', '.join(sorted(had))}")
        lost = time.monotonic()
        fault(victim)
        slowest = 0.0

        def all_taken() -> bool:
            nonlocal slowest
            slowest = time.monotonic() - lost
            return taken_over(had, self.ledger.campaigns()) == set(had)

        self.until(all_taken, what="a takeover", within=3 * TAKEN_OVER_WITHIN)
        self.say(f"others have them after {slowest:.0f} s: {self.who_plays()}")
        what = f"{len(had)} campaigns of the {word} machine taken over"
        self.checks.append(Check(what, f"within {slowest:.0f} s", slowest <= TAKEN_OVER_WITHIN))
        if word == "halted":
            time.sleep(max(0.0, HALTED_FOR - (time.monotonic() - lost)))
        return victim

    def who_plays(self) -> str:
        owners = self.ledger.owners()
        hosts = sorted({owner.host for owner in owners.values()})
        return ", ".join(f"{host} {sum(owner.host == host for owner in owners.values())}" for host in hosts)


def main() -> int:
    """Runs the variant that SCALE names (full or small); returns the exit code."""
    name = os.environ.get("SCALE", "full")
    if name not in VARIANTS:
        raise SystemExit(f"SCALE={name} is unknown; it is one of {', '.join(VARIANTS)}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    folder = Path(tempfile.mkdtemp(prefix="live-activity-scale-"))
    try:
        scene = _play(VARIANTS[name], folder)
    except BaseException:
        sys.stdout.write(f"the logs are in {folder}\n")
        raise
    sys.stdout.write("\n".join(["", *scene.lines, "", checks.print_table(scene.checks), ""]))
    if all(each.right for each in scene.checks):
        shutil.rmtree(folder)
        return 0
    sys.stdout.write(f"the logs are in {folder}\n")
    return 1


def _play(variant: Variant, folder: Path) -> Scene:
    with contextlib.ExitStack() as leaving:
        fleet = folder / "fleet.csv"
        write_fleet(fleet, variant)
        made = leaving.enter_context(installation(folder, variant, fleet=fleet))
        ledger = Ledger(made.ledger_url)
        leaving.callback(ledger.close)
        begins = datetime.now(UTC)
        write_inputs(folder / "inputs", variant, begins=begins)
        machines: list[Machine] = []
        for number in range(variant.machines):
            name = f"worker-{number + 1}"
            machines.append(Machine(name, folder / name, made.environment(number), capacity=variant.capacity))
            leaving.callback(machines[-1].kill)
        figures = Figures(
            {name: process.pid for name, process in made.processes.items()}, made.postgres, made.redis_url
        )
        scene = Scene(made, variant, machines, ledger, figures)
        apart = "namespaces of their own" if namespace() else "one namespace: they see each other's processes"
        scene.say(f"{variant.machines} worker machines in {apart}, {len(made.servers)} Prefect servers")
        expected = expectations(variant)
        _begin(scene, [parameters(each, variant, begins=begins) for each in expected])
        _lose_machines(scene)
        scene.until(
            lambda: all(each.finished for each in ledger.campaigns().values()),
            what="the end of all campaigns",
        )
        scene.say("all campaigns are over" if not ledger.owners() else "not all campaigns are over")
        _check(scene, expected)
        scene.lines += figures.lines(made.servers[-1])
        left = [process for machine in machines if not machine.lives for process in machine.processes()]
        scene.checks.append(Check("processes left of the killed machine", str(len(left)), not left))
        return scene


def _begin(scene: Scene, asked: list[dict[str, Any]]) -> None:
    # The large campaign goes first: registering its activities takes longest.
    url = scene.made.servers[0]
    deployment = httpx.get(f"{url}/deployments/name/campaign/campaign", trust_env=False, timeout=30).json()[
        "id"
    ]
    for values in reversed(asked):
        answer = httpx.post(
            f"{url}/deployments/{deployment}/create_flow_run",
            json={"parameters": values, "state": {"type": "SCHEDULED"}},
            trust_env=False,
            timeout=30,
        )
        answer.raise_for_status()
        time.sleep(1.5)
    scene.say(f"{len(asked)} runs are asked for")
    if not scene.until(
        lambda: len(scene.ledger.owners()) == len(asked), what="the beginning of all campaigns", within=180
    ):
        raise SystemExit("not all campaigns began")
    scene.say(f"all campaigns are played: {scene.who_plays()}")
    hosts = {owner.host for owner in scene.ledger.owners().values()}
    if namespace():
        scene.checks.append(
            Check("machines that play campaigns", str(len(hosts)), len(hosts) == scene.variant.machines)
        )


def _lose_machines(scene: Scene) -> None:
    third = scene.variant.activities // 3
    scene.until(lambda: scene.ledger.pushed("start") >= third, what="a third of the starts")
    halted = scene.lose(Machine.halt, "halted")
    halted.go_on()
    scene.say(f"{halted.name} goes on")
    scene.until(lambda: scene.ledger.pushed("update") >= third, what="a third of the updates")
    scene.lose(Machine.kill, "killed")


def _check(scene: Scene, expected: list[Expected]) -> None:
    get = httpx.Client(base_url=scene.made.sandbox, trust_env=False, timeout=120).get
    activities = get("/sandbox/activities", params={"screens": "true"}).json()["activities"]
    pushed = get("/sandbox/calls").json()["activities"]
    arrivals = checks.read_arrivals(scene.made.arrivals)
    scene.checks += [
        *checks.campaigns(scene.ledger.campaigns(), expected),
        *checks.phones(activities, expected),
        checks.order(pushed),
        *checks.rate_limit(arrivals, scene.variant.limit),
    ]
    states: dict[str, int] = {}
    failed: list[str] = []

    def no_run_is_open() -> bool:
        states.clear()
        failed.clear()
        url = f"{scene.made.servers[1]}/flow_runs/filter"
        for run in httpx.post(url, json={"limit": 200}, trust_env=False, timeout=30).json():
            states[run["state_name"]] = states.get(run["state_name"], 0) + 1
            if run["state_name"] == "Failed":
                failed.append(f"{run['name']} failed: {run['state']['message']}")
        return not {"Running", "Pending", "Scheduled", "Late", "Paused"} & set(states)

    closed = scene.until(no_run_is_open, what="the end of all flow runs", within=RUNS_OVER_WITHIN)
    seen = ", ".join(f"{number} {state}" for state, number in sorted(states.items()))
    scene.lines += failed
    scene.checks.append(Check("flow runs, none left open", seen, closed))


if __name__ == "__main__":
    sys.exit(main())
