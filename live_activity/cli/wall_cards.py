"""How the page of the `sandbox` command draws cards: as everywhere else, and plainly where that cannot be done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from live_activity.cards import card_css, card_html, layout_of
from live_activity.core.content import Content
from live_activity.sandbox.cards import PlainCards


class LayoutCards:
    """Cards by the layouts of `live_activity.cards`; content that is not valid JSON is listed plainly."""

    def __init__(self) -> None:
        self._plain = PlainCards()
        # A drawn card is a whole card: it needs no other one around it.
        bare = ".screen:has(.la-figure) { padding: .4rem; }\n.card:has(> .la-figure) { background: none; padding: 0; }"
        self.css = f"{card_css()}\n{self._plain.css}\n{bare}"

    def card_html(
        self,
        activity_type: str,
        attributes: Mapping[str, Any],
        content_state: Mapping[str, Any],
        *,
        final: bool,
    ) -> str:
        """The Lock Screen card of this content."""
        try:
            content = Content(None, None, content_state)
            return card_html(layout_of(activity_type, attributes, content), island=False, caption=False)
        except (ValueError, TypeError):
            return self._plain.card_html(activity_type, attributes, content_state, final=final)
