"""Phones that show the same are kept together, which must not be visible from outside."""

from __future__ import annotations

import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from live_activity.sandbox import SandboxOptions
from live_activity.sandbox.answers import Refused
from live_activity.sandbox.sandbox import Sandbox
from live_activity.sandbox.views import activity_view, phones_view, screens_view
from tests.sandbox.sandbox_process import CONTENT, NOW, fleet_file, pushing, registering

DELAYS: dict[tuple[str, str], float | None] = {
    ("anna", "A1"): 3,
    ("ben", "B1"): 3,
    ("ben", "B2"): 3,
    ("late", "L1"): 30,
    ("never", "N1"): None,
}
PHONES = sorted(DELAYS)
TARGETS = st.none() | st.lists(st.sampled_from(PHONES), min_size=1, max_size=4, unique=True)
STEPS = st.lists(st.tuples(st.integers(0, 12), TARGETS), min_size=1, max_size=12)


class ManualClock:
    """A clock that a test can move without an event loop."""

    def __init__(self) -> None:
        self.moment = NOW

    def now(self) -> Any:
        return self.moment

    working = idle = sleep_until = None


def update_body(step: int, targets: list[tuple[str, str]] | None) -> dict[str, Any]:
    return pushing("", {"content_state": {"step": step}}, *(targets or []))


@settings(max_examples=100)
@given(start=TARGETS, steps=STEPS)
def test_every_phone_shows_the_same_as_a_phone_that_is_kept_alone(
    start: list[tuple[str, str]] | None, steps: list[tuple[int, list[tuple[str, str]] | None]]
) -> None:
    clock: Any = ManualClock()
    with tempfile.TemporaryDirectory() as folder:
        sandbox = Sandbox(SandboxOptions(fleet=fleet_file(Path(folder))), clock=clock)
    activity_id = sandbox.answer("register", registering("anna", "ben", "late", "never"))["activity_id"]
    sandbox.answer("start", {**pushing(activity_id, CONTENT, *(start or [])), "activity_id": activity_id})
    started = PHONES if start is None else start
    alone: dict[tuple[str, str], Any] = {
        phone: CONTENT["content_state"] if phone in started else None for phone in PHONES
    }
    activity = sandbox.activity(activity_id)
    assert activity is not None
    for number, (seconds, targets) in enumerate(steps):
        clock.moment += timedelta(seconds=seconds)
        passed = (clock.moment - NOW).total_seconds()
        synced = {phone for phone in started if (delay := DELAYS[phone]) is not None and delay <= passed}
        meant = set(PHONES if targets is None else targets)
        body = {**update_body(number, targets), "activity_id": activity_id}
        if meant & synced:
            answer = sandbox.answer("update", body)
            assert answer["sessions_triggered"] == len(meant & synced)
            assert answer.get("skipped_not_synced", 0) == len(meant - synced)
            alone |= {phone: {"step": number} for phone in meant & synced}
        else:
            with pytest.raises(Refused, match="synced"):
                sandbox.answer("update", body)
        views = phones_view(activity, now=clock.moment, offset=0, limit=10)
        shown = {
            (view["insider_id"], view["udid"]): (view["shows"] or {}).get("content_state") for view in views
        }
        assert shown == alone
        assert {(view["insider_id"], view["udid"]) for view in views if view["synced"]} == synced
        grouped = {
            str((view["shows"] or {}).get("content_state")): view["phones"] for view in screens_view(activity)
        }
        assert grouped == {str(state): list(alone.values()).count(state) for state in alone.values()}
        counts = activity_view(activity, now=clock.moment)["counts"]
        assert (counts["reached"], counts["synced"]) == (len(started), len(synced))
