"""The card file: the fields that it moves, and the errors of a wrong one."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from live_activity.campaign.inputs import read_inputs
from live_activity.campaign.model import Campaign
from live_activity.cards import card_file_findings, card_text, layout_of, read_card_file
from live_activity.contract import read_contract
from live_activity.core.content import Content
from live_activity.core.findings import InvalidInput

SWIFT = Path(__file__).parents[2] / "examples" / "world_cup_final" / "CupMatchActivity.swift"


def written(folder: Path, text: str) -> str:
    file = folder / "card.yaml"
    file.write_text(text, "utf-8")
    return str(file)


def test_a_card_file_moves_fields_to_places(tmp_path: Path) -> None:
    card = read_card_file(
        written(
            tmp_path,
            "layout: score\nheading: Kreisliga\nhome: attributes.erster\naway: zweiter\nhome_score: tore.x\n"
            "away_score: tore.y\nstatus: stand\nrows: [ort]\nlabels: {ort: Platz}\nvalues: {hz2: 2. Halbzeit}\n",
        )
    )
    content = Content(None, None, {"tore": {"x": 2, "y": 1}, "stand": "hz2", "ort": "Ulm", "mehr": "nein"})
    found = layout_of("Spiel", {"erster": "Ulm", "zweiter": "Aue"}, content, card=card)
    assert card_text(found) == "Ulm 2-1 Aue, 2. Halbzeit"
    assert found.heading == "Kreisliga"
    assert [(fact.label, fact.value) for fact in found.facts] == [("Platz", "Ulm")]


def test_the_named_places_decide_the_layout(tmp_path: Path) -> None:
    card = read_card_file(written(tmp_path, "number: blah\nunit: blub\n"))
    found = layout_of(
        "Thing", {}, Content(None, None, {"blah": 7, "blub": "ppm", "text": "a", "more": "b"}), card=card
    )
    assert card_text(found).startswith("Thing: blah 7 ppm")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("layuot: score\n", "card.yaml, layuot: there is no such key; did you mean layout?"),
        ("layout: podium\n", "card.yaml, layout: must be 'score', 'journey'"),
        (
            "layout: count\nhome: x\n",
            "card.yaml, home: is not a place of the layout count; it belongs to score",
        ),
        ("home: x\nnumber: y\n", "card.yaml, layout: no layout has all of home, number; name the layout"),
        ("home: 5\n", "card.yaml, home: is read as 5; put it in quotes to make it text"),
        ("rows: x\n", "card.yaml, rows: must be a list"),
        ("- a\n", "card.yaml: is not lines of 'key: value', as a card file is"),
        ("home: {\n", "card.yaml: is not YAML"),
    ],
)
def test_a_wrong_card_file_is_reported_in_one_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(InvalidInput) as wrong:
        read_card_file(written(tmp_path, text))
    assert str(wrong.value).startswith(said)
    assert "\n" not in str(wrong.value)


def test_a_field_that_the_app_has_not_is_an_error_with_the_nearest(tmp_path: Path) -> None:
    card = read_card_file(
        written(tmp_path, "home: attributes.homeTaem\nstatus: period\nrows: [lastGoal.scorer]\n")
    )
    contract = read_contract(SWIFT, "CupMatchActivityAttributes")
    (finding,) = card_file_findings(card, where="card.yaml", contract=contract)
    assert str(finding) == (
        "card.yaml, home: the app's type has no field 'attributes.homeTaem'; did you mean "
        "attributes.homeTeam or attributes.awayTeam?"
    )


def test_a_campaign_with_a_wrong_card_file_is_not_begun(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("insider_id\nu1\n")
    (tmp_path / "rows.csv").write_text("at,event,title,message,score\n0m,start,T,M,1\n5m,end,T,M,2\n")
    keys = {"segment": str(tmp_path / "people.csv"), "timeline": str(tmp_path / "rows.csv")}
    campaign = Campaign(name="c", activity_type="T", card=written(tmp_path, "number: scroe\n"), **keys)
    inputs = read_inputs(campaign, now=datetime.now(UTC))
    assert [str(error) for error in inputs.errors] == [
        "card.yaml, number: the timeline has no field 'scroe'; did you mean score?"
    ]
    missing = campaign.model_copy(update={"card": str(tmp_path / "crad.yaml")})
    (error,) = read_inputs(missing, now=datetime.now(UTC)).errors
    assert "no such card file; did you mean card.yaml?" in error.message
