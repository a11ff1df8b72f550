"""A sign for each layout, as SVG shapes in a box of 24 by 24."""

from __future__ import annotations

from live_activity.cards.model import LayoutName

ICONS: dict[LayoutName, str] = {
    "score": '<circle cx="12" cy="12" r="8.5"/><path d="M12 7.6l4.2 3-1.6 4.9H9.4l-1.6-4.9z"/>',
    "journey": '<path d="M20 4L4 10.8l6.6 2.6L13.2 20z"/>',
    "count": '<circle cx="12" cy="13.5" r="7"/><path d="M12 13.5V9.6M9.6 3.4h4.8"/>',
    "generic": '<path d="M5 7h14M5 12h14M5 17h8"/>',
}
STROKE = 'fill="none" stroke-width="1.9" stroke-linecap="round" stroke-linejoin="round"'
