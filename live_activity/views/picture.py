"""The picture of the report: the pushes over time with their reach. Drawn without a screen, and slow: use a thread."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from live_activity.ledger.push_log import Pushed

# Mid-tones: each has enough contrast on a white page and on a dark one.
_INK, _GRID = "#7a8694", "#7a869455"
_COLOURS = {
    "start": "#2f9e68",
    "update": "#3f7fe0",
    "repeat": "#8a6fd1",
    "settle": "#8a6fd1",
    "end": "#d9483b",
}
_SKIPPED = "#c98f00"


def picture(pushes: Sequence[Pushed], *, title: str, zone: ZoneInfo) -> bytes | None:
    """A PNG, its times in `zone`; None where nothing was pushed.

    Its background is transparent and its colours are readable on dark pages and light ones.
    """
    left = [push for push in pushes if push.outcome in ("done", "unknown", "locked")]
    if not left:
        return None
    from matplotlib import dates
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    figure = Figure(figsize=(9, 3.6), dpi=110, facecolor="none", layout="constrained")
    axes = figure.add_subplot(facecolor="none")
    for kind, colour in _COLOURS.items():
        mine = [push for push in left if ("repeat" if push.kind == "settle" else push.kind) == kind]
        if not mine:
            continue
        times = _when(mine)
        reach = [push.reached for push in mine]
        axes.vlines(times, 0, reach, colors=colour, linewidth=1.6, alpha=0.8)
        axes.scatter(times, reach, s=26, color=colour, label=kind, zorder=2 if kind == "repeat" else 3)
    behind = [push for push in left if push.skipped]
    if behind:
        times = _when(behind)
        axes.scatter(
            times,
            [push.skipped or 0 for push in behind],
            s=22,
            marker="x",
            color=_SKIPPED,
            label="not synced",
        )
    axes.set_title(title.replace("$", r"\$"), color=_INK, fontsize=11, loc="left")
    axes.set_ylabel("phones handed to Apple", color=_INK)
    axes.set_ylim(bottom=0)
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    untyped: Any = dates
    locator = untyped.AutoDateLocator(tz=zone)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(untyped.ConciseDateFormatter(locator, tz=zone))
    axes.tick_params(colors=_INK)
    axes.grid(axis="y", color=_GRID, linewidth=0.7)
    for side, spine in axes.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_color(_GRID)
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False, labelcolor=_INK, fontsize=9)
    written = io.BytesIO()
    figure.savefig(written, format="png", transparent=True)
    return written.getvalue()


def as_data(png: bytes) -> str:
    """The picture as an address that holds it."""
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"


def _when(pushes: Sequence[Pushed]) -> Any:
    # Axes take moments, whatever their types say.
    moments: list[datetime] = [push.sent for push in pushes]
    return moments
