"""Cards as HTML and SVG: escaped, shortened to fit, in any script, and without external resources."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser

import pytest

from live_activity.cards import CAPTION, Theme, card_css, card_html, card_svg, layout_of
from live_activity.cards.gallery import example_cards
from live_activity.cards.text import abbreviation, letters, shorten, width, wrapped
from live_activity.core.content import Content

EVIL = "</svg></title><script>alert('x')</script><img src=x onerror=\"y\">&\x00\x1b\ufffe\u202e"
FAMILY = "👩‍👩‍👧‍👦"
STATES = (
    {"homeTeam": EVIL, "awayTeam": EVIL, "homeScore": 1, "awayScore": 2, "period": EVIL, "clock": EVIL},
    {"origin": EVIL, "destination": EVIL, "status": EVIL, "headline": EVIL, "gate": EVIL, EVIL: EVIL},
    {"value": 1, "unit": EVIL, "phase": EVIL, "note": EVIL, EVIL: 3},
    {"one": EVIL, EVIL: EVIL, "three": [{"name": EVIL, "share": 0.5}], "four": [EVIL]},
)


class _Elements(HTMLParser):
    """The elements and attributes that a browser would see."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes.update(name for name, _ in attrs)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("theme", ["light", "dark", "auto"])
def test_script_in_every_field_stays_text(state: dict[str, object], theme: Theme) -> None:
    content = Content(EVIL, EVIL, state)  # type: ignore[arg-type]  # it is JSON
    card = layout_of(EVIL, {EVIL: EVIL, "ground": EVIL}, content)
    html, svg = card_html(card, theme=theme), card_svg(card, theme)
    for drawn in (html, svg):
        found = _Elements(drawn)
        assert not {"script", "img"}.intersection(found.tags)
        assert not [name for name in found.attributes if name == "style" or name.startswith("on")]
        assert not {"\x00", "\x1b", "\ufffe", "\u202e"}.intersection(drawn)
    assert "&lt;script" in html
    ElementTree.fromstring(svg)


@pytest.mark.parametrize("theme", ["light", "dark", "auto"])
def test_every_card_of_the_gallery_is_well_formed_and_refers_to_nothing_outside(theme: Theme) -> None:
    for card in example_cards():
        drawn = card_svg(card, theme)
        root = ElementTree.fromstring(drawn)
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
        assert "href" not in drawn
        assert "url(" not in drawn
        assert drawn.count("http") == 1, "the only address is the name of the namespace"
        assert ("<style>" in drawn) == (theme == "auto")
        assert CAPTION.replace("'", "&#39;") in card_html(card, theme=theme)


def test_everything_in_an_svg_card_is_inside_its_edges() -> None:
    for card in example_cards():
        for text in ElementTree.fromstring(card_svg(card, "light")).iter("{http://www.w3.org/2000/svg}text"):
            size, x = float(text.attrib["font-size"]), float(text.attrib["x"])
            wide = width(text.text or "", size, bold="font-weight" in text.attrib)
            right_to_left = text.attrib.get("direction") == "rtl"
            left = {"start": x - wide if right_to_left else x, "middle": x - wide / 2}.get(
                text.attrib.get("text-anchor", "start"), x if right_to_left else x - wide
            )
            assert left >= 0, text.text
            assert left + wide <= 360.5, text.text


def test_a_right_to_left_card_is_mirrored() -> None:
    content = Content("النصر 1-3 الهلال", None, {"homeScore": 1, "awayScore": 3})
    card = layout_of("Match", {"homeTeam": "النصر", "awayTeam": "الهلال"}, content)
    assert 'dir="rtl"' in card_html(card)
    texts = ElementTree.fromstring(card_svg(card, "light")).iter("{http://www.w3.org/2000/svg}text")
    at = {text.text: float(text.attrib["x"]) for text in texts}
    assert at["النصر"] > at["الهلال"], "the home team is on the side where reading begins"


def test_long_text_is_shortened_between_letters() -> None:
    assert shorten("short", 200, 14) == "short"
    cut = shorten("A very long message that does not fit", 100, 14)
    assert cut.endswith("…")
    assert width(cut, 14) <= 100
    families = shorten(FAMILY * 10, 100, 14)
    assert set(letters(families)) == {FAMILY, "…"}
    assert len(wrapped("漢字" * 60, 328, 14, lines=2)) == 2
    assert all(width(line, 14) <= 328 for line in wrapped("漢字" * 60, 328, 14, lines=2))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("España", "ESP"),
        ("New York City", "NYC"),
        ("日本代表", "日本"),
        (f"{FAMILY} United", f"{FAMILY}U"),
        ("", "\u2013"),
    ],
)
def test_a_name_becomes_a_badge(name: str, expected: str) -> None:
    found = abbreviation(name)
    assert found == expected or found.startswith(FAMILY)


def test_the_style_sheet_follows_the_reader_and_can_be_given_a_scheme() -> None:
    css = card_css()
    assert "prefers-color-scheme: dark" in css
    assert ".la-dark" in css
    assert "http" not in css
    assert "@import" not in css
    assert all(letter == "\n" or letter.isprintable() for letter in css)
    used = {
        name
        for card in example_cards()
        for group in re.findall(r'class="([^"]*)"', card_html(card))
        for name in group.split()
    }
    unstyled = {name for name in used if f".{name}" not in css}
    assert unstyled <= {"la-end", "la-cut", "la-is-score"}, unstyled
