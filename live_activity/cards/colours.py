"""The colours of cards in both themes; every text has a contrast of 4.5 or more against its background."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Palette = Mapping[str, str]

LIGHT: Palette = {
    "surface": "#ffffff", "ink": "#111318", "soft": "#5a606c", "line": "#e1e4ea", "track": "#e4e7ed",
    "score": "#0a7346", "journey": "#1759c9", "count": "#b0430a", "generic": "#5b3cc4",
    "good": "#0a7346", "warn": "#805300", "bad": "#b3261e", "calm": "#4c525d",
    "score-tint": "#e1f3ea", "journey-tint": "#e4edfc", "count-tint": "#fcebdf", "generic-tint": "#ece8fb",
    "good-tint": "#e1f3ea", "warn-tint": "#fbefd5", "bad-tint": "#fbe4e2", "calm-tint": "#eceef2",
    "island": "#000000", "island-line": "#000000",
}  # fmt: skip
DARK: Palette = {
    "surface": "#1c1c1f", "ink": "#f5f6f8", "soft": "#a8aeba", "line": "#34363c", "track": "#3b3e46",
    "score": "#4cd48f", "journey": "#82b3ff", "count": "#ffa868", "generic": "#b8a5ff",
    "good": "#4cd48f", "warn": "#ffc65c", "bad": "#ff9389", "calm": "#c3c8d1",
    "score-tint": "#133526", "journey-tint": "#182b4c", "count-tint": "#402612", "generic-tint": "#2b244a",
    "good-tint": "#133526", "warn-tint": "#3b2d0c", "bad-tint": "#46211e", "calm-tint": "#2d3037",
    "island": "#000000", "island-line": "#34363c",
}  # fmt: skip
PALETTES: Mapping[Literal["light", "dark"], Palette] = {"light": LIGHT, "dark": DARK}

# The badges of teams, under white letters.
HUES = ("#b93a2e", "#1f66a8", "#0d7161", "#7d3f9c", "#96500d", "#3c4a5c", "#9c2d60", "#46681c")
# On the island, which is black in both themes.
ISLAND_INK, ISLAND_ACCENTS = (
    "#ffffff",
    {name: DARK[name] for name in ("score", "journey", "count", "generic")},
)
