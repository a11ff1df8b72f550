"""Draws the cards on the page of the `sandbox` command: as the other pages do, or as plain text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from live_activity.cards import card_css, card_html, layout_of
from live_activity.core.content import Content
from live_activity.sandbox.cards import PlainCards

# A drawn card is complete, so the page's own frame around it is removed.
_BARE = (
    ".screen:has(.la-figure) { padding: .4rem; }\n.card:has(> .la-figure) { background: none; padding: 0; }"
)


class LayoutCards(PlainCards):
    """Draws cards with the layouts of `live_activity.cards`; content that is not valid JSON is listed as text."""

    css = f"{card_css()}\n{PlainCards.css}\n{_BARE}"

    def draw(
        self, activity_type: str, attributes: Mapping[str, Any], content_state: Mapping[str, Any]
    ) -> str:
        """The Lock Screen card of this content."""
        try:
            content = Content(None, None, content_state)
            return card_html(layout_of(activity_type, attributes, content), island=False, caption=False)
        except (ValueError, TypeError):
            return super().draw(activity_type, attributes, content_state)
