"""The layout of a card is chosen from the names and types of its fields, and each field has its place."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from live_activity.cards import Card, card_text, layout_of
from live_activity.cards.gallery import example_cards
from live_activity.cards.icons import icon_of
from live_activity.cards.model import Count, Journey, Rows, Score
from live_activity.cards.words import label_of
from live_activity.contract import read_contract
from live_activity.contract.dates import seconds_of
from live_activity.core.content import Content

EXAMPLES = Path(__file__).parents[2] / "examples"
EIGHT = datetime(2026, 7, 19, 20, tzinfo=UTC)


def card(
    activity_type: str = "Thing", title: str | None = None, message: str | None = None, **state: Any
) -> Card:
    attributes = state.pop("attributes", {})
    return layout_of(activity_type, attributes, Content(title, message, state))


def test_two_scores_that_differ_in_the_side_are_a_score() -> None:
    found = card(
        attributes={"homeTeam": "Spain", "awayTeam": "Argentina"},
        homeScore=1,
        awayScore=0,
        period="second_half",
        minute=105,
    )
    assert card_text(found) == "Spain 1-0 Argentina, 105', second half"
    assert isinstance(found.body, Score)
    assert found.body.home.hue != found.body.away.hue
    assert (found.island.leading, found.island.trailing) == ("SPA 1", "0 ARG")


@pytest.mark.parametrize(
    "state",
    [
        {"home": {"name": "Ulm", "score": 3}, "away": {"name": "Aue", "score": 2}},
        {"team_a_name": "Ulm", "team_b_name": "Aue", "team_a_goals": 3, "team_b_goals": 2},
        {"teams": [{"name": "Ulm", "points": 3}, {"name": "Aue", "points": 2}]},
        {"home": "Ulm", "away": "Aue", "score": "3-2"},
        {"heimTeam": "Ulm", "gastTeam": "Aue", "heimScore": 3, "gastScore": 2},
    ],
)
def test_a_score_is_found_in_any_spelling(state: dict[str, Any]) -> None:
    assert card_text(card(**state)) == "Ulm 3-2 Aue"


def test_teams_that_an_update_does_not_name_are_taken_from_the_title() -> None:
    assert card_text(card(title="Spain 1-0 Argentina", homeScore=1, awayScore=0)) == "Spain 1-0 Argentina"


def test_three_candidates_are_a_ranking_and_no_score() -> None:
    found = card(candidates=[{"name": name, "share": 0.3} for name in ("A", "B", "C")])
    assert isinstance(found.body, Rows)
    assert [(fact.label, fact.value, fact.share) for fact in found.facts] == [
        ("A", "30%", 0.3),
        ("B", "30%", 0.3),
        ("C", "30%", 0.3),
    ]


def test_a_delivery_is_a_journey_with_its_steps() -> None:
    found = card("DeliveryActivityAttributes", status="out_for_delivery", etaMinutes=12)
    assert isinstance(found.body, Journey)
    assert (found.body.step, found.body.steps) == (3, 4)
    assert card_text(found) == "Delivery: Out for delivery, arrives in 12 min"


def test_dates_of_the_contract_are_shown_in_the_campaigns_zone() -> None:
    contract = read_contract(EXAMPLES / "blizzard" / "FlightActivity.swift", "FlightActivityAttributes")
    state = {
        "status": "departed",
        "headline": "In the air",
        "departure": seconds_of(EIGHT),
        "landing": seconds_of(EIGHT.replace(hour=22)),
        "delayMinutes": 0,
    }
    attributes = {"carrier": "US", "flightNumber": "1117", "origin": "EWR", "destination": "CLT"}
    found = layout_of(
        contract.name,
        attributes,
        Content("US 1117", None, state),
        contract,
        zone=ZoneInfo("America/New_York"),
        now=EIGHT.replace(hour=21),
    )
    assert isinstance(found.body, Journey)
    assert found.body.origin is not None
    assert found.body.destination is not None
    assert (found.body.origin.name, found.body.origin.time) == ("EWR", "16:00")
    assert (found.body.destination.name, found.body.destination.time) == ("CLT", "18:00")
    assert found.body.progress == 0.5
    assert found.body.eta is not None
    assert found.body.eta.text == "1h 00"
    assert [fact.label for fact in found.facts] == [], (
        "what is in the title is not repeated, and no delay is not shown"
    )


def test_a_workout_is_a_count_layout() -> None:
    found = card("WorkoutActivityAttributes", phase="active", elapsedSeconds=1930, calories=245)
    assert isinstance(found.body, Count)
    assert card_text(found) == "Workout: elapsed 32:10, calories 245 kcal, active"


def test_a_number_and_its_maximum_are_shown_together() -> None:
    found = card("Print", state="printing", layer=120, totalLayers=190, remainingMinutes=41)
    assert isinstance(found.body, Count)
    assert found.body.main.text == "41 min"
    assert [measure.text for measure in found.body.others] == ["120/190"]
    assert found.body.progress == pytest.approx(120 / 190)


def test_numbered_steps_are_shown_as_steps_and_not_as_rows() -> None:
    found = card("FoodOrder", status="preparing", etaMinutes=20, step=3, totalSteps=5)
    assert isinstance(found.body, Journey)
    assert (found.body.step, found.body.steps) == (3, 5)
    assert found.facts == ()


def test_amounts_are_in_the_currency_that_another_field_names() -> None:
    found = card("Charging", cost=312.5, currency="TRY", remainingMinutes=22, soc=0.64)
    assert isinstance(found.body, Count)
    shown = [found.body.main, *found.body.others]
    assert {measure.label: measure.text for measure in shown} == {
        "Remaining": "22 min",
        "Cost": "₺312.50",
        "SoC": "64%",
    }


def test_the_icon_of_a_count_is_a_watch_only_if_time_is_counted() -> None:
    assert icon_of(card("Parking", remainingMinutes=41)) == "count"
    assert icon_of(card("Workout", elapsedSeconds=1930)) == "count"
    assert icon_of(card("Glucose", value=112, unit="mg/dL")) == "measure"
    assert icon_of(card("Vote", yes=12345, no=6789)) == "measure"


def test_a_swift_date_without_a_contract_is_known_by_its_name() -> None:
    found = card("Elevator", lastSeen=seconds_of(EIGHT), floors=3)
    assert "20:00" in card_text(found)


def test_a_field_named_no_is_shown_as_an_answer_with_a_grouped_number() -> None:
    assert card_text(card("Vote", yes=12345, no=6789)) == "Vote: yes 12,345, no 6,789"


def test_texts_alone_are_a_generic_card_that_counts_what_it_leaves_out() -> None:
    fields = {f"line{letter}": f"text {letter}" for letter in "abcdefgh"}
    found = card("Notice", "Title", "Message", **fields)
    assert isinstance(found.body, Rows)
    assert len(found.facts) + found.left_out == 8
    assert found.left_out == 3


def test_ids_and_addresses_are_not_for_people() -> None:
    found = card("Notice", "Title", orderId="4711", photo="https://example.org/a.png", note="hello")
    assert [fact.value for fact in found.facts] == ["hello"]


@pytest.mark.parametrize(
    ("title", "expected"), [("Spain", "ltr"), ("المنتخب", "rtl"), ("12 המשלוח", "rtl"), ("日本", "ltr")]
)
def test_the_direction_is_that_of_the_text(title: str, expected: str) -> None:
    assert card(title=title).direction == expected


def test_the_direction_of_a_score_does_not_turn_with_its_message() -> None:
    teams = {"homeTeam": "النصر", "awayTeam": "الهلال"}
    shown = [
        card("Match", message=each, homeScore=1, awayScore=0, attributes=teams) for each in ("Goal!", None)
    ]
    assert [each.direction for each in shown] == ["rtl", "rtl"]


@pytest.mark.parametrize(
    "state",
    [
        {"at": 1e300, "homeScore": 10**40, "awayScore": -1, "minute": 0.1},
        {"deep": {"a": {"b": {"c": {"d": {"e": {"f": {"g": 1}}}}}}}},
        {"phase": {"boarding": {}}, "departure": -1e18},
        {str(n): n for n in range(500)},
        {"": "", "list": [], "nothing": None, "teams": [[1], {"": 1}, {"name": {}}]},
        {"status": "…" * 9000, "eta": 1e18, "progress": 7},
        {"a": 1, "b": 2, "score": [1, 2], "result": "x" * 4000},
        {"minutes": 1_440_000_000_000},
        {"": 1, "!!": 2.5, "...": True, "1": "x", "?a": [{"": 3}, {"!": "y"}, {"": " "}]},
    ],
)
def test_any_content_has_a_card(state: dict[str, Any]) -> None:
    found = card("T", "t", None, **state)
    assert len(card_text(found)) <= 400


def test_the_gallery_has_every_layout() -> None:
    assert {found.layout for found in example_cards()} == {"score", "journey", "count", "generic"}


def test_a_field_of_both_sides_is_one_line() -> None:
    found = card(homeScore=1, awayScore=0, homeRedCards=0, awayRedCards=1, homeSets=0, awaySets=0)
    assert [(fact.label, fact.value) for fact in found.facts] == [("Red cards", "0 \u2013 1")]


def test_scores_that_are_text_are_a_score() -> None:
    found = card(
        "hurling_match", homeTeam="Kilkenny", awayTeam="Limerick", homeScore="2-18", awayScore="1-22"
    )
    assert card_text(found) == "Kilkenny 2-18 \u2013 1-22 Limerick"


@pytest.mark.parametrize(
    ("state", "label", "text"),
    [
        ({"glucoseMgDl": 112}, "Glucose", "112 mg/dL"),
        ({"temperatureC": 14.2}, "Temperature", "14.2°C"),
        ({"stateOfCharge": 0.64, "currency": "EUR", "cost": 18.7}, "State of charge", "64%"),
        ({"raised": 1250000, "goal": 2000000, "currency": "EUR"}, "Raised of €2,000,000", "€1,250,000"),
        ({"power": 0.000123}, "Power", "0.000123"),
        ({"consumedMl": 1250, "goalMl": 2500}, "Consumed of 2,500", "1,250 mL"),
        ({"flux": -9.87654e-7}, "Flux", "-9.88 \u00d7 10⁻⁷"),
        ({"swellPeriodSeconds": 14}, "Swell period", "14 s"),
        ({"delta": 4}, "Delta", "+4"),
        ({"requestsPerMinute": 300}, "Requests per minute", "300"),
        ({"updateCount": 7, "windKmh": 84}, "Wind", "84 km/h"),
        ({"currentBid": 1250, "bidCount": 42}, "Current bid", "1,250"),
    ],
)
def test_the_large_number_says_its_unit_and_what_it_is(state: dict[str, Any], label: str, text: str) -> None:
    found = card(**state).body
    assert isinstance(found, Count)
    assert (found.main.label, found.main.text) == (label, text)


def test_numbers_that_do_not_fit_beside_the_large_one_are_lines_below_it() -> None:
    found = card("AuctionLot", currentBid=11002000, minNextBid=11250000, currency="CHF", bidCount=42)
    assert isinstance(found.body, Count)
    assert [measure.label for measure in found.body.others] == ["Bid count"]
    assert [(fact.label, fact.value) for fact in found.facts] == [("Next bid", "11,250,000 CHF")]


def test_the_age_of_a_value_is_not_the_large_number() -> None:
    found = card("Meter", minutesAgo=2, level=7)
    assert card_text(found) == "Meter: 7, updated 2 min ago"


def test_a_journey_does_not_say_its_name_twice() -> None:
    found = card("GateChange", "Gate change", "Go to B42", origin="FRA", destination="LHR", gate="B42")
    assert isinstance(found.body, Journey)
    assert (found.heading, found.body.headline, found.message) == ("Gate change", "Go to B42", "")


def test_a_time_without_a_place_is_no_place() -> None:
    found = card("FoodOrder", orderStatus="PREPARING", estimatedDeliveryTime=seconds_of(EIGHT))
    assert isinstance(found.body, Journey)
    assert (found.body.headline, found.body.destination) == ("Preparing", None)
    assert found.body.eta is not None


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("EVCharging", "EV charging"),
        ("change24h", "Change 24h"),
        ("candidateA", "Candidate A"),
        ("uvIndex", "UV index"),
        ("größeDerWelle", "Größe der welle"),
        ("осталосьМинут", "Осталось минут"),
        ("süre_dakika", "Süre dakika"),
        ("น้ำหนัก", "น้ำหนัก"),
    ],
)
def test_a_name_is_spelt_as_people_write_it(name: str, label: str) -> None:
    assert label_of(name) == label
