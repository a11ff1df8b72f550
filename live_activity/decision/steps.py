"""The steps that an activity can take next.

In every step that sends content, `place` is the row that it comes from (None: given by hand, or sent again), `passed`
is how many earlier rows are overtaken unsent, and `words` is whether title and message go along with the state.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from live_activity.core.content import Content, Json
from live_activity.core.statuses import FinalActivityStatus
from live_activity.decision.schedule import Place


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing to do before `until` (None: before something new is known)."""

    until: datetime | None


@dataclass(frozen=True, slots=True)
class Enrol:
    """Register, and add everybody."""


@dataclass(frozen=True, slots=True)
class Refresh:
    """Add once more the batches that had phones without a token."""


@dataclass(frozen=True, slots=True)
class MarkUnchanged:
    """The newest row says what is shown already: record it, send nothing."""

    content: Content
    place: Place
    passed: int


@dataclass(frozen=True, slots=True)
class Start:
    """Start with this content. `again` asks whether an earlier start of unknown outcome had arrived."""

    content: Content
    attributes: Mapping[str, Json]
    title: str | None
    message: str | None
    place: Place | None
    passed: int
    again: bool
    words: bool = True


@dataclass(frozen=True, slots=True)
class Update:
    """Send this content; `repeat` when it was sent before and left phones behind."""

    content: Content
    place: Place | None
    passed: int
    repeat: bool = False
    words: bool = True


@dataclass(frozen=True, slots=True)
class Settle:
    """Send the final content to the phones that were left behind, before the end."""

    content: Content
    place: Place | None
    passed: int
    words: bool = True


@dataclass(frozen=True, slots=True)
class End:
    """End with this content."""

    content: Content
    place: Place | None
    passed: int
    words: bool = True


@dataclass(frozen=True, slots=True)
class Finished:
    """Nothing more is sent; `status` is how the activity finished, `why` explains it in a line.

    `left_open`: this run could not close it, and recovery has to try again.
    """

    status: FinalActivityStatus
    why: str | None = None
    left_open: bool = False


Step = Wait | Enrol | Refresh | MarkUnchanged | Start | Update | Settle | End | Finished


def once(due: datetime | None, step: Step, now: datetime, otherwise: datetime | None) -> Step:
    """The step when it is due; until then a wait that ends when `otherwise` comes, at the latest."""
    return step if due is None or now >= due else Wait(earliest(due, otherwise))


def earliest(*moments: datetime | None) -> datetime | None:
    """The first of the moments that are known."""
    return min((moment for moment in moments if moment is not None), default=None)


def latest(*moments: datetime | None) -> datetime | None:
    """The last of the moments that are known."""
    return max((moment for moment in moments if moment is not None), default=None)
