"""Cards on the desk: the card of `live_activity.cards`, or a plain list of fields if that cannot be drawn."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup

from live_activity.cards import CardFile, card_css, card_html, card_text, layout_of
from live_activity.cards.model import Score
from live_activity.contract import Contract
from live_activity.core.content import Content

_log = logging.getLogger(__name__)
_MOST_FIELDS = 12
_LONGEST = 120


def draw_card(
    activity_type: str,
    content: Content,
    attributes: Mapping[str, Any] | None = None,
    *,
    contract: Contract | None = None,
    card_file: CardFile | None = None,
    zone: ZoneInfo | None = None,
    now: datetime | None = None,
    island: bool = True,
) -> Markup:
    """Returns the card as HTML, with all values escaped."""
    try:
        card = layout_of(
            activity_type, attributes, content, contract, card_file, zone=zone or ZoneInfo("UTC"), now=now
        )
        return Markup(card_html(card, island=island, caption=False))  # `card_html` escapes
    except Exception as error:  # a card that cannot be drawn must not break the page
        _log.warning("a card could not be drawn: %s", type(error).__name__)
    return _plain(activity_type, content)


def card_style() -> str:
    """The style sheet of the cards."""
    return card_css()


def short_name(
    activity_type: str,
    content: Content,
    attributes: Mapping[str, Any] | None,
    contract: Contract | None,
    card_file: CardFile | None = None,
) -> str | None:
    """What a card says in a few words, such as `Home 1-0`; None if it shows no score."""
    try:
        body = layout_of(activity_type, attributes, content, contract, card_file).body
    except Exception:  # the caller then names the fields
        return None
    if not isinstance(body, Score):
        return None
    nameless = body.away.name.strip().lower() in ("away", "guest", "guests", "")
    score = f"{body.home.name} {body.home.value}-{body.away.value}"
    return score if nameless else f"{score} {body.away.name}"


def card_line(
    activity_type: str,
    content: Content,
    attributes: Mapping[str, Any] | None,
    contract: Contract | None,
    card_file: CardFile | None = None,
    zone: ZoneInfo | None = None,
) -> str:
    """The card as one line, or the state as JSON if the card cannot be drawn."""
    try:
        card = layout_of(
            activity_type, attributes, content, contract, card_file, zone=zone or ZoneInfo("UTC")
        )
        return card_text(card)
    except Exception:  # a card that cannot be drawn must not break the page
        return value_text(dict(content.state))


def _plain(activity_type: str, content: Content) -> Markup:
    rows = Markup("").join(
        Markup("<div><dt>{}</dt><dd>{}</dd></div>").format(name, value_text(value))
        for name, value in list(flatten(content.state))[:_MOST_FIELDS]
    )
    words = Markup("").join(
        Markup('<p class="plain-{}">{}</p>').format(kind, text)
        for kind, text in (("title", content.title), ("message", content.message))
        if text
    )
    return Markup(
        '<div class="plain-card" dir="auto"><p class="plain-type">{}</p>{}<dl>{}</dl></div>'
    ).format(activity_type, words, rows)


def flatten(state: Mapping[str, Any], above: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """The fields of a state by their dotted names."""
    for name, value in state.items():
        if isinstance(value, Mapping) and value and len(above) < 6:
            yield from flatten(value, (*above, name))
        else:
            yield ".".join((*above, name)), value


def value_text(value: Any) -> str:
    """A value as a person reads it, shortened."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
