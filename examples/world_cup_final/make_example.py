"""Makes the demo's timeline from the match as it was, and its segment from a seed: python make_example.py"""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PEOPLE, SEED = 25_000, 20260719

# Minutes on the clock at which each period of play begins, with the breaks and stoppage that README.md assumes.
FIRST_HALF, HALF_TIME, SECOND_HALF = 0, 47, 62
EXTRA_BREAK, EXTRA_FIRST, EXTRA_HALF_TIME, EXTRA_SECOND, FINISHED, END = 109, 114, 130, 131, 147, 152

STATE = ("homeScore", "awayScore", "period", "minute", "lastGoal.scorer", "lastGoal.minute")
ATTRIBUTES = ("homeTeam", "awayTeam", "round", "ground")
COLUMNS = [
    *("at", "event", "title", "message"),
    *(f"state.{name}" for name in STATE),
    *(f"attributes.{name}" for name in ATTRIBUTES),
]


def main() -> None:
    """Writes both tables beside this file."""
    match = json.loads((HERE / "final.json").read_text("utf-8"))
    with (HERE / "final.csv").open("w", encoding="utf-8", newline="") as written:
        table = csv.DictWriter(written, COLUMNS, lineterminator="\n")
        table.writeheader()
        table.writerows(timeline(match))
    (HERE / "fans.csv.gz").write_bytes(segment())


def timeline(match: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows in order: every change of period, and every goal."""
    home, away = match["team1"], match["team2"]
    goals = sorted(
        [(int(goal["minute"]), goal["name"], 1, 0) for goal in match["goals1"]]
        + [(int(goal["minute"]), goal["name"], 0, 1) for goal in match["goals2"]]
    )
    moments: list[tuple[int, str, int, str]] = [
        (FIRST_HALF, "firstHalf", 0, "Kick-off"),
        (HALF_TIME, "halfTime", 45, "Half-time"),
        (SECOND_HALF, "secondHalf", 46, "Second half"),
        (EXTRA_BREAK, "extraTimeBreak", 90, "Level after 90 minutes: extra time"),
        (EXTRA_FIRST, "extraTimeFirstHalf", 91, "Extra time"),
        (EXTRA_HALF_TIME, "extraTimeHalfTime", 105, "Half-time of extra time"),
        (EXTRA_SECOND, "extraTimeSecondHalf", 106, "Last 15 minutes"),
        (FINISHED, "finished", 120, "It is over"),
    ]
    rows: list[dict[str, Any]] = []
    score, last, event = [0, 0], None, "start"
    for clock, period, minute, message in sorted(moments + [_goal(goal) for goal in goals]):
        scored = next((goal for goal in goals if period == "goal" and goal[0] == minute), None)
        if scored is not None:
            score = [score[0] + scored[2], score[1] + scored[3]]
            last = scored
        row: dict[str, Any] = {
            "at": f"{clock}m",
            "event": event,
            "title": f"{home} {score[0]}-{score[1]} {away}",
            "message": message,
            "state.homeScore": score[0],
            "state.awayScore": score[1],
            "state.period": _period(minute) if scored else period,
            "state.minute": minute,
        }
        if last is not None:
            row |= {"state.lastGoal.scorer": last[1], "state.lastGoal.minute": last[0]}
        if event == "start":
            row |= {
                "attributes.homeTeam": home,
                "attributes.awayTeam": away,
                "attributes.round": match["round"],
                "attributes.ground": match["ground"],
            }
        rows.append(row)
        event = "update"
    winner = home if score[0] > score[1] else away
    rows.append({**rows[-1], "at": f"{END}m", "event": "end", "message": f"{winner} are world champions"})
    return rows


def _goal(goal: tuple[int, str, int, int]) -> tuple[int, str, int, str]:
    minute = goal[0]
    for begins, played in ((EXTRA_SECOND, 105), (EXTRA_FIRST, 90), (SECOND_HALF, 45), (FIRST_HALF, 0)):
        if minute > played:
            return begins + minute - played, "goal", minute, f"Goal! {goal[1]}, {minute}'"
    raise ValueError(f"no goal is scored in minute {minute}")


def _period(minute: int) -> str:
    for played, period in ((105, "extraTimeSecondHalf"), (90, "extraTimeFirstHalf"), (45, "secondHalf")):
        if minute > played:
            return period
    return "firstHalf"


def segment() -> bytes:
    """The people, with leading zeros, a few duplicates and a few rows without an id, as exports have them."""
    chance = random.Random(SEED)
    ids = [f"{number:09d}" for number in chance.sample(range(10**9), PEOPLE)]
    rows = [[name, chance.choice(["ES", "AR", "US", "TR", "DE"])] for name in ids]
    for _ in range(8):
        rows.insert(chance.randrange(PEOPLE // 2, len(rows)), [chance.choice(ids[: PEOPLE // 4]), "ES"])
    for _ in range(4):
        rows.insert(chance.randrange(len(rows)), ["", "AR"])
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([["insider_id", "country"], *rows])
    return gzip.compress(text.getvalue().encode(), mtime=0)


if __name__ == "__main__":
    main()
