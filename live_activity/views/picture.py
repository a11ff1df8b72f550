"""The picture of the report: the pushes over time with their reach. It needs no display; it is slow: use a thread."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from live_activity.ledger.push_log import LoggedPush

# Mid-tones: each has enough contrast on a white page and on a dark one.
_INK, _GRID = "#7a8694", "#7a869455"
_COLOURS = {
    "start": "#2f9e68",
    "update": "#3f7fe0",
    "repeat": "#8a6fd1",
    "settle": "#b06a9c",
    "end": "#d9483b",
}
_NAMES = {"repeat": "update, repeated", "settle": "final content before the end"}
_BEHIND, _UNREAD = "#c98f00", "#d9483b"
# The names of commands share so many lines; a letter of a name takes about so much of the picture's width.
LINES, LETTER = 3, 0.011
SHORTEST = timedelta(minutes=1)


def picture(
    pushes: Sequence[LoggedPush],
    *,
    title: str,
    zone: ZoneInfo,
    commands: Sequence[tuple[datetime, str]] = (),
    polls: Sequence[tuple[datetime, bool]] = (),
) -> bytes | None:
    """Returns a PNG with times in `zone`, or None if nothing was pushed. `polls` has times, and whether each worked.

    The background is transparent, and the colours are readable on dark and on light pages. The scale of the reach
    begins near its smallest value, so that differences can be seen.
    """
    sent = [push for push in pushes if push.outcome in ("done", "unknown", "locked")]
    if not sent:
        return None
    from matplotlib.figure import Figure

    heights = [3.0]
    behind, marked = any(push.left_behind for push in sent), bool(commands or polls)
    heights += [1.1] * behind + [1.1 if commands else 0.35] * marked
    figure = Figure(figsize=(7.6, 1.3 + 0.8 * sum(heights)), dpi=140, facecolor="none", layout="constrained")
    axes = figure.subplots(
        len(heights), sharex=True, squeeze=False, gridspec_kw={"height_ratios": heights}
    ).ravel()
    for each in axes:
        _plain_axes(each)
    _draw_reach(axes[0], sent)
    axes[0].set_title(title.replace("$", r"\$"), color=_INK, fontsize=11, loc="left")
    if behind:
        _draw_behind(axes[1], sent)
    first, last = min(push.sent for push in sent), max(push.sent for push in sent)
    if marked:
        times = [first, last, *(at for at, _ in commands)]
        span = max(max(times) - min(times), 2 * SHORTEST)
        _draw_marks(axes[-1], sorted(commands), [each for each in polls if first <= each[0] <= last], span)
    _time_axis(axes[-1], zone)
    if last - first < SHORTEST:
        axes[-1].set_xlim(first - SHORTEST, last + SHORTEST)
    figure.legend(loc="outside lower center", ncols=4, frameon=False, labelcolor=_INK, fontsize=9)
    written = io.BytesIO()
    figure.savefig(written, format="png", transparent=True)
    return written.getvalue()


def as_data(png: bytes) -> str:
    """The picture as a data URL."""
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"


def _draw_reach(axes: Any, sent: Sequence[LoggedPush]) -> None:
    reach = [push.reached for push in sent]
    lowest, highest = min(reach), max(reach)
    margin = max((highest - lowest) * 0.2, highest * 0.005, 1)
    if len({push.number for push in sent}) == 1:
        axes.plot([push.sent for push in sent], reach, color=_GRID, linewidth=1.2, zorder=1)
    for kind, colour in _COLOURS.items():
        mine = [push for push in sent if push.kind == kind]
        if mine:
            again = kind in ("repeat", "settle")
            axes.scatter(
                [push.sent for push in mine],
                [push.reached for push in mine],
                s=34,
                facecolors="none" if again else colour,
                edgecolors=colour,
                linewidths=1.6,
                label=_NAMES.get(kind, kind),
                zorder=2 if again else 3,
            )
    axes.set_ylim(max(0, lowest - margin) if lowest else -margin / 4, highest + margin)
    axes.set_ylabel("handed to Apple\n(phones)", color=_INK, fontsize=9)


def _draw_behind(axes: Any, sent: Sequence[LoggedPush]) -> None:
    mine = [push for push in sent if push.left_behind]
    times, numbers = [push.sent for push in mine], [push.left_behind or 0 for push in mine]
    axes.vlines(times, 0, numbers, colors=_BEHIND, linewidth=1.6)
    axes.scatter(times, numbers, s=22, color=_BEHIND, label="left behind")
    axes.set_ylim(0, max(numbers) * 1.25)
    axes.set_ylabel("left behind", color=_INK, fontsize=9)


def _draw_marks(
    axes: Any,
    commands: Sequence[tuple[datetime, str]],
    polls: Sequence[tuple[datetime, bool]],
    span: timedelta,
) -> None:
    for good, colour, marker, label in ((True, _INK, "|", "poll"), (False, _UNREAD, "x", "poll that failed")):
        times = [at for at, was_good in polls if was_good is good]
        if times:
            axes.scatter(times, [0.0] * len(times), s=26, color=colour, marker=marker, label=label)
    if commands:
        lines = lines_of_commands(commands, span)
        heights = [1.0 + (line or 0) for line in lines]
        times = [at for at, _ in commands]
        axes.scatter(times, heights, s=34, color=_COLOURS["update"], marker="v", label="command")
        for (at, action), height, line in zip(commands, heights, lines, strict=True):
            if line is not None:
                axes.annotate(
                    action, (at, height), xytext=(5, -3), textcoords="offset points", color=_INK, fontsize=8
                )
    axes.set_ylim(-0.8, LINES + 0.8 if commands else 0.8)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)


def lines_of_commands(commands: Sequence[tuple[datetime, str]], span: timedelta) -> list[int | None]:
    """The line on which each command's name has room, in a picture that spans `span`; None if no line has room."""
    free: list[datetime | None] = [None] * LINES
    lines: list[int | None] = []
    for at, action in commands:
        line = next((each for each, until in enumerate(free) if until is None or until <= at), None)
        if line is not None:
            free[line] = at + (len(action) + 3) * LETTER * span
        lines.append(line)
    return lines


def _plain_axes(axes: Any) -> None:
    from matplotlib.ticker import MaxNLocator, StrMethodFormatter

    axes.set_facecolor("none")
    axes.yaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    axes.tick_params(colors=_INK, labelsize=9)
    axes.grid(axis="y", color=_GRID, linewidth=0.7)
    for side, spine in axes.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_color(_GRID)


def _time_axis(axes: Any, zone: ZoneInfo) -> None:
    from matplotlib import dates

    untyped: Any = dates
    locator = untyped.AutoDateLocator(tz=zone)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(untyped.ConciseDateFormatter(locator, tz=zone))
