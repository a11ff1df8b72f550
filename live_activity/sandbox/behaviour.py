"""How phones of a fleet profile behave after a start: random numbers by phone id, activity and seed decide it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from live_activity.sandbox.draws import Draws, uniform
from live_activity.sandbox.fleet_profile import FleetProfile, Span

_HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Begun:
    """The phones at which a push arrives at once (`now`), and all at which it arrives now or later (`arriving`)."""

    now: NDArray[np.intp]
    arriving: NDArray[np.intp]


class StartBudget:
    """Counts the starts that each phone took in the last hour, over all activities of a sandbox."""

    def __init__(self, profile: FleetProfile) -> None:
        self._profile = profile
        self._taken: deque[tuple[datetime, Draws]] = deque()

    def refused(self, draws: Draws, *, activity: int, now: datetime) -> NDArray[np.bool_] | None:
        """Which of these phones take no start now; None if the profile has no budget of starts."""
        budget = self._profile.start_budget
        if budget is None:
            return None
        while self._taken and now - self._taken[0][0] >= timedelta(seconds=_HOUR):
            self._taken.popleft()
        refused = uniform(draws, self._profile.seed, activity, "refused") < budget.refused
        if budget.per_hour is not None:
            before = np.zeros(len(draws), np.int64)
            for _, taken in self._taken:
                before += np.isin(draws, taken)
            refused |= before >= budget.per_hour
            self._taken.append((now, draws[~refused]))
        return refused


class Behaviour:
    """The behaviour of one activity's phones. Times are seconds since its start.

    Apple keeps the newest push for a phone without network, and delivers it once the phone is back. A push that is
    reordered arrives late and overwrites what was sent after it. At most one push is on its way to a phone: a newer
    late push replaces it. The hourly budget is full at the start and refills evenly; a push beyond it is dropped.
    """

    def __init__(self, profile: FleetProfile, *, activity: int, default_delays: bool) -> None:
        self._profile = profile
        self._activity = activity
        self._default_delays = default_delays

    def begun(self, draws: Draws) -> Behaviour:
        """Draws what each phone will do."""
        profile, size = self._profile, len(draws)
        self._draws = draws
        self._pushes = 0
        self._gone_at = np.full(size, np.inf)
        self._away_from = np.full(size, np.inf)
        self._away_until = np.full(size, np.inf)
        self._reopened_at = np.zeros(size)
        if profile.opt_out is not None:
            chosen = self._chosen(profile.opt_out.share, "opt_out")
            self._gone_at[chosen] = self._drawn(profile.opt_out.after, "opt_out_after")[chosen]
        if profile.network_loss is not None:
            loss = profile.network_loss
            chosen = self._chosen(loss.share, "network_loss")
            self._away_from[chosen] = self._drawn(loss.after, "network_loss_after")[chosen]
            lasts = self._drawn(loss.lasts, "network_loss_lasts")[chosen]
            self._away_until[chosen] = self._away_from[chosen] + lasts
        if profile.force_quit is not None:
            chosen = self._chosen(profile.force_quit.share, "force_quit")
            reopened = profile.force_quit.reopened
            self._reopened_at[chosen] = (
                np.inf if reopened is None else self._drawn(reopened, "reopened")[chosen]
            )
        self._waiting = np.full(size, -1, np.int32)
        self._arrives_at = np.full(size, np.inf)
        self._next_arrival = np.inf
        self._budget = profile.throttle.per_hour if profile.throttle is not None else None
        self._left = np.full(size, self._budget or 0, np.float32)
        self._refilled_at = 0.0
        return self

    def send(self, rows: NDArray[np.intp], number: int, now: float, *, is_start: bool = False) -> Begun:
        """Sends push `number` to these phones."""
        self._pushes += 1
        rows = rows[self._gone_at[rows] > now]
        if not is_start:
            rows = self._within_budget(rows, now)
        rows = rows[self._uniform(rows, "lost") >= self._profile.lost]
        away = self._is_away(rows, now)
        late = np.zeros(len(rows), np.bool_)
        late_by = np.zeros(len(rows))
        reordered = self._profile.reordered
        if reordered is not None:
            late = (self._uniform(rows, "reordered") < reordered.share) & ~away
            late_by = _between(reordered.late_by, self._uniform(rows, "late_by"))
        arrives_at = np.where(away, self._away_until[rows], now + late_by)
        # A late push that finds the phone without network waits until it is back.
        lands_away = late & (self._away_from[rows] <= arrives_at) & (arrives_at < self._away_until[rows])
        arrives_at[lands_away] = self._away_until[rows][lands_away]
        waits = away | late
        self._waiting[rows[waits]] = number
        self._arrives_at[rows[waits]] = arrives_at[waits]
        if waits.any():
            self._next_arrival = min(self._next_arrival, float(arrives_at[waits].min()))
        return Begun(now=rows[~waits], arriving=rows)

    def synced_at(self, rows: NDArray[np.intp], delays: NDArray[np.float64]) -> NDArray[np.float64]:
        """When the tokens of these phones, at which the start arrives, are synced."""
        profile = self._profile
        if not self._default_delays:
            delays = (
                _between(profile.sync_delay, self._uniform(rows, "sync_delay"))
                if profile.sync_delay
                else delays
            )
            if profile.sync_late is not None:
                chosen = self._uniform(rows, "sync_late") < profile.sync_late.share
                late = _between(profile.sync_late.after, self._uniform(rows, "sync_late_after"))
                delays = np.where(chosen, late, delays)
            if profile.sync_never is not None:
                delays = np.where(self._uniform(rows, "sync_never") < profile.sync_never, np.inf, delays)
        opened_at = np.where(self._waiting[rows] >= 0, self._arrives_at[rows], 0.0)
        synced = np.maximum(opened_at, self._reopened_at[rows]) + delays
        away = (self._away_from[rows] <= synced) & (synced < self._away_until[rows])
        synced_at: NDArray[np.float64] = np.where(away, self._away_until[rows], synced)
        return synced_at.round(6)

    def arrivals(self, now: float) -> Iterator[tuple[int, NDArray[np.intp]]]:
        """Yields the numbers of the pushes that have arrived by now, in order, each with the phones that got it."""
        if self._next_arrival > now:
            return
        due = np.flatnonzero(self._arrives_at <= now)
        numbers = self._waiting[due]
        open_rows = self._gone_at[due] > self._arrives_at[due]
        self._waiting[due] = -1
        self._arrives_at[due] = np.inf
        self._next_arrival = float(self._arrives_at.min(initial=np.inf))
        for number in np.unique(numbers).tolist():
            yield number, due[(numbers == number) & open_rows]

    def condition(
        self, rows: NDArray[np.intp] | None, now: float
    ) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Which phones have opted out, and which are without network."""
        gone_at = self._gone_at if rows is None else self._gone_at[rows]
        away_from = self._away_from if rows is None else self._away_from[rows]
        away_until = self._away_until if rows is None else self._away_until[rows]
        return gone_at <= now, (away_from <= now) & (now < away_until)

    def _is_away(self, rows: NDArray[np.intp], now: float) -> NDArray[np.bool_]:
        away: NDArray[np.bool_] = (self._away_from[rows] <= now) & (now < self._away_until[rows])
        return away

    def _within_budget(self, rows: NDArray[np.intp], now: float) -> NDArray[np.intp]:
        if self._budget is None:
            return rows
        refill = (now - self._refilled_at) * self._budget / _HOUR
        np.minimum(self._left + np.float32(refill), np.float32(self._budget), out=self._left)
        self._refilled_at = now
        rows = rows[self._left[rows] >= 1 - 1e-4]
        self._left[rows] -= 1
        return rows

    def _chosen(self, share: float, purpose: str) -> NDArray[np.bool_]:
        return uniform(self._draws, self._profile.seed, self._activity, purpose) < share

    def _drawn(self, span: Span, purpose: str) -> NDArray[np.float64]:
        return _between(span, uniform(self._draws, self._profile.seed, self._activity, purpose))

    def _uniform(self, rows: NDArray[np.intp], purpose: str) -> NDArray[np.float64]:
        salt = (self._profile.seed, self._activity, self._pushes, purpose)
        return uniform(self._draws[rows], *salt)


def _between(span: Span, drawn: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.round(span[0] + (span[1] - span[0]) * drawn, 6)
