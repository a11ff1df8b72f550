"""Cards in a real browser: nothing is outside its card in either theme, and a strict policy blocks nothing."""

from __future__ import annotations

import base64
import hashlib
from typing import Literal

import pytest
from playwright.sync_api import Browser

from live_activity.cards import card_css, card_html
from live_activity.cards.gallery import example_cards

_OUTSIDE = """() => [...document.querySelectorAll(".la-card, .la-island")].flatMap((card) => {
  const box = card.getBoundingClientRect();
  return [...card.querySelectorAll("*")].filter((part) => {
    const own = part.getBoundingClientRect();
    return own.left < box.left - 1 || own.right > box.right + 1;
  }).map((part) => part.textContent);
})"""


_CHIPS_AT_THE_START = """() => [...document.querySelectorAll(".la-head")].filter((head) => {
  const chip = head.querySelector(".la-chip"), box = head.getBoundingClientRect();
  if (!chip) return false;
  const own = chip.getBoundingClientRect();
  return head.closest("[dir]").dir === "rtl" ? own.left > box.left + 1 : own.right < box.right - 1;
}).map((head) => head.textContent)"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_card_keeps_inside_its_edges(browser: Browser, scheme: Literal["light", "dark"]) -> None:
    css = card_css()
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'"
    cards = "".join(map(card_html, example_cards()))
    head = f'<meta http-equiv="Content-Security-Policy" content="{policy}"><style>{css}</style>'
    page = browser.new_page(viewport={"width": 340, "height": 900}, color_scheme=scheme)
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text))
    page.set_content(f"<!doctype html><html><head>{head}</head><body>{cards}</body></html>")
    assert page.evaluate(_OUTSIDE) == []
    assert page.evaluate(_CHIPS_AT_THE_START) == []
    ground = page.evaluate("getComputedStyle(document.querySelector('.la-card')).backgroundColor")
    page.close()
    assert ground == {"light": "rgb(255, 255, 255)", "dark": "rgb(28, 28, 31)"}[scheme]
    assert refused == []
