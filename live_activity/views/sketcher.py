"""Draws contents of one campaign as cards: as a layout for pages, as a picture and as a line for Markdown."""

from __future__ import annotations

import base64
import contextlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from live_activity.campaign.model import Campaign
from live_activity.cards import Card, CardFile, card_svg, card_text, layout_of, read_card_file
from live_activity.contract import Contract
from live_activity.core.content import Content
from live_activity.core.findings import InvalidInput
from live_activity.views.markdown import plain

_LONGEST_FIELDS = 200


@dataclass(frozen=True, slots=True)
class Sketcher:
    """Draws contents of one campaign as cards."""

    activity_type: str
    zone: ZoneInfo
    contract: Contract | None = None
    card: CardFile | None = None

    def card_of(self, content: Content, attributes: Mapping[str, Any], now: datetime | None) -> Card:
        """The card of a content as it looks at the time `now`."""
        return layout_of(
            self.activity_type, attributes, content, self.contract, self.card, zone=self.zone, now=now
        )

    def picture(self, content: Content, attributes: Mapping[str, Any], now: datetime | None = None) -> str:
        """The card as a picture in Markdown, light or dark as the page is; an empty text if it cannot be drawn."""
        try:
            card = self.card_of(content, attributes, now)
            drawn = base64.b64encode(card_svg(card, "auto").encode()).decode()
            return f"![{plain(card_text(card))}](data:image/svg+xml;base64,{drawn})"
        except Exception:  # its text is still there
            return ""


def sketcher_of(campaign: Campaign, contract: Contract | None) -> Sketcher:
    """Makes the sketcher of a campaign."""
    card = _card_file(campaign.card) if campaign.card is not None else None
    return Sketcher(campaign.activity_type, campaign.zone, contract, card)


def content_line(content: Content) -> str:
    """Content on one line: title, message, and the fields of the state by name."""
    said = [content.title or "no title", content.message or "no message"]
    fields = ", ".join(f"{name} {value}" for name, value in _fields(content.state, ""))
    return plain(f"{' - '.join(said)}{f' ({_shortened(fields)})' if fields else ''}")


@lru_cache(maxsize=32)
def _card_file(path: str) -> CardFile | None:
    # Without a valid card file, cards have the default layout.
    with contextlib.suppress(InvalidInput):
        return read_card_file(path)
    return None


def _fields(state: Mapping[str, Any], before: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for name, value in state.items():
        if isinstance(value, Mapping):
            found += _fields(value, f"{before}{name}.")
        else:
            shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            found.append((f"{before}{name}", shown))
    return found


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_FIELDS else f"{text[: _LONGEST_FIELDS - 3]}..."
