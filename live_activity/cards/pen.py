"""Draws the shapes and the text of an SVG card."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from markupsafe import Markup

from live_activity.cards.colours import DARK, LIGHT, PALETTES
from live_activity.cards.icons import ICONS, STROKE, icon_of
from live_activity.cards.model import Card, Theme
from live_activity.cards.style import FONTS
from live_activity.cards.text import direction_of, shorten, wrapped

WIDTH, PAD = 360.0, 16.0
Anchor = Literal["start", "middle", "end"]


class Pen:
    """Draws downwards from `y`. `x` counts from where reading begins: from the right in right-to-left text."""

    def __init__(self, card: Card, theme: Theme) -> None:
        self.sketch, self.theme = card, theme
        self.parts: list[Markup] = []
        self.y = 0.0
        chip = card.chip
        toned = card.layout == "journey" and chip is not None and chip.tone in ("good", "warn", "bad")
        self.accent = chip.tone if toned and chip is not None else card.layout

    def document(self) -> str:
        height = self.y + 2
        style = ""
        if self.theme == "auto":
            rules = "".join(
                f".f-{name}{{fill:{value}}}.s-{name}{{stroke:{value}}}" for name, value in LIGHT.items()
            )
            dark = "".join(
                f".f-{name}{{fill:{value}}}.s-{name}{{stroke:{value}}}" for name, value in DARK.items()
            )
            style = Markup(f"<style>{rules}@media (prefers-color-scheme:dark){{{dark}}}</style>")
        drawn = Markup(
            '<svg xmlns="http://www.w3.org/2000/svg" width="{w:g}" height="{h:g}" viewBox="0 0 {w:g} {h:g}" role="img" '
            'font-family="{fonts}"><title>{title}</title>{style}{parts}</svg>'
        ).format(
            w=WIDTH,
            h=round(height, 1),
            fonts=FONTS.replace('"', "'"),
            title=self.sketch.summary,
            style=style,
            parts=Markup("").join(self.parts),
        )
        return str(drawn)

    def paragraph(
        self, text: str, *, size: float, lines: int, colour: str, bold: bool = False, after: float = 12
    ) -> None:
        room = WIDTH - 2 * PAD
        for line in wrapped(text, room / (1.07 if bold else 1), size, lines=lines):
            self.text(PAD, self.y + size * 0.95, line, size=size, bold=bold, colour=colour, room=room)
            self.y += size * 1.3
        self.y += after

    def bar(self, x: float, y: float, wide: float, progress: float) -> None:
        self.rect(x, y, wide, 6, 3, "track")
        if progress > 0:
            self.rect(x, y, max(wide * min(progress, 1), 6), 6, 3, self.accent)

    def rect(self, x: float, y: float, wide: float, high: float, radius: float, colour: str) -> None:
        left = WIDTH - x - wide if self.rtl else x
        self.parts.append(
            Markup('<rect x="{:g}" y="{:g}" width="{:g}" height="{:g}" rx="{:g}" {}/>').format(
                round(left, 1), round(y, 1), round(wide, 1), round(high, 1), radius, self.paint(fill=colour)
            )
        )

    def icon(self, x: float, y: float, size: float, *, colour: str) -> None:
        left = WIDTH - x - size if self.rtl else x
        shape = Markup(f"<g {STROKE}>{ICONS[icon_of(self.sketch)]}</g>")
        self.parts.append(
            Markup('<g transform="translate({:g} {:g}) scale({:g})" {}>{}</g>').format(
                round(left, 1), round(y, 1), round(size / 24, 4), self.paint(stroke=colour), shape
            )
        )

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float,
        room: float,
        bold: bool = False,
        colour: str = "ink",
        anchor: Anchor = "start",
        tail: Sequence[tuple[str, float, str]] = (),
    ) -> None:
        """Text that begins, is centred or ends at `x` in the direction of the card.

        `tail` follows it directly, in another size and colour.
        """
        shown = shorten(text, room, size, bold=bold)
        if not shown:
            return
        own = direction_of((shown,))
        if anchor != "middle" and (own == "rtl") != self.rtl:
            anchor = "end" if anchor == "start" else "start"
        self.parts.append(
            Markup(
                '<text x="{:g}" y="{:g}" font-size="{:g}"{weight}{anchor}{direction} {fill}>{text}{tail}</text>'
            ).format(
                round(self.mirrored(x), 1),
                round(y, 1),
                round(size, 1),
                weight=Markup(' font-weight="{}"').format(700 if size >= 17 else 600) if bold else "",
                anchor=Markup(' text-anchor="{}"').format(anchor) if anchor != "start" else "",
                direction=Markup(' direction="rtl"') if own == "rtl" else "",
                fill=self.paint(fill=colour),
                text=shown,
                tail=Markup("").join(
                    Markup('<tspan dx="{:g}" font-size="{:g}" {}>{}</tspan>').format(
                        round(own_size / 4, 1), round(own_size, 1), self.paint(fill=own_colour), part
                    )
                    for part, own_size, own_colour in tail
                ),
            )
        )

    @property
    def rtl(self) -> bool:
        return self.sketch.direction == "rtl"

    def mirrored(self, x: float) -> float:
        return WIDTH - x if self.rtl else x

    def paint(self, **colours: str) -> Markup:
        """The attributes for `fill` and `stroke`: names of the palette, or colours that are the same in both themes."""
        attributes, classes = [], []
        for attribute, colour in colours.items():
            if colour.startswith("#"):
                attributes.append(f'{attribute}="{colour}"')
            elif self.theme == "auto":
                classes.append(f"{attribute[0]}-{colour}")
            else:
                attributes.append(f'{attribute}="{PALETTES[self.theme][colour]}"')
        if classes:
            attributes.append(f'class="{" ".join(classes)}"')
        return Markup(" ".join(attributes))
