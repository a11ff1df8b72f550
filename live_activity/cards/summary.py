"""A card in one line of plain text, as for a dialog or a screen reader."""

from __future__ import annotations

from typing import Any

from live_activity.cards.model import Card, Count, Journey, Rows, Score
from live_activity.cards.text import clean


def card_text(card: Card) -> str:
    """The card in one line: Spain 1-0 Argentina, 105', second half."""
    return card.summary


def summary_of(card: Card, *, title: str) -> str:
    """The card in one line."""
    chip = card.chip.text if card.chip is not None else ""
    body = card.body
    match body:
        case Score(home, away, clock):
            dash = " \u2013 " if "-" in home.value + away.value else "-"
            said = [f"{home.name} {home.value}{dash}{away.value} {away.name}", clock, _lower(chip)]
        case Journey():
            way = " to ".join(
                stop.name for stop in (body.origin, body.destination) if stop is not None and stop.name
            )
            if body.destination is not None and (body.origin is None or not body.origin.name) and way:
                way = f"to {way}"
            eta = f"{body.eta.label} {body.eta.text}".strip() if body.eta is not None else ""
            said = [f"{card.heading}: {body.headline}" if card.heading != body.headline else body.headline]
            said += [way if way.removeprefix("to ") not in card.heading else "", _lower(chip), _lower(eta)]
        case Count():
            measures = [_measure_text(measure) for measure in (body.main, *body.others)]
            trend = body.trend or ""
            said = [f"{card.heading}: {measures[0]}", trend, *measures[1:], _lower(chip)]
        case Rows(own_title):
            facts = [f"{fact.label} {fact.value}".strip() for fact in card.facts[:3]]
            said = [
                ": ".join(part for part in (title or own_title or card.heading, card.message) if part),
                _lower(chip),
                *facts,
            ]
    return clean(", ".join(part.rstrip(".,;") for part in said if part))


def _measure_text(measure: Any) -> str:
    if measure.label.startswith("left"):
        return f"{measure.text} {measure.label}"
    return f"{_lower(measure.label)} {measure.text}".strip()


def _lower(text: str) -> str:
    """Text as it stands inside a sentence; a word in capitals, or of capitals alone, stays."""
    return text[:1].lower() + text[1:] if text[1:2].islower() or len(text) == 1 else text
