"""A card as phones may show it: one layout model, drawn as HTML for pages and as SVG for artifacts and files."""

from live_activity.cards.card_file import CardFile, card_file_findings, read_card_file
from live_activity.cards.fields import field_names
from live_activity.cards.html import card_html
from live_activity.cards.layout import layout_of
from live_activity.cards.model import CAPTION, Card, Theme
from live_activity.cards.style import card_css
from live_activity.cards.summary import card_text
from live_activity.cards.svg import card_svg

__all__ = [
    "CAPTION",
    "Card",
    "CardFile",
    "Theme",
    "card_css",
    "card_file_findings",
    "card_html",
    "card_svg",
    "card_text",
    "field_names",
    "layout_of",
    "read_card_file",
]
