"""An icon for each layout, as SVG shapes in a box of 24 by 24."""

from __future__ import annotations

from typing import Literal

from live_activity.cards.model import Card, Count, LayoutName

IconName = Literal[LayoutName, "measure"]
ICONS: dict[IconName, str] = {
    "score": '<circle cx="12" cy="12" r="8.5"/><path d="M12 7.6l4.2 3-1.6 4.9H9.4l-1.6-4.9z"/>',
    "journey": '<path d="M20 4L4 10.8l6.6 2.6L13.2 20z"/>',
    "count": '<circle cx="12" cy="13.5" r="7"/><path d="M12 13.5V9.6M9.6 3.4h4.8"/>',
    "measure": '<path d="M5 19v-7M12 19V5M19 19v-4"/>',
    "generic": '<path d="M5 7h14M5 12h14M5 17h8"/>',
}
STROKE = 'fill="none" stroke-width="1.9" stroke-linecap="round" stroke-linejoin="round"'
_TIMES = frozenset({"min", "h", "days"})


def icon_of(card: Card) -> IconName:
    """The icon of a card: that of its layout, or bars where what is counted is not a time."""
    if not isinstance(card.body, Count):
        return card.layout
    main = card.body.main
    is_time = main.unit in _TIMES or ":" in main.value or main.label.startswith("left")
    return "count" if is_time or main.value[-1:] == "h" or "h " in main.value else "measure"
