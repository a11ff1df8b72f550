"""The pushes over time with their reach, as SVG inside a page; its colours are the page's."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from markupsafe import Markup

from live_activity.ledger.push_log import LoggedPush

WIDTH, HEIGHT = 860.0, 250.0
LEFT, RIGHT, TOP, BOTTOM = 62.0, 16.0, 14.0, 30.0
KINDS = ("start", "update", "repeat", "settle", "end")
NAMES = {"settle": "final content before the end"}
# If there are more pushes than this, those of one period and kind are drawn as one.
MOST_DRAWN = 160
_SENT = ("done", "unknown", "locked")
_STEPS = [timedelta(seconds=s) for s in (1, 5, 15, 30)] + [
    timedelta(minutes=m) for m in (1, 2, 5, 10, 15, 30)
]
_STEPS += [timedelta(hours=h) for h in (1, 2, 4, 6, 12, 24, 48)]


@dataclass(frozen=True, slots=True)
class _Mark:
    at: datetime
    kind: str
    reached: int
    behind: int
    pushes: int


def push_chart(pushes: Sequence[LoggedPush], *, zone: ZoneInfo, verb: str) -> Markup:
    """Returns the chart with its legend, or an empty text if nothing was sent.

    `verb` says what the pushes did to phones: reached, handed to Apple.
    """
    sent = [push for push in pushes if push.outcome in _SENT]
    if not sent:
        return Markup("")
    begin, end = min(push.sent for push in sent), max(push.sent for push in sent)
    whole = max((end - begin).total_seconds(), 60.0)
    marks = _marks(sent, begin, whole)
    most = _round_up(max(max(mark.reached, mark.behind) for mark in marks))

    def x(at: datetime) -> float:
        return round(LEFT + 8 + (at - begin).total_seconds() / whole * (WIDTH - LEFT - RIGHT - 16), 1)

    def y(number: float) -> float:
        return round(HEIGHT - BOTTOM - number / most * (HEIGHT - TOP - BOTTOM), 1)

    parts = [_grid(most, y), _times(begin, whole, x, zone)]
    for mark in marks:
        tooltip = _tooltip(mark, zone, verb)
        parts.append(
            Markup(
                '<g class="push-{kind}"><path class="stem" d="M{x} {zero}V{y}"/>'
                '<circle class="dot" cx="{x}" cy="{y}" r="{r}"><title>{tooltip}</title></circle></g>'
            ).format(kind=mark.kind, x=x(mark.at), y=y(mark.reached), zero=y(0), r=4.5, tooltip=tooltip)
        )
        if mark.behind:
            parts.append(
                Markup('<circle class="behind" cx="{}" cy="{}" r="3.5"><title>{}</title></circle>').format(
                    x(mark.at), y(mark.behind), tooltip
                )
            )
    kinds = [kind for kind in KINDS if any(mark.kind == kind for mark in marks)]
    legend = Markup("").join(
        Markup('<li><i class="key push-{}"></i>{}</li>').format(kind, NAMES.get(kind, kind)) for kind in kinds
    )
    if any(mark.behind for mark in marks):
        legend += Markup('<li><i class="key key-behind"></i>left behind</li>')
    label = f"{len(sent):,} pushes over time, with the phones {verb} by each"
    return Markup(
        '<figure class="chart"><svg viewBox="0 0 {:g} {:g}" role="img" aria-label="{}">{}</svg>'
        '<figcaption><ul class="legend">{}</ul></figcaption></figure>'
    ).format(WIDTH, HEIGHT, label, Markup("").join(parts), legend)


def _marks(sent: Sequence[LoggedPush], begin: datetime, whole: float) -> list[_Mark]:
    if len(sent) <= MOST_DRAWN:
        return [_Mark(push.sent, push.kind, push.reached, push.left_behind or 0, 1) for push in sent]
    width = whole / MOST_DRAWN
    found: dict[tuple[int, str], _Mark] = {}
    for push in sent:
        place = int((push.sent - begin).total_seconds() / width)
        old = found.get(
            (place, push.kind), _Mark(begin + timedelta(seconds=place * width), push.kind, 0, 0, 0)
        )
        found[place, push.kind] = _Mark(
            old.at,
            push.kind,
            old.reached + push.reached,
            old.behind + (push.left_behind or 0),
            old.pushes + 1,
        )
    return list(found.values())


def _tooltip(mark: _Mark, zone: ZoneInfo, verb: str) -> str:
    at = f"{mark.at.astimezone(zone):%H:%M:%S}"
    what = mark.kind if mark.pushes == 1 else f"{mark.pushes:,} times {mark.kind}"
    behind = f", {mark.behind:,} left behind" if mark.behind else ""
    return f"{at} {what}: {mark.reached:,} {verb}{behind}"


def _grid(most: float, y: object) -> Markup:
    assert callable(y)
    lines = []
    for part in range(5):
        number = most * part / 4
        lines.append(
            Markup(
                '<path class="grid" d="M{} {y}H{}"/><text class="tick" x="{}" y="{ty}" text-anchor="end">{}</text>'
            ).format(
                LEFT,
                WIDTH - RIGHT,
                LEFT - 8,
                f"{number:,.0f}" if number == int(number) else "",
                y=y(number),
                ty=y(number) + 4,
            )
        )
    return Markup("").join(lines)


def _times(begin: datetime, whole: float, x: object, zone: ZoneInfo) -> Markup:
    assert callable(x)
    step = next((each for each in _STEPS if whole / each.total_seconds() <= 8), _STEPS[-1])
    seconds = step.total_seconds()
    offset = begin.astimezone(zone).utcoffset() or timedelta()
    first = (
        math.ceil((begin.timestamp() + offset.total_seconds()) / seconds) * seconds - offset.total_seconds()
    )
    ticks, days = [], whole > 86_400
    for number in range(10):
        at = datetime.fromtimestamp(first + number * seconds, zone)
        if (at - begin).total_seconds() > whole:
            break
        shown = f"{at.day} {at:%b %H:%M}" if days else f"{at:%H:%M:%S}" if seconds < 60 else f"{at:%H:%M}"
        ticks.append(
            Markup('<text class="tick" x="{}" y="{}" text-anchor="middle">{}</text>').format(
                x(at), HEIGHT - 8, shown
            )
        )
    return Markup("").join(ticks)


def _round_up(number: float) -> float:
    """A number that can be divided into four ticks: 4, 8, 20, 40, 200..."""
    if number <= 4:
        return 4
    scale = 10.0 ** math.floor(math.log10(number))
    return next(scale * step for step in (1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8, 10) if scale * step >= number)
