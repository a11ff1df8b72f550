"""From an activity's fields to the layout of its card."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from live_activity.cards.card_file import CardFile
from live_activity.cards.count import count_of_fields, is_count
from live_activity.cards.facts import detail_of, facts_of
from live_activity.cards.fields import Field, fields_of
from live_activity.cards.journey import is_journey, journey_of
from live_activity.cards.model import (
    Body,
    Card,
    Chip,
    Count,
    Fact,
    Island,
    Journey,
    LayoutName,
    Rows,
    Score,
    Side,
    Tone,
)
from live_activity.cards.places import Places
from live_activity.cards.score import paired_facts, score_of
from live_activity.cards.summary import summary_of
from live_activity.cards.text import abbreviation, clean, direction_of, width
from live_activity.cards.values import Reader, fraction, is_money, number
from live_activity.cards.words import (
    BAD,
    BREAKS,
    COMPETITIONS,
    DONE,
    GOOD,
    PERIODS,
    STATUSES,
    VAGUE_LABELS,
    WARN,
    any_of,
    type_label,
    words_of,
)
from live_activity.contract import Contract
from live_activity.core.content import Content

_UTC = ZoneInfo("UTC")
MOST_FACTS: dict[LayoutName, int] = {"score": 3, "journey": 3, "count": 3, "generic": 5}
_ISLAND_LETTERS, _ISLAND_ROOM = 8, 63
# With the variation selector for text: some fonts draw ↗ alone as an emoji.
TREND_MARKS = {
    name: f"{mark}\ufe0e"
    for name, mark in {"up": "↑", "rising": "↗", "flat": "→", "falling": "↘", "down": "↓"}.items()
}


def layout_of(
    activity_type: str,
    attributes: Mapping[str, Any] | None,
    content: Content,
    contract: Contract | None = None,
    card: CardFile | None = None,
    *,
    zone: ZoneInfo = _UTC,
    now: datetime | None = None,
) -> Card:
    """The card of a content: what is shown where, chosen by the names and types of its fields.

    A card file says which field is shown where; dates are shown as times of `zone`, and, where `now` is given, as the
    time that is left until then.
    """
    places = Places(fields_of(content.state, attributes or {}, contract), card)
    reader = _reader_of(places, card, zone=zone, now=now)
    title, message = clean(content.title or ""), clean(content.message or "")
    own_heading = card is not None and bool(card.heading)
    name = clean(card.heading if card is not None and card.heading else type_label(activity_type), most=60)
    asked = card.layout_asked if card is not None else None
    body, status = _body_of(places, reader, activity_type, asked=asked, title=title, name=name)
    layout = _layout_name(body)
    chip = _chip(status, reader, journey=isinstance(body, Journey))
    pairs: tuple[Fact, ...] = ()
    detail: Fact | None = None
    if isinstance(body, Score):
        pairs = paired_facts(places, reader)
        detail = detail_of(places, reader)
        if not own_heading and (competition := _taken_competition(places, reader)) is not None:
            name, own_heading = competition, True
    others, context = facts_of(places, reader, layout, title=title)
    facts = (*pairs, *others) if places.card.rows is None else others
    message, facts = _with_detail(detail, message, facts)
    heading = _heading(body, name=name, title=title, own=own_heading)
    body = _with_clear_label(body, heading, activity_type)
    if isinstance(body, Journey):
        chip = _without_headline(chip, body)
        if body.headline.casefold() == heading.casefold():
            body, message, facts = _with_other_headline(body, message, facts)
    most = MOST_FACTS[layout]
    found = Card(
        activity_type=activity_type,
        layout=layout,
        heading=heading,
        context=context,
        body=body,
        chip=chip,
        message="" if message == heading else message,
        facts=facts[:most],
        left_out=max(0, len(facts) - most),
        island=_island(body, chip, title=title or name, facts=facts),
        summary="",
        direction=direction_of(_read_first(body, title, message, context, facts)),
    )
    return replace(found, summary=summary_of(found, title=title))


def _taken_competition(places: Places, reader: Reader) -> str | None:
    """The name of the competition where the attributes hold it; its field is taken then, as it is the heading."""
    competition = places.peek(("text",), COMPETITIONS)
    if competition is None or competition.source != "attributes":
        return None
    text = reader.text(competition)
    places.remove(competition)
    return text


def _with_detail(detail: Fact | None, message: str, facts: tuple[Fact, ...]) -> tuple[str, tuple[Fact, ...]]:
    """The message and the facts with a detail of a score: it is the message where there is none."""
    if detail is None:
        return message, facts
    if not message:
        return f"{detail.label}: {detail.value}", facts
    return message, facts if detail.value.partition(",")[0] in message else (detail, *facts)


def _with_clear_label(body: Body, heading: str, activity_type: str) -> Body:
    """A count whose label says nothing has the activity type as its label, unless that is the heading."""
    if not isinstance(body, Count) or body.main.label not in VAGUE_LABELS:
        return body
    label = type_label(activity_type)
    return replace(body, main=replace(body.main, label="" if label == heading else label))


def _without_headline(chip: Chip | None, body: Journey) -> Chip | None:
    if chip is None or chip.text.casefold() != body.headline.casefold():
        return chip
    return replace(chip, text="")


def _reader_of(places: Places, card: CardFile | None, *, zone: ZoneInfo, now: datetime | None) -> Reader:
    """How values are written; takes the field of the currency where there is money."""
    currency = places.peek(("text",), ("currency",))
    if currency is not None and any(is_money(field) for field in places.free()):
        places.remove(currency)
    return Reader(
        zone,
        now,
        card.labels if card is not None else None,
        card.values if card is not None else None,
        clean(currency.value, most=12) if currency is not None else "",
    )


def _body_of(
    places: Places, reader: Reader, activity_type: str, *, asked: LayoutName | None, title: str, name: str
) -> tuple[Body, Field | None]:
    """The body in the layout that was asked for, else in the first that fits; and the field of the status."""
    body: Body | None = None
    status: Field | None = None
    if asked in (None, "score"):
        body = score_of(places, reader, title=title)
        status = places.take("status", ("text", "number"), PERIODS) if body is not None else None
    if body is None and (asked == "journey" or (asked is None and is_journey(places, activity_type))):
        status = places.take("status", ("text",), STATUSES)
        body = journey_of(places, reader, status=status, heading=title or name)
    if body is None and (asked == "count" or (asked is None and is_count(places))):
        status = places.take("status", ("text",), STATUSES)
        body = count_of_fields(places, reader)
    if body is None:
        status = status or places.take("status", ("text",), STATUSES)
        own_title = places.peek(("text",), ("title",)) if not title else None
        places.remove(own_title)
        body = _rows(places, title or (reader.text(own_title) if own_title is not None else name))
    return body, status


def _with_other_headline(
    body: Journey, message: str, facts: tuple[Fact, ...]
) -> tuple[Journey, str, tuple[Fact, ...]]:
    """Takes the message or the first fact as the headline, where the heading above already says the headline."""
    if message:
        return replace(body, headline=message), "", facts
    first = next((fact for fact in facts if fact.share is None), None)
    if first is None:
        return body, message, facts
    others = tuple(fact for fact in facts if fact is not first)
    return replace(body, headline=f"{first.label}: {first.value}"), message, others


def _layout_name(body: Body) -> LayoutName:
    match body:
        case Score():
            return "score"
        case Journey():
            return "journey"
        case Count():
            return "count"
        case Rows():
            return "generic"


def _rows(places: Places, title: str) -> Rows:
    progress = places.named("progress")
    places.remove(progress)
    share = fraction(progress) if progress is not None and progress.kind == "number" else None
    return Rows(title, share)


def _heading(body: Body, *, name: str, title: str, own: bool) -> str:
    if own or not title or isinstance(body, Score | Rows):
        return name
    return title


def _chip(status: Field | None, reader: Reader, *, journey: bool) -> Chip | None:
    if status is None:
        return None
    if status.kind == "number":
        label = reader.label(status).removeprefix("Current ")
        return Chip(f"{label[:1].upper()}{label[1:]} {number(status.value)}", "live")
    text = reader.word(status.value)
    return Chip(text, tone_of(status.value, journey=journey)) if text else None


def tone_of(value: str, *, journey: bool = False) -> Tone:
    """What a status means: good, bad, or on its way."""
    words = words_of(value)
    if any_of(words, BAD):
        return "bad"
    if any_of(words, GOOD):
        return "good"
    if any_of(words, DONE):
        return "good" if journey else "calm"
    if any_of(words, WARN):
        return "warn"
    paired = {"".join(pair) for pair in itertools.pairwise(words)}
    return "calm" if any_of(words, BREAKS) or any_of(paired, BREAKS) else "live"


def _read_first(body: Body, title: str, message: str, context: str, facts: tuple[Fact, ...]) -> list[str]:
    """The texts that decide the direction, in order; that of a score does not change with each message."""
    rest = [context, *(fact.value for fact in facts)]
    match body:
        case Score(home, away):
            return [home.name, away.name, title, message, *rest]
        case Journey(headline=text) | Rows(title=text):
            return [message, title, text, *rest]
        case _:
            return [message, title, *rest]


def _island(body: Body, chip: Chip | None, *, title: str, facts: tuple[Fact, ...]) -> Island:
    match body:
        case Score(home, away):
            return Island(_side(home, first=True), _side(away, first=False))
        case Journey():
            goal = body.destination
            return Island(
                goal.name if goal is not None and goal.is_code else "",
                body.eta.text if body.eta is not None else body.headline,
            )
        case Count():
            trend = f" {TREND_MARKS[body.trend]}" if body.trend is not None else ""
            short = body.main.text if len(body.main.text) <= _ISLAND_LETTERS else body.main.value
            return Island("", f"{short}{trend}")
        case Rows():
            first = next((fact.value for fact in facts if fact.value not in ("yes", "no")), "")
            return Island("", chip.text if chip is not None else first or title)


def _side(side: Side, *, first: bool) -> str:
    short = side.badge if len(side.badge) <= 4 else abbreviation(side.name)
    if width(f"{short} {side.value}", 13, bold=True) > _ISLAND_ROOM:
        return side.value
    return f"{short} {side.value}" if first else f"{side.value} {short}"
