"""The keys `exclude` and `holdout` of a campaign, and the approval of a segment with many unusual ids."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from live_activity.campaign.inputs import read_inputs
from live_activity.campaign.model import Campaign, read_campaign
from live_activity.campaign.paths import resolved
from live_activity.campaign.placeholders import fill_placeholders
from live_activity.core.findings import InvalidInput
from live_activity.engine import approval
from live_activity.segment import stage
from live_activity.segment.roster import Roster
from tests.cli_process import Shell

NOW = datetime(2026, 7, 19, 12, tzinfo=UTC)
ROWS = "0s,start,Derby,kick-off,0\n2s,end,Derby,over,2\n"


def campaign(folder: Path, **more: Any) -> Campaign:
    (folder / "people.csv").write_text("insider_id\n" + "".join(f"u{number}\n" for number in range(200)))
    (folder / "out.csv").write_text("insider_id\nu1\nu2\n")
    (folder / "rows.csv").write_text(f"at,event,title,message,score\n{ROWS}")
    values = {"name": "derby", "activity_type": "T", "segment": "people.csv", "timeline": "rows.csv", **more}
    return resolved(read_campaign(values, where="derby.yaml"), str(folder))


def test_a_check_counts_excluded_people(tmp_path: Path) -> None:
    people = read_inputs(campaign(tmp_path, exclude="out.csv", holdout=10), now=NOW, with_people=True).people
    assert people is not None
    assert people.reasons["excluded"] == 2
    assert 5 < people.reasons["holdout"] < 40
    assert read_inputs(campaign(tmp_path), now=NOW, with_people=True).people.accepted == 200  # type: ignore[union-attr]  # with_people was given


@pytest.mark.parametrize("holdout", [0, -1, 100, "many"])
def test_a_holdout_is_a_percentage(tmp_path: Path, holdout: object) -> None:
    with pytest.raises(InvalidInput, match="holdout"):
        campaign(tmp_path, holdout=holdout)


@pytest.mark.parametrize(
    ("holdout", "said"),
    [
        (0.1, "is 0.1 percent: 1 of 1,000 people is kept out; for a share of 0.1 write 10"),
        (0.25, "is 0.25 percent: 1 of 400 people is kept out; for a share of 0.25 write 25"),
        (0.07, "is 0.07 percent: 1 of 1,429 people is kept out; for a share of 0.07 write 7"),
        (1, None),
        (10, None),
        (None, None),
    ],
)
def test_a_holdout_that_may_be_meant_as_a_fraction_is_a_warning(
    tmp_path: Path, holdout: float | None, said: str | None
) -> None:
    found = read_inputs(campaign(tmp_path, holdout=holdout), now=NOW, with_people=True).findings
    messages = [finding.message for finding in found if finding.code == "small_holdout"]
    assert messages == ([said] if said else [])


def test_a_test_leaves_no_colleague_out_for_control(tmp_path: Path) -> None:
    asked = campaign(tmp_path, exclude="{date}.csv", holdout=10, test_segment="us.csv")
    assert fill_placeholders(asked, "test", now=NOW).holdout is None
    filled = fill_placeholders(asked, "run", now=NOW)
    assert (filled.holdout, Path(filled.exclude or "").name) == (10, "2026-07-19.csv")


def test_a_rehearsal_leaves_excluded_people_out(shell: Shell) -> None:
    shell.write("out.csv", "insider_id\nu001\nu002\nnobody\n")
    file = shell.campaign(ROWS, exclude="out.csv", holdout=20)
    said = shell.run("rehearse", file, "--report", shell.folder / "report.json")
    assert said.code == 0, said.err
    report = shell.report()
    reasons = report["segment"]["reasons"]
    assert reasons["excluded"] == 2
    assert reasons["holdout"] > 0
    assert report["activities"][0]["people"] == 25 - sum(reasons.values())


def test_a_segment_with_many_ids_that_match_nobody_needs_approval(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(approval, "never_rehearsed", lambda *_: [])
    reasons = []
    for odd in (5, 6):
        path = tmp_path / f"{odd}.csv"
        ids = [f"u{number}" for number in range(100 - odd)] + [f"{number}.0" for number in range(odd)]
        path.write_text("\n".join(["insider_id", *ids]))
        staged = stage(str(path), folder=str(tmp_path / f"staged-{odd}"))
        edition: Any = SimpleNamespace(
            mode="run",
            campaign=SimpleNamespace(approval=False, device_started=False),
            roster=Roster(staged),
            ledger=SimpleNamespace(database=None, edition_id=""),
        )
        reasons.append(approval.reasons_to_ask(edition))
    assert reasons == [
        [],
        ["6% of the ids look as if they could match nobody (6 rows; the findings say why)"],
    ]
