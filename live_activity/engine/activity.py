"""One activity while it is played: its recorded state, its people, and the signal that wakes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from live_activity.campaign.planning import Times
from live_activity.core.clock import Clock, Signal
from live_activity.core.report import ActivityReport, OverrideReport, UpdatesReport
from live_activity.core.statuses import ActivityStatus
from live_activity.decision.after_push import after_push
from live_activity.decision.next_step import End, Step, Wait, closes, end_of, next_step
from live_activity.decision.not_found import NOT_FOUND
from live_activity.decision.reminders import Reminders
from live_activity.decision.schedule import Place, Schedule, Shift, moved, schedule
from live_activity.decision.state import DECIDED, ActivityState, Outcome, Push
from live_activity.decision.wanted import overrides_in_force
from live_activity.engine.batch_tracker import BatchTracker
from live_activity.timeline import Row


class LiveActivity:
    """One Live Activity of an edition. Decisions depend only on `state`, the rows and the clock."""

    def __init__(
        self,
        *,
        number: int,
        key: Mapping[str, str],
        activity_type: str,
        people: BatchTracker,
        state: ActivityState,
        times: Times,
        clock: Clock,
        activity_id: str | None = None,
    ) -> None:
        self.number = number
        self.key = dict(key)
        self.activity_type = activity_type
        self.activity_id = activity_id
        self.people = people
        self.state = state
        self.times = times
        self.changed = Signal()
        self.starting = False
        self.why: str | None = None
        # The last error of a call, while the activity is not registered.
        self.refusal: str | None = None
        # The answer to the last call that failed.
        self.last_error: str | None = None
        self.starts_at_once = not times.given
        self.shifts: list[Shift] = []
        self.end_moved: datetime | None = None
        self.reminders = Reminders()
        self.recorded_reminders: dict[str, Any] = {"held": None, "overrides": None}
        self._clock = clock
        self._begun_at = clock.now()
        # The newest row whose push was answered; a push of unknown outcome is not.
        self.answered_place = state.place
        self._rows: Sequence[Row] = ()
        self._schedule = Schedule()

    def __str__(self) -> str:
        return " ".join(self.key.values()) or "activity"

    @property
    def stopping(self) -> bool:
        """Whether it has a stop request."""
        return self.state.stop_request is not None

    @property
    def locked(self) -> bool:
        """Whether people can no longer be added or removed: a start was sent, even if its outcome is unknown."""
        return self.starting or self.state.started or self.state.start_unknown

    @property
    def closing(self) -> bool:
        """Whether it is being brought to its end, by its time or by a stop request."""
        return closes(self._schedule, self.state, self._clock.now())

    @property
    def expected(self) -> Times:
        """Its current times, with all steering commands applied."""
        plan = self.state.plan
        if not plan.at_once:
            return replace(self.times, starts_at=plan.starts_at, ends_at=end_of(self._schedule, self.state))
        starts_at = moved(max(self._clock.now(), self.times.starts_at), self.shifts)
        ends_at = self.end_moved
        if ends_at is None and self.times.ends_at is not None:
            ends_at = starts_at + (self.times.ends_at - self.times.starts_at)
        return replace(self.times, starts_at=starts_at, ends_at=ends_at)

    @property
    def schedule(self) -> Schedule:
        """The rows in the order of their times."""
        return self._schedule

    @property
    def rows(self) -> Sequence[Row]:
        """The timeline's rows for it, as they were read last."""
        return self._rows

    def seen_at(self, place: Place | None) -> datetime | None:
        """When the row at that place was first seen in the feed; None where that is not known.

        A row of the first reading that was not due yet counts as seen when this run began.
        """
        row = self._schedule.row_at(place)
        if row is None or place is None:
            return None
        return self._begun_at if row.seen_at is None and place.due > self._begun_at else row.seen_at

    def set_rows(self, rows: Sequence[Row]) -> None:
        """Takes over the timeline's newest rows."""
        self._rows = rows
        self._schedule = schedule(
            rows, start=self.times.starts_at, shifts=self.shifts, end_moved=self.end_moved
        )
        if self.state.overrides and rows:
            # An override that has lapsed stays so, even if the feed returns to its earlier value.
            in_force = overrides_in_force(self._schedule, self.state, self._clock.now())
            self.state = replace(self.state, overrides=in_force)
        self.changed.set()

    def replan(self, times: Times, *, ends_at: datetime | None) -> None:
        """Takes over the planned times of the timeline's newest rows, as long as it has not started."""
        if self.state.started or self.state.start_unknown or times == self.times:
            return
        self.times = times
        plan = replace(
            self.state.plan,
            starts_at=moved(times.starts_at, self.shifts),
            at_once=not times.given,
            registers_at=moved(times.registers_at, self.shifts),
            ends_at=self.state.plan.ends_at if self.end_moved is not None else ends_at,
        )
        if self.end_moved is None and ends_at is not None:
            plan = replace(plan, ends_at=moved(ends_at, self.shifts))
        self.state = replace(self.state, plan=plan)

    def shift(self, shift: Shift) -> None:
        """Moves everything that is still to come: rows, the start and the end."""
        self.shifts.append(shift)
        self.end_moved = moved(self.end_moved, [shift]) if self.end_moved is not None else None
        plan = self.state.plan
        self.state = replace(
            self.state,
            plan=replace(
                plan,
                starts_at=moved(plan.starts_at, [shift]) if not self.state.started else plan.starts_at,
                registers_at=moved(plan.registers_at, [shift]),
                ends_at=moved(plan.ends_at, [shift]) if plan.ends_at is not None else None,
            ),
        )
        self.set_rows(self._rows)

    def move_end(self, ends_at: datetime) -> None:
        """Moves the end: the end row's time, where there is one, and `ends_at`."""
        self.end_moved = ends_at
        self.state = replace(self.state, plan=replace(self.state.plan, ends_at=ends_at))
        self.set_rows(self._rows)

    def records(self, push: Push) -> None:
        """Updates the state with a push and its outcome."""
        self.state = after_push(self.state, push)
        if push.outcome in DECIDED and push.outcome is not Outcome.UNKNOWN and push.place is not None:
            self.answered_place = push.place

    def change(self, **values: object) -> None:
        """Changes what is recorded (a stop request, a freeze, the plan) and wakes the activity."""
        self.state = replace(self.state, **values)  # type: ignore[arg-type]  # names are checked by replace
        self.changed.set()

    def next_step(self) -> Step:
        """The step that comes next now."""
        return next_step(self._schedule, self.state, self._clock.now())

    async def wait(self, step: Wait) -> None:
        """Waits until the step's moment, or until something has changed."""
        await self._clock.sleep_until(step.until, self.changed)
        self.changed.clear()

    async def comes_to(self, kind: type[Step]) -> Step | None:
        """Returns the next step once it is of that kind, None when another kind of step comes next.

        A retry waits here for as long as the last answer asked. Steering commands, stops and corrections of the
        timeline count meanwhile, so the newest content is sent.
        """
        while True:
            step = self.next_step()
            if isinstance(step, kind):
                return step
            waited_for = self.state.end_not_before if kind is End else self.state.not_before
            if (
                not isinstance(step, Wait)
                or waited_for is None
                or step.until is None
                or step.until > waited_for
            ):
                return None
            await self.wait(step)

    def report(self) -> ActivityReport:
        """Its part of the report."""
        totals, state = self.people.totals(), self.state
        return ActivityReport(
            key=self.key,
            activity_id=self.activity_id,
            status=state.over or _living(state),
            why=self.why,
            people=self.people.count,
            matched=totals.matched,
            skipped=dict(totals.skipped),
            gdpr_denied=totals.gdpr_denied,
            unprocessed=totals.unprocessed,
            started_at=state.started_at if state.known or not state.opened_by_phone else None,
            ended_at=state.ended_at,
            updates=UpdatesReport(
                sent=state.counts.sent,
                repeated=state.counts.repeated,
                superseded=state.counts.superseded,
                unchanged=state.counts.unchanged,
                failed=state.counts.failed,
                settled=state.counts.settled,
            ),
            alerts=state.counts.alerts,
            busiest_hour=state.busiest_hour,
            overrides=[
                OverrideReport(field=each.field, value=each.value, author=each.author, at=each.at)
                for each in overrides_in_force(self._schedule, state, self._clock.now())
            ],
            unsynced_at_end=state.unsynced if state.ended_at is not None else 0,
        )


def _living(state: ActivityState) -> ActivityStatus:
    if state.not_found and not state.known:
        return NOT_FOUND
    return "started" if state.started else "registered"


def refresh_before(batches: int, *, requests_per_minute: int) -> timedelta:
    """How long before the start missing tokens are asked for again: a minute and the time that its calls take."""
    return timedelta(minutes=1) + timedelta(minutes=batches / (requests_per_minute or 60_000))
