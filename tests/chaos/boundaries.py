"""The boundaries of a campaign: a hook is called before and after each of its calls and ledger records."""

from __future__ import annotations

import functools
import inspect
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

# How often a campaign of four rows calls each of these methods at least.
BOUNDARIES = {
    "stage_people": 1,
    "register": 1,
    "add_users": 2,
    "start": 1,
    "update": 3,
    "settle": 2,
    "end": 1,
    "intend_batch": 3,
    "answer_batch": 3,
    "note_activity": 2,
    "intend_push": 4,
    "answer_push": 4,
    "take_timeline": 2,
    "finished": 1,
}


@dataclass(frozen=True)
class Place:
    """A place in a campaign: `before` or `after` the `nth` call of a method, counted from 1."""

    when: str
    method: str
    nth: int

    def __str__(self) -> str:
        return f"{self.when} {self.method} {self.nth}"

    @classmethod
    def read(cls, text: str) -> Place:
        """Parses what `str` returned."""
        when, method, nth = text.split()
        return cls(when, method, int(nth))


PLACES = [
    Place(when, method, nth)
    for method, times in BOUNDARIES.items()
    for nth in range(1, times + 1)
    for when in ("before", "after")
]
# A start is not sent again once the end is due, so a campaign that is interrupted around its start needs a late end.
AROUND_THE_START = {
    Place(when, method, 1)
    for method in ("start", "intend_push", "answer_push")
    for when in ("before", "after")
} | {Place("after", "note_activity", 2)}

SetMethod = Callable[[Any, str, Any], None]


def hook_boundaries(at_boundary: Callable[[Place], None], set_method: SetMethod = setattr) -> None:
    """Calls `at_boundary` at every boundary of this process; `set_method` replaces a method, as `setattr` does."""
    from live_activity.api import Client
    from live_activity.engine import campaign_calls, lifecycle, polling
    from live_activity.engine.recorded_calls import RecordedCalls
    from live_activity.ledger import EditionLedger

    seen: Counter[str] = Counter()

    def reached(when: str, method: str) -> None:
        seen[f"{when} {method}"] += 1
        at_boundary(Place(when, method, seen[f"{when} {method}"]))

    for owner, methods in {
        Client: ("register", "add_users", "remove_users", "start", "update", "end"),
        EditionLedger: (
            "intend_batch",
            "answer_batch",
            "intend_push",
            "answer_push",
            "note_activity",
            "note",
            "carried_out",
        ),
        RecordedCalls: ("settle",),
        # These functions are replaced in the modules that call them.
        campaign_calls: ("stage_people",),
        polling: ("take_timeline",),
        lifecycle: ("finished",),
    }.items():
        for name in methods:
            set_method(owner, name, _hooked(getattr(owner, name), reached))


def _hooked(method: Callable[..., Any], at_boundary: Callable[[str, str], None]) -> Callable[..., Any]:
    name = method.__name__
    if inspect.iscoroutinefunction(method):

        @functools.wraps(method)
        async def hooked_async(*given: Any, **more: Any) -> Any:
            at_boundary("before", name)
            answer = await method(*given, **more)
            at_boundary("after", name)
            return answer

        return hooked_async

    @functools.wraps(method)
    def hooked(*given: Any, **more: Any) -> Any:
        at_boundary("before", name)
        answer = method(*given, **more)
        at_boundary("after", name)
        return answer

    return hooked
