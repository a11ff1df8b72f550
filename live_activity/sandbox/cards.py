"""Draws the cards of the page at /sandbox. `SandboxOptions.cards` accepts another `CardRenderer`."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any, Protocol

from live_activity.sandbox.names import activity_name, type_name

_MOST_FIELDS = 12
_MOST_CHARACTERS = 80


class CardRenderer(Protocol):
    """Draws what an activity shows as HTML.

    The page's Content-Security-Policy allows no scripts, no `style` attributes and nothing from elsewhere; styles go
    in `css`. SVG presentation attributes are allowed.
    """

    @property
    def css(self) -> str:
        """Styles of the cards, for the page's style sheet."""
        ...

    def card_html(
        self,
        activity_type: str,
        attributes: Mapping[str, Any],
        content_state: Mapping[str, Any],
        *,
        final: bool,
    ) -> str:
        """The card as an HTML fragment, everything escaped."""
        ...


class PlainCards:
    """A card of any activity type: its name, its largest number fields, and a list of the rest."""

    css = """
.lac { display: grid; gap: .55rem; }
.lac-head { display: flex; gap: .5rem; justify-content: space-between; font-size: .8rem; opacity: .8; }
.lac-name { font-weight: 600; overflow-wrap: anywhere; }
.lac-big { display: flex; flex-wrap: wrap; gap: .2rem 1.1rem; }
.lac-big div { display: grid; }
.lac-big b { font-size: 1.7rem; font-weight: 700; line-height: 1.1; font-variant-numeric: tabular-nums; }
.lac-big span, .lac-list dt { font-size: .72rem; opacity: .7; }
.lac-list { display: grid; grid-template-columns: auto 1fr; gap: .1rem .8rem; margin: 0; font-size: .85rem; }
.lac-list dd { margin: 0; text-align: end; overflow-wrap: anywhere; }
"""

    def card_html(
        self,
        activity_type: str,
        attributes: Mapping[str, Any],
        content_state: Mapping[str, Any],
        *,
        final: bool,
    ) -> str:
        """The card as an HTML fragment; it looks the same at the end."""
        return self.draw(activity_type, attributes, content_state)

    def draw(
        self, activity_type: str, attributes: Mapping[str, Any], content_state: Mapping[str, Any]
    ) -> str:
        """Draws the first numbers large and everything else in a list, with long texts shortened."""
        name = activity_name(attributes, None)
        numbers = [
            (key, value)
            for key, value in content_state.items()
            if isinstance(value, int | float) and not isinstance(value, bool)
        ][:3]
        rest = [pair for pair in content_state.items() if pair not in numbers][:_MOST_FIELDS]
        head = f'<span class="lac-type">{escape(type_name(activity_type))}</span>'
        if name is not None:
            head = f'<span class="lac-name" dir="auto">{escape(name)}</span>{head}'
        big = "".join(
            f"<div><b>{escape(_text(value))}</b><span>{escape(_label(key))}</span></div>"
            for key, value in numbers
        )
        rows = "".join(
            f'<dt>{escape(_label(key))}</dt><dd dir="auto">{escape(_text(value))}</dd>' for key, value in rest
        )
        return (
            f'<div class="lac"><div class="lac-head">{head}</div>'
            + (f'<div class="lac-big">{big}</div>' if big else "")
            + (f'<dl class="lac-list">{rows}</dl>' if rows else "")
            + "</div>"
        )


def _label(key: str) -> str:
    """`homeScore` as `home score`."""
    words = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in key)
    return _short(words.replace("_", " ").strip())


def _text(value: object) -> str:
    if value is None:
        return "\u2013"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict | list):
        return f"{len(value)} values" if len(value) != 1 else "1 value"
    return _short(str(value).replace("_", " "))


def _short(text: str) -> str:
    return text if len(text) <= _MOST_CHARACTERS else f"{text[: _MOST_CHARACTERS - 1]}…"
