"""A card as SVG, for artifacts and files: text is measured by estimated widths and shortened where it would not fit."""

from __future__ import annotations

from markupsafe import Markup

from live_activity.cards.colours import HUES, ISLAND_ACCENTS, ISLAND_INK
from live_activity.cards.count import MAIN_LENGTH
from live_activity.cards.layout import TREND_MARKS
from live_activity.cards.model import (
    CAPTION,
    SCORE_LENGTHS,
    Card,
    Count,
    Fact,
    Journey,
    Measure,
    Rows,
    Score,
    Side,
    Theme,
)
from live_activity.cards.pen import PAD, WIDTH
from live_activity.cards.svg_journey import JourneyPen
from live_activity.cards.text import shorten, width, wrapped


def card_svg(card: Card, theme: Theme = "auto", *, island: bool = True, caption: bool = True) -> str:
    """The card as one SVG document, with the compact Dynamic Island and the caption below.

    A fixed theme has its colours in attributes, so it may stand in a page with a strict policy; `auto` follows the
    reader's and holds a style sheet.
    """
    drawing = _Sketch(card, theme)
    drawing.card()
    if island:
        drawing.island()
    if caption:
        drawing.caption()
    return drawing.document()


class _Sketch(JourneyPen):
    """The parts of a card."""

    def card(self) -> None:
        ground = len(self.parts)
        self.y = 14.0
        self._head()
        match self.sketch.body:
            case Score() as score:
                self._score(score)
            case Journey() as journey:
                self.journey(journey)
            case Count() as count:
                self._count(count)
            case Rows() as rows:
                self._rows(rows)
        if self.sketch.message and self.sketch.layout != "generic":
            self.paragraph(self.sketch.message, size=14, lines=2, colour="soft")
        if self.sketch.context:
            self.y -= 8 if self.sketch.message else 0
            self.paragraph(self.sketch.context, size=12, lines=1, colour="soft")
        self._facts()
        self.y += 4
        box = Markup('<rect x=".5" y=".5" width="{}" height="{}" rx="22" {}/>').format(
            WIDTH - 1, round(self.y, 1), self.paint(fill="surface", stroke="line")
        )
        self.parts.insert(ground, box)
        self.y += 1

    def island(self) -> None:
        island, top, wide, high = self.sketch.island, self.y + 10, 248.0, 37.0
        left = (WIDTH - wide) / 2
        self.parts.append(
            Markup('<rect x="{}" y="{:g}" width="{}" height="{}" rx="18.5" {}/>').format(
                left, round(top, 1), wide, high, self.paint(fill="island", stroke="island-line")
            )
        )
        accent, room, base = ISLAND_ACCENTS[self.sketch.layout], 84.0, top + 23.2
        self.icon(left + 12, top + 10.5, 16, colour=accent)
        self.text(left + 33, base, island.leading, size=13, bold=True, colour=ISLAND_INK, room=room - 21)
        self.text(
            WIDTH - left - 12,
            base,
            island.trailing,
            size=13,
            bold=True,
            colour=accent,
            room=room,
            anchor="end",
        )
        self.y = top + high

    def caption(self) -> None:
        self.y += 20
        self.text(WIDTH / 2, self.y, CAPTION, size=12, colour="soft", anchor="middle", room=WIDTH - 8)
        self.y += 6

    def _head(self) -> None:
        self.rect(PAD, self.y, 24, 24, 7, f"{self.accent}-tint")
        self.icon(PAD + 3, self.y + 3, 18, colour=self.accent)
        base, end = self.y + 16.5, WIDTH - PAD
        chip = self.sketch.chip
        if chip is not None and chip.text:
            tone = self.sketch.layout if chip.tone == "live" else chip.tone
            text = shorten(chip.text, 150, 12, bold=True)
            wide = width(text, 12, bold=True) + 18
            self.rect(end - wide, self.y + 1.5, wide, 21, 10.5, f"{tone}-tint")
            self.text(
                end - wide / 2, base - 0.5, text, size=12, bold=True, colour=tone, anchor="middle", room=wide
            )
            end -= wide + 8
        at = PAD + 32
        self.text(at, base, self.sketch.heading, size=13, bold=True, room=end - at)
        self.y += 24 + 12

    def _score(self, score: Score) -> None:
        values = f"{score.home.value} \u2013 {score.away.value}"
        length = len(score.home.value) + len(score.away.value)
        size = 38.0 if length <= SCORE_LENGTHS[0] else 24.0 if length <= SCORE_LENGTHS[1] else 17.0
        middle = min(max(width(values, size, bold=True), 60.0), 208.0)
        room = (WIDTH - 2 * PAD - middle) / 2 - 8
        sides = (score.home, score.away)
        words = [word for side in sides for word in side.name.split()]
        letters = 13.0 if all(width(word, 13, bold=True) <= room for word in words) else 11.0
        names = [wrapped(side.name, room / 1.07, letters, lines=2) for side in sides]
        high = 40 + 6 + 16 * max(len(lines) for lines in names)
        centre = self.y + high / 2
        for side, lines, x in (
            (score.home, names[0], PAD + room / 2),
            (score.away, names[1], WIDTH - PAD - room / 2),
        ):
            self._side(side, lines, x, room, letters)
        base = centre + size * 0.36 - (10 if score.clock else 0)
        gap, dash = size * 0.3, size * 0.42
        self.text(
            WIDTH / 2 - gap - dash / 4,
            base,
            score.home.value,
            size=size,
            bold=True,
            anchor="end",
            room=middle,
        )
        self.text(
            WIDTH / 2,
            base - size * 0.06,
            "\u2013",
            size=size * 0.75,
            colour="soft",
            anchor="middle",
            room=middle,
        )
        self.text(WIDTH / 2 + gap + dash / 4, base, score.away.value, size=size, bold=True, room=middle)
        if score.clock:
            self.text(
                WIDTH / 2,
                base + 21,
                score.clock,
                size=14,
                bold=True,
                colour=self.accent,
                anchor="middle",
                room=80,
            )
        self.y += high + 12

    def _side(self, side: Side, lines: list[str], x: float, room: float, size: float) -> None:
        self.parts.append(
            Markup('<circle cx="{:g}" cy="{:g}" r="20" fill="{}"/>').format(
                round(self.mirrored(x), 1), round(self.y + 20, 1), HUES[side.hue]
            )
        )
        self.text(
            x, self.y + 24.3, side.badge, size=12, bold=True, colour="#ffffff", anchor="middle", room=36
        )
        for number, line in enumerate(lines):
            self.text(x, self.y + 59 + 16 * number, line, size=size, bold=True, anchor="middle", room=room)

    def _count(self, count: Count) -> None:
        main = count.main
        size = 38.0 if len(main.text) <= MAIN_LENGTH else 26.0
        room = (WIDTH - 2 * PAD) * (0.65 if count.others else 1)
        value = shorten(main.value, room, size, bold=True)
        base = self.y + 32
        at = PAD + width(value, size, bold=True)
        tail = []
        if main.unit:
            unit = shorten(main.unit, 90, size / 2, bold=True)
            tail.append((unit, size / 2, "soft"))
            at += width(unit, size / 2, bold=True) + size / 8
        if count.trend is not None:
            tail.append((TREND_MARKS[count.trend], size * 0.75, self.accent))
            at += size
        self.text(PAD, base, value, size=size, bold=True, room=room, tail=tail)
        self.text(PAD, base + 18, main.label, size=12, colour="soft", room=max(at - PAD, 150))
        at = max(at, PAD + min(width(main.label, 12), 150)) + 16
        self._numbers(count.others, at, base)
        self.y = base + 18 + 16
        if count.progress is not None:
            self.bar(PAD, self.y - 4, WIDTH - 2 * PAD, count.progress)
            self.y += 14

    def _numbers(self, measures: tuple[Measure, ...], at: float, base: float) -> None:
        """Numbers beside the large one, from the end backwards, none wider than its share."""
        if not measures:
            return
        end = WIDTH - PAD
        wide = [max(width(each.text, 17, bold=True), width(each.label, 12)) + 0.5 for each in measures]
        if sum(wide) + 14 * (len(wide) - 1) > end - at:
            most = max((end - at) / len(wide) - 12, 24.0)
            wide = [min(each, most) for each in wide]
        for measure, room in zip(reversed(measures), reversed(wide), strict=True):
            self.text(end - room, base - 1, measure.text, size=17, bold=True, room=room)
            self.text(end - room, base + 18, measure.label, size=12, colour="soft", room=room)
            end -= room + 14

    def _rows(self, rows: Rows) -> None:
        if rows.title != self.sketch.heading:
            after = 2 if self.sketch.message else 10
            self.paragraph(rows.title, size=17, lines=2, colour="ink", bold=True, after=after)
        if self.sketch.message:
            self.paragraph(self.sketch.message, size=14, lines=2, colour="soft")
        if rows.progress is not None:
            self.bar(PAD, self.y, WIDTH - 2 * PAD, rows.progress)
            self.y += 6 + 12

    def _facts(self) -> None:
        room = WIDTH - 2 * PAD
        for fact in self.sketch.facts:
            self._fact(fact, room)
        if self.sketch.left_out:
            self.text(PAD, self.y + 13, f"and {self.sketch.left_out} more", size=14, colour="soft", room=room)
            self.y += 22
        if self.sketch.facts:
            self.y += 4

    def _fact(self, fact: Fact, room: float) -> None:
        value = shorten(fact.value, room * 0.62, 14, bold=True)
        taken = width(value, 14, bold=True)
        self.text(PAD, self.y + 13, fact.label, size=14, colour="soft", room=room - taken - 14)
        self.text(WIDTH - PAD, self.y + 13, value, size=14, bold=True, anchor="end", room=room)
        self.y += 22
        if fact.share is not None:
            self.bar(PAD, self.y - 2, room, fact.share)
            self.y += 12
