"""A page with cards of many kinds, to look at them: `python -m live_activity.cards.gallery OUT.html`."""

from __future__ import annotations

import base64
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup

from live_activity.cards.html import card_html
from live_activity.cards.layout import layout_of
from live_activity.cards.model import Card, Theme
from live_activity.cards.style import card_css
from live_activity.cards.svg import card_svg
from live_activity.contract.dates import seconds_of
from live_activity.core.content import Content

_NOW = datetime(2026, 7, 19, 18, 0, tzinfo=UTC)
_STEPS = ("18:25", "19:10", "20:40")


def _at(clock: str) -> float:
    hour, minute = map(int, clock.split(":"))
    return seconds_of(_NOW.replace(hour=hour, minute=minute))


EXAMPLES: tuple[tuple[str, dict[str, Any], str | None, str | None, dict[str, Any]], ...] = (
    (
        "MatchActivityAttributes",
        {"homeTeam": "Galatasaray", "awayTeam": "Fenerbahçe"},
        "Galatasaray 2-1 Fenerbahçe",
        "Goal! Icardi, 67'",
        {"homeScore": 2, "awayScore": 1, "period": "second_half", "minute": 67},
    ),
    (
        "CupMatchActivityAttributes",
        {
            "homeTeam": "Spain",
            "awayTeam": "Argentina",
            "round": "Final",
            "ground": "New York/New Jersey (East Rutherford)",
        },
        None,
        None,
        {
            "homeScore": 1,
            "awayScore": 0,
            "period": "extraTimeSecondHalf",
            "minute": 106,
            "lastGoal": {"scorer": "Ferran Torres", "minute": 106},
        },
    ),
    (
        "MatchDayActivityAttributes",
        {
            "homeTeam": "Costa Rica",
            "awayTeam": "Deutschland",
            "round": "Group E",
            "ground": "Al Bayt Stadium, Al Khor",
        },
        "Costa Rica 2-4 Deutschland",
        "Alemania gana el partido, y los dos quedan eliminados del Mundial de fútbol de 2022",
        {"homeScore": 2, "awayScore": 4, "period": "finished", "minute": 90},
    ),
    (
        "DeliveryActivityAttributes",
        {"courierName": "Ayşe Demir"},
        "Your order",
        "Ayşe is two streets away",
        {"status": "out_for_delivery", "etaMinutes": 12},
    ),
    (
        "FlightActivityAttributes",
        {"carrier": "US", "flightNumber": "1117", "origin": "EWR", "destination": "CLT"},
        "US 1117 · EWR → CLT",
        "Departed; about 99 minutes in the air",
        {
            "status": "departed",
            "headline": "In the air",
            "departure": _at("17:01"),
            "landing": _at("18:40"),
            "delayMinutes": 0,
        },
    ),
    (
        "FlightActivityAttributes",
        {"carrier": "B6", "flightNumber": "505", "origin": "JFK", "destination": "SFO"},
        "B6 505 · JFK → SFO",
        "Snow: 95 minutes late, departs at 19:35",
        {"status": "delayed", "headline": "Delayed", "departure": _at("19:35"), "delayMinutes": 95},
    ),
    (
        "WorkoutActivityAttributes",
        {"workoutType": "Running"},
        "Evening run",
        None,
        {"phase": "active", "elapsedSeconds": 1930, "calories": 245},
    ),
    (
        "ParkingActivityAttributes",
        {"zone": "Beşiktaş 12", "plate": "34 ABC 123"},
        "Parking",
        "Extend it in the app",
        {"endsAt": _at("18:41"), "status": "active"},
    ),
    (
        "PrintJobAttributes",
        {"model": "Benchy.3mf", "printer": "Workshop 2"},
        "Benchy",
        None,
        {
            "state": "printing",
            "progress": 0.63,
            "layer": 120,
            "totalLayers": 190,
            "remainingMinutes": 41,
            "nozzleTemp": 215.4,
        },
    ),
    (
        "GlucoseAttributes",
        {"sensor": "Libre 3"},
        "Glucose",
        "In range",
        {"value": 112, "unit": "mg/dL", "trend": "rising", "measuredAt": _at("17:58")},
    ),
    (
        "BusArrivalAttributes",
        {"line": "500T", "destination": "Cevizlibağ"},
        "500T",
        None,
        {"nextStop": "Zincirlikuyu", "arrivalMinutes": 4, "stopsAway": 2, "status": "on_time"},
    ),
    (
        "ElectionNightAttributes",
        {"office": "Mayor"},
        "Mayor of Springfield",
        "72% of the precincts are counted",
        {
            "reporting": 72,
            "candidates": [
                {"name": "M. Quimby", "share": 0.482},
                {"name": "L. Simpson", "share": 0.469},
                {"name": "S. Bob", "share": 0.049},
            ],
        },
    ),
    (
        "AuctionAttributes",
        {"itemName": "Leica M3, 1954, chrome", "seller": "Atelier Nord"},
        "Leica M3",
        "You have been outbid",
        {"currentBid": 1250, "currency": "EUR", "bids": 14, "highestBidder": "M. K.", "endsAt": _at("18:09")},
    ),
    (
        "LotAttributes",
        {"lotTitle": "Patek Philippe Ref. 1518"},
        None,
        "You have been outbid",
        {"currentBid": 11002000, "minNextBid": 11250000, "currency": "CHF", "bidCount": 42},
    ),
    (
        "RunoffAttributes",
        {"race": "US Senate, Georgia"},
        None,
        None,
        {
            "candidateA": {"name": "R. Warnock", "votes": 1946117},
            "candidateB": {"name": "H. Walker", "votes": 1908442},
        },
    ),
    (
        "QueueTicketAttributes",
        {"branch": "City Hall"},
        "Ticket A 117",
        "You will be called soon. Please stay near the counters.",
        {"counterName": "Counter 4", "note": "Bring your passport", "helpDesk": "first floor", "open": True},
    ),
    (
        "MatchActivityAttributes",
        {"homeTeam": "النصر", "awayTeam": "الهلال"},
        "النصر 1-3 الهلال",
        "هدف! سالم الدوسري في الدقيقة 71",
        {"homeScore": 1, "awayScore": 3, "period": "الشوط الثاني", "minute": 71},
    ),
    (
        "DeliveryActivityAttributes",
        {"courierName": "田中さん"},
        "ご注文の商品",
        "配達員がまもなく到着します。玄関先でお待ちください。雨のため少し遅れています。",
        {"status": "配達中", "etaMinutes": 8},
    ),
    (
        "MatchActivityAttributes",
        {
            "homeTeam": "Borussia Verein für Leibesübungen 1900 Mönchengladbach",
            "awayTeam": "👩‍👩‍👧‍👦 United 🇹🇷",
        },
        None,
        "A message that is far too long for a Lock Screen " * 6,
        {
            "homeScore": 112,
            "awayScore": 108,
            "period": "overtime_second_half_with_golden_goal",
            "minute": 119,
        },
    ),
    (
        "DeliveryActivityAttributes",
        {"courierName": "דנה"},
        "המשלוח שלך",
        "השליח בדרך אליך",
        {"status": "in_transit", "etaMinutes": 25},
    ),
    (
        "FlightActivityAttributes",
        {"carrier": "TK", "flightNumber": "1", "origin": "IST", "destination": "JFK"},
        "TK 1 · IST → JFK",
        "Cancelled: please see the desk",
        {"status": "cancelled", "headline": "Cancelled", "departure": _at("20:00"), "delayMinutes": 0},
    ),
    (
        "PriceAlertAttributes",
        {},
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        {"price": 1234.5, "change": -3.25, "note</dd>": "<b>bold</b> & 'quoted'"},
    ),
)


def example_cards() -> Iterator[Card]:
    """The cards of the gallery."""
    for activity_type, attributes, title, message, state in EXAMPLES:
        content = Content(title, message, state)
        yield layout_of(activity_type, attributes, content, zone=ZoneInfo("UTC"), now=_NOW)


def gallery_page(theme: Theme = "auto") -> str:
    """One self-contained page with each card as HTML and as SVG."""
    pieces = []
    for card in example_cards():
        drawn = base64.b64encode(card_svg(card, theme).encode()).decode()
        pieces.append(
            Markup(
                '<section><div>{}</div><img src="data:image/svg+xml;base64,{}" alt="{}"><p>{}</p></section>'
            ).format(Markup(card_html(card, theme=theme)), drawn, card.summary, card.summary)
        )
    return Markup(_PAGE).format(
        style=Markup(card_css() + _GALLERY_CSS), theme=theme, pieces=Markup("\n").join(pieces)
    )


_PAGE = """<!doctype html>
<html lang="en" class="{theme}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Cards</title>
<style>{style}</style>
<main>
{pieces}
</main>
</html>
"""
_GALLERY_CSS = """
:root { color-scheme: light dark; --back: #f3f4f7; --text: #333; }
@media (prefers-color-scheme: dark) { :root { --back: #0e0f12; --text: #ccc; } }
.light { color-scheme: light; --back: #f3f4f7; --text: #333; }
.dark { color-scheme: dark; --back: #0e0f12; --text: #ccc; }
body { margin: 0; background: var(--back); color: var(--text); font: 13px/1.4 sans-serif; }
main { display: grid; grid-template-columns: repeat(auto-fill, 372px); gap: 28px; padding: 24px; align-items: start; }
section { display: grid; gap: 14px; }
section p { margin: 0; }
section > p { overflow-wrap: anywhere; }
"""


def main() -> None:
    """Writes the page to the file that the command names."""
    if len(sys.argv) < 2:
        sys.stderr.write("name a file: python -m live_activity.cards.gallery OUT.html [light|dark|auto]\n")
        sys.exit(2)
    theme: Theme = "auto"
    if len(sys.argv) > 2 and sys.argv[2] in ("light", "dark"):
        theme = "light" if sys.argv[2] == "light" else "dark"
    Path(sys.argv[1]).write_text(gallery_page(theme), "utf-8")


if __name__ == "__main__":
    main()
