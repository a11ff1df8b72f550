"""The state of each phone of one activity after its start, in arrays: a push to a million is a few operations."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from live_activity.sandbox.behaviour import Behaviour
from live_activity.sandbox.draws import Draws
from live_activity.sandbox.screens import CONDITIONS, Cohort, Screen

Rows = NDArray[np.bool_] | NDArray[np.intp]
"""Phones: a flag for each row, or the numbers of some rows."""

_NOTHING = -1
_REFUSED, _OPTED_OUT, _OFFLINE = (CONDITIONS.index(name) for name in CONDITIONS[1:])
_MOST_ROWS = 1_024
# How many phones are handled at once: NumPy's intermediate arrays take several times the memory of what is kept.
_SLICE = 65_536


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a push does on a phone at which it arrives: the screen it shows, or why it is dropped there."""

    screen: Screen
    alert: bool
    dropped: str | None


@dataclass(frozen=True, slots=True)
class _Seen:
    """What can be seen of a phone: the delivery that it shows, the one that it could not take, and its phone alerts."""

    shows: int = _NOTHING
    stuck: int = _NOTHING
    alerts: int = 0
    refused: bool = False


class PhoneStates:
    """What each phone shows and whether pushes reach it. Times are seconds since the start.

    A phone is one number: its place in a table of what can be seen of phones. The table has few rows, because many
    phones are alike. `draws` makes the random draws of the phones for a `behaviour`; without one, every push arrives
    at once at each phone that is synced.
    """

    def __init__(
        self, registered: NDArray[np.bool_], draws: Callable[[], Draws], behaviour: Behaviour | None
    ) -> None:
        size = len(registered)
        self._registered = registered
        self._all_registered = bool(registered.all())
        self._behaviour = behaviour.begun(draws()) if behaviour is not None else None
        self._deliveries: list[Delivery] = []
        self._table: list[_Seen] = []
        self._places: dict[_Seen, int] = {}
        self._place(_Seen())
        self._states = np.zeros(size, np.int32)
        self.synced_at = np.full(size, np.inf)

    def synced(self, now: float) -> NDArray[np.bool_]:
        """Which phones a push to the whole activity goes to, according to the vendor."""
        synced = self.synced_at <= now
        return synced if self._all_registered else synced & self._registered

    def start(
        self, rows: Rows, delivery: Delivery, delays: NDArray[np.float64], refused: Rows | None
    ) -> None:
        """Opens the activity on these phones; `refused` are the phones among them that take no start.

        A phone that drops the start opens nothing, so it has no per-activity token and never syncs.
        """
        number = self._add(delivery)
        if refused is not None:
            self._change(refused, lambda seen: replace(seen, refused=True))
            takes_it = np.zeros(len(self._states), np.bool_)
            takes_it[rows] = True
            takes_it[refused] = False
            rows = takes_it
        if self._behaviour is None:
            self._arrive(rows, number)
            if delivery.dropped is None and rows.dtype == np.bool_:
                np.copyto(self.synced_at, delays, where=rows)
            elif delivery.dropped is None:
                self.synced_at[rows] = delays[rows]
            return
        begins = self._behaviour.send(_indices(rows), number, 0.0, is_start=True)
        self._arrive(begins.now, number)
        if delivery.dropped is None:
            opened = begins.arriving
            self.synced_at[opened] = self._behaviour.synced_at(opened, delays[opened])

    def push(self, rows: Rows, delivery: Delivery, now: float) -> None:
        """Sends an update or the end to these phones."""
        number = self._add(delivery)
        if self._behaviour is None:
            self._arrive(rows, number)
            return
        self.settle(now)
        self._arrive(self._behaviour.send(_indices(rows), number, now).now, number)

    def open_by_phone(self, screen: Screen, delay: float) -> None:
        """Opens the activity on its only phone, as the app does itself: without a push and an alert."""
        self._arrive(np.array([0]), self._add(Delivery(screen=screen, alert=False, dropped=None)))
        self.synced_at[0] = delay

    def settle(self, now: float) -> None:
        """Delivers the pushes that are due by now and were late, or waited for a phone without network."""
        if self._behaviour is None:
            return
        for number, rows in self._behaviour.arrivals(now):
            # iOS ignores what arrives for an activity that has ended.
            ended = np.array([self._is_final(seen) for seen in self._table])
            self._arrive(rows[~ended[self._states[rows]]], number)

    def cohorts(self, now: float) -> Iterator[Cohort]:
        """Yields the phones grouped by what can be seen of them at the time `now`."""
        self.settle(now)
        flags = 2 * len(CONDITIONS) if self._behaviour is not None else 2
        key = self._states * np.int32(flags)
        key += self.synced_at <= now
        if self._behaviour is not None:
            gone, away = self._behaviour.condition(None, now)
            key += 2 * np.where(gone, _OPTED_OUT, np.where(away, _OFFLINE, 0)).astype(np.int32)
        counts = np.zeros(len(self._table) * flags, np.int64)
        for begin in range(0, len(key), _SLICE):
            some = key[begin : begin + _SLICE]
            if not self._all_registered:
                some = some[self._registered[begin : begin + _SLICE]]
            counts += np.bincount(some, minlength=len(counts))
        for found in np.flatnonzero(counts).tolist():
            place, flag = divmod(found, flags)
            yield self._cohort(self._table[place], bool(flag % 2), flag // 2, count=int(counts[found]))

    def phone(self, row: int, now: float) -> Cohort:
        """One phone, as a cohort of its own."""
        self.settle(now)
        condition = 0
        if self._behaviour is not None:
            gone, away = self._behaviour.condition(np.array([row]), now)
            condition = _OPTED_OUT if gone[0] else _OFFLINE if away[0] else 0
        seen = self._table[int(self._states[row])]
        return self._cohort(seen, bool(self.synced_at[row] <= now), condition, count=1)

    def _cohort(self, seen: _Seen, synced: bool, condition: int, *, count: int) -> Cohort:
        screen = self._deliveries[seen.shows].screen if seen.shows >= 0 else Screen()
        if seen.stuck >= 0:
            screen = replace(screen, stuck=self._deliveries[seen.stuck].dropped)
        return Cohort(
            screen=screen,
            count=count,
            synced=synced,
            alerts=seen.alerts,
            condition=CONDITIONS[_REFUSED if seen.refused else condition],
        )

    def _add(self, delivery: Delivery) -> int:
        self._deliveries.append(delivery)
        return len(self._deliveries) - 1

    def _arrive(self, rows: Rows, number: int) -> None:
        delivery = self._deliveries[number]
        if delivery.dropped is not None:
            self._change(rows, lambda seen: replace(seen, stuck=number))
            return
        alert = int(delivery.alert)
        self._change(rows, lambda seen: _Seen(shows=number, alerts=seen.alerts + alert))

    def _change(self, rows: Rows, change: Callable[[_Seen], _Seen]) -> None:
        after = np.zeros(len(self._table), np.int32)
        counts = np.zeros(len(self._table), np.int64)
        for some in _slices(rows):
            counts += np.bincount(self._states[some], minlength=len(counts))
        for place in np.flatnonzero(counts).tolist():
            after[place] = self._place(change(self._table[place]))
        for some in _slices(rows):
            self._states[some] = after[self._states[some]]
        if len(self._table) > _MOST_ROWS:
            self._forget_unused()

    def _place(self, seen: _Seen) -> int:
        if seen not in self._places:
            self._places[seen] = len(self._table)
            self._table.append(seen)
        return self._places[seen]

    def _forget_unused(self) -> None:
        used = np.flatnonzero(np.bincount(self._states, minlength=1))
        after = np.zeros(len(self._table), np.int32)
        after[used] = np.arange(len(used))
        self._states = after[self._states]
        self._table = [self._table[place] for place in used.tolist()]
        self._places = {seen: place for place, seen in enumerate(self._table)}

    def _is_final(self, seen: _Seen) -> bool:
        return seen.shows >= 0 and self._deliveries[seen.shows].screen.final


def _slices(rows: Rows) -> Iterator[NDArray[np.intp]]:
    """The numbers of the phones, some at a time."""
    for begin in range(0, len(rows), _SLICE):
        some = rows[begin : begin + _SLICE]
        yield np.flatnonzero(some) + begin if some.dtype == np.bool_ else some.astype(np.intp)


def _indices(rows: Rows) -> NDArray[np.intp]:
    return np.flatnonzero(rows) if rows.dtype == np.bool_ else rows.astype(np.intp)
