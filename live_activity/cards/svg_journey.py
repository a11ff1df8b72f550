"""The journey of an SVG card."""

from __future__ import annotations

from markupsafe import Markup

from live_activity.cards.model import Journey, Stop
from live_activity.cards.pen import PAD, WIDTH, Anchor, Pen
from live_activity.cards.text import shorten, width, wrapped


class JourneyPen(Pen):
    """Draws origin, destination, progress and times."""

    def journey(self, journey: Journey) -> None:
        end = WIDTH - PAD
        if journey.eta is not None:
            eta = shorten(journey.eta.text, 140, 20, bold=True)
            self.text(end, self.y + 18, eta, size=20, bold=True, colour=self.accent, anchor="end", room=140)
            label = shorten(journey.eta.label, 140, 12)
            self.text(end, self.y + 35, label, size=12, colour="soft", anchor="end", room=140)
            end -= max(width(eta, 20, bold=True), width(label, 12)) + 12
        lines = wrapped(journey.headline, (end - PAD) / 1.07, 20, lines=2)
        for number, line in enumerate(lines):
            self.text(PAD, self.y + 18 + 24 * number, line, size=20, bold=True, room=end - PAD)
        self.y += max(24 * len(lines), 38 if journey.eta is not None else 0) + 10
        if journey.origin is not None or journey.destination is not None:
            self._way(journey)
        elif journey.steps > 1:
            self._steps(journey, PAD, WIDTH - PAD, self.y)
            self.y += 6 + 12
        elif journey.progress is not None:
            self.bar(PAD, self.y, WIDTH - 2 * PAD, journey.progress)
            self.y += 6 + 12

    def _way(self, journey: Journey) -> None:
        codes = any(stop is not None and stop.is_code for stop in (journey.origin, journey.destination))
        if (
            journey.origin is None
            and journey.progress is None
            and journey.steps < 2
            and journey.destination is not None
        ):
            arrow = "→ " if not self.rtl else "← "
            only = Stop(f"{arrow}{journey.destination.name}", journey.destination.time)
            self._stop(only, codes, PAD, "start")
            self.y += (26 if codes else 18) + (16 if only.time else 0) + 10
            return
        begin = self._stop(journey.origin, codes, PAD, "start")
        end = self._stop(journey.destination, codes, WIDTH - PAD, "end")
        left, right = PAD + begin + (10 if begin else 0), WIDTH - PAD - end - (10 if end else 0)
        middle = self.y + (13 if codes else 9)
        if journey.progress is not None:
            self.bar(left, middle - 3, right - left, journey.progress)
        elif journey.steps > 1:
            self._steps(journey, left, right, middle - 3)
        else:
            self.parts.append(
                Markup(
                    '<path d="M{:g} {:g}H{:g}" stroke-width="2" stroke-dasharray="1 4" '
                    'stroke-linecap="round" stroke-opacity=".6" {}/>'
                ).format(
                    round(self.mirrored(left), 1),
                    round(middle, 1),
                    round(self.mirrored(right), 1),
                    self.paint(stroke="soft"),
                )
            )
        timed = any(stop is not None and stop.time for stop in (journey.origin, journey.destination))
        self.y += (26 if codes else 18) + (16 if timed else 0) + 10

    def _stop(self, stop: Stop | None, codes: bool, x: float, anchor: Anchor) -> float:
        """Draws an end of the way; returns its width."""
        if stop is None:
            return 0.0
        size, base = (24.0, 21.0) if stop.is_code else (15.0, 19.0 if codes else 14.0)
        name = shorten(stop.name, 130, size, bold=True)
        self.text(x, self.y + base, name, size=size, bold=True, anchor=anchor, room=130)
        time = shorten(stop.time, 130, 12)
        self.text(x, self.y + (40 if codes else 32), time, size=12, colour="soft", anchor=anchor, room=130)
        return max(width(name, size, bold=True), width(time, 12))

    def _steps(self, journey: Journey, left: float, right: float, y: float) -> None:
        wide = (right - left - 4 * (journey.steps - 1)) / journey.steps
        for number in range(journey.steps):
            colour = self.accent if number < journey.step else "track"
            self.rect(left + number * (wide + 4), y, wide, 6, 3, colour)
