"""Guards that `check` suggests, and its findings on the guards of a campaign."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from live_activity.campaign.inputs import Inputs, read_inputs
from live_activity.campaign.model import read_campaign
from live_activity.campaign.paths import resolved
from live_activity.core.yaml_file import read_yaml

NOW = datetime(2026, 7, 19, 12, tzinfo=UTC)
EXAMPLES = Path(__file__).parents[2] / "examples"


def looked(folder: Path, timeline: str, **keys: Any) -> Inputs:
    (folder / "rows.csv").write_text(timeline, "utf-8")
    (folder / "people.csv").write_text("insider_id\nu1\n", "utf-8")
    values = {"name": "n", "activity_type": "Match", "segment": "people.csv", "timeline": "rows.csv", **keys}
    campaign = resolved(read_campaign(values, where="n.yaml"), str(folder))
    return read_inputs(campaign, now=NOW, mode="check", with_people=True)


def suggested(folder: Path, header: str, *rows: str, end: bool = True) -> tuple[str, ...]:
    head = f"at,event,title,message,{header}\n"
    lines = [f"{n}m,{'start' if n == 0 else ''},T,M,{row}\n" for n, row in enumerate(rows)]
    if end:
        lines[-1] = lines[-1].replace("m,,", "m,end,")
    return looked(folder, head + "".join(lines)).suggested_guards


def test_football(tmp_path: Path) -> None:
    lines = suggested(
        tmp_path,
        "state.homeScore,state.awayScore,state.minute",
        *("0,0,0", "1,0,23", "1,0,48", "1,0,46", "2,0,70", "1,0,72", "1,0,95"),
    )
    assert lines == ("homeScore: 0 to 20, step 1", "awayScore: 0 to 20, step 1", "minute: 0 to 130")


@pytest.mark.parametrize(
    ("home", "away"),
    [
        ("home", "away"),
        ("homeGoals", "awayGoals"),
        ("homeScore", "awayScore"),
        ("score_home", "score_away"),
        ("score.home", "score.away"),
        ("heim", "gast"),
        ("h", "a"),
        ("team1", "team2"),
        ("teamB", "teamA"),
        ("team_1.n", "team_2.n"),
        ("gastgeber", "gast"),
        ("toreHeim", "toreGast"),
        ("TORE_HEIM", "TORE_GAST"),
        ("ev", "dep"),
    ],
)
def test_scores_of_football_under_any_name(tmp_path: Path, home: str, away: str) -> None:
    lines = suggested(tmp_path, f"state.{home},state.{away}", "0,0", "1,0", "0,0", "1,0", "1,1")
    assert lines == (f"{home}: 0 to 20, step 1", f"{away}: 0 to 20, step 1")


@pytest.mark.parametrize(
    ("header", "rows"),
    [
        ("state.home,state.stops", ("0,2", "1,1", "1,0")),
        ("state.queue1,state.queue2", ("0,0", "1,0", "1,1")),
        ("state.homeTown,state.awayDays", ("0,0", "1,0", "1,1")),
        ("state.home,state.away", ("IST,ESB", "IST,ESB", "IST,ESB")),
        ("state.home,state.away", ("3,4", "4,4", "4,5")),
    ],
    ids=["no other side", "no teams", "other words", "words", "not from nothing"],
)
def test_fields_named_home_that_are_no_score_get_no_guard(
    tmp_path: Path, header: str, rows: tuple[str, ...]
) -> None:
    assert suggested(tmp_path, header, *rows) == ()


def test_minutes_of_play_that_are_text_are_minutes(tmp_path: Path) -> None:
    rows = ("1,45:00", "45+3,0:00", "46,12:10", "90+4,x")
    assert suggested(tmp_path, "state.min,state.clock", *rows) == ("min: 0 to 130",)


def test_a_match_that_has_just_begun_gets_few_suggestions(tmp_path: Path) -> None:
    assert suggested(tmp_path, "state.homeScore", "0", "0", end=False) == ()
    assert suggested(tmp_path, "state.homeScore", "0", "1", end=False) == ("homeScore: 0 to 99, step 1",)
    assert suggested(tmp_path, "state.homeScore", "0", "3", "5", end=False) == (
        "homeScore: 0 to 999, step 3",
    )


def test_a_delivery(tmp_path: Path) -> None:
    lines = suggested(
        tmp_path,
        "state.status,state.progress,state.stopsLeft,state.etaMinutes,state.delayMinutes",
        *("packed,0,9,60,0", "on the way,40,4,25,0", "on the way,35,5,40,15", "here,100,0,0,20"),
    )
    assert lines == ("progress: 0 to 100",), "statuses come in any order, and times go in both directions"


def test_a_winner_gets_an_ask_guard(tmp_path: Path) -> None:
    assert suggested(tmp_path, "state.votes,state.winner", "0,", "90000,", "95000,Ada") == ("winner: ask",)


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        (
            "world_cup_final/final.yaml",
            {
                "homeScore: 0 to 20, step 1",
                "awayScore: 0 to 20, step 1",
                "minute: 0 to 130",
                "lastGoal.minute: 0 to 130",
                "period: firstHalf | halfTime | secondHalf | extraTimeBreak | extraTimeFirstHalf | extraTimeHalfTime | "
                "extraTimeSecondHalf | penalties | finished",
            },
        ),
        (
            "match_day/matchday.yaml",
            {
                "homeScore: 0 to 20, step 1",
                "awayScore: 0 to 20, step 1",
                "minute: 0 to 130",
                "lastGoal.minute: 0 to 130",
                "period: firstHalf | halfTime | secondHalf | finished",
            },
        ),
        (
            "blizzard/blizzard.yaml",
            {"status: scheduled | delayed | departed | landed | diverted | cancelled"},
        ),
    ],
)
def test_the_examples_get_guards_that_hold_none_of_their_rows(name: str, lines: set[str]) -> None:
    file = EXAMPLES / name
    values = read_yaml(file, what="campaign file")
    campaign = resolved(read_campaign(values, where=name), str(file.parent))
    inputs = read_inputs(campaign, now=NOW, mode="check", with_people=False)
    assert set(inputs.suggested_guards) == lines
    guarded = resolved(read_campaign({**values, "guards": [*lines]}, where=name), str(file.parent))
    again = read_inputs(guarded, now=NOW, mode="check", with_people=False)
    assert [each for each in again.findings if each.column == "guards" or each.code == "held_by_guard"] == []
    assert again.suggested_guards == ()


MATCH = "at,event,title,message,state.homeScore\n2026-07-19 20:00,start,T,M,0\n1m,,T,M,10\n2m,,T,M,1\n3m,end,T,M,400\n"


def test_rows_that_a_guard_would_hold_are_found_before_anything_is_sent(tmp_path: Path) -> None:
    inputs = looked(tmp_path, MATCH, guards=["homeScore: 0 to 20, step 1"])
    held = [
        (each.severity, each.row, each.column) for each in inputs.findings if each.code == "held_by_guard"
    ]
    assert held == [("warning", 2, "state.homeScore"), ("warning", 4, "state.homeScore")]


def test_a_guard_of_a_field_that_is_not_there_is_a_finding(tmp_path: Path) -> None:
    inputs = looked(tmp_path, MATCH, guards=["homeScor: 0 to 20"])
    (finding,) = [each for each in inputs.findings if each.code == "guard_without_field"]
    assert finding.severity == "warning"
    assert "did you mean homeScore?" in finding.message
