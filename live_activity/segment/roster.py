"""The roster of a campaign: the staged segment, and the people who were added and removed since."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from live_activity.core.threads import stop_if_abandoned
from live_activity.segment import StagedActivity, StagedSegment


@dataclass(frozen=True, slots=True)
class DeltaBatch:
    """People of one activity who were added or removed after the segment was staged, in one call."""

    activity: int
    adding: bool
    people: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class RosterChange:
    """The new batches of a delta; valid where exactly `after` batches of other deltas came before them."""

    after: int
    batches: tuple[DeltaBatch, ...]


class Roster:
    """Batches by number: those of the staged segment first, then one of each delta. Ids leave it for calls only."""

    def __init__(self, staged: StagedSegment) -> None:
        self.staged = staged
        self._first_delta = sum(each.batches for each in staged.activities)
        self._deltas: dict[int, DeltaBatch] = {}
        # By activity, whether the people of its deltas are in now. For all others the staged segment says it.
        self._changed: list[dict[str, bool]] = [{} for _ in staged.activities]

    def __repr__(self) -> str:
        return f"Roster({self.staged.accepted} staged, {len(self._deltas)} batches since)"

    def sizes(self, activity: int) -> dict[int, int]:
        """People by batch number, of the staged segment alone."""
        return self.staged.batch_sizes(self.staged.activities[activity])

    def read(self, batch: int) -> list[str]:
        """The ids of a batch as of now: who was removed since is not added again, nor the other way round."""
        delta = self._deltas.get(batch)
        if delta is not None:
            changed = self._changed[delta.activity]
            return [person for person in delta.people if changed[person] == delta.adding]
        people = self.staged.batch(batch)
        if not self._deltas:
            return people
        changed = self._changed[self._activity_of(batch)]
        return [person for person in people if changed.get(person, True)]

    def take(
        self, delta: StagedSegment, *, adding: bool, change: RosterChange | None = None
    ) -> dict[int, DeltaBatch]:
        """Adds a delta; returns its new batches by number.

        People who are in (or out) already are in none of them, so repeating is harmless. `change` is what `prepare`
        returned before; it counts where no other delta was added since.
        """
        if change is None or change.after != len(self._deltas):
            change = self.prepare(delta, adding=adding)
        batches: dict[int, DeltaBatch] = {}
        for batch in change.batches:
            self._changed[batch.activity].update(dict.fromkeys(batch.people, adding))
            number = self._first_delta + len(self._deltas)
            batches[number] = self._deltas[number] = batch
        return batches

    def prepare(self, delta: StagedSegment, *, adding: bool) -> RosterChange:
        """Finds out what a delta changes. It takes long for many people, so it may be done in a thread."""
        after = len(self._deltas)
        self._look_up(delta)
        batches = (
            DeltaBatch(
                activity, adding, tuple(who for who in people if self._changed[activity][who] != adding)
            )
            for activity, part in self._known(delta)
            for people in _batches(delta, part)
        )
        return RosterChange(after, tuple(batch for batch in batches if batch.people))

    def _look_up(self, delta: StagedSegment) -> None:
        """Finds out which people of a delta are in the staged segment, a batch at a time."""
        for activity, part in self._known(delta):
            changed = self._changed[activity]
            new = {person for people in _batches(delta, part) for person in people}.difference(changed)
            found = dict.fromkeys(new, False)
            for people in _batches(self.staged, self.staged.activities[activity]) if new else ():
                found.update(dict.fromkeys(new.intersection(people), True))
            for person, is_in in found.items():
                # Another change to the same person meanwhile takes precedence.
                changed.setdefault(person, is_in)

    def _known(self, delta: StagedSegment) -> Iterator[tuple[int, StagedActivity]]:
        """The parts of a delta whose activity exists, each with the activity's number."""
        for part in delta.activities:
            activity = self._with_key(part.key)
            if activity is not None:
                yield activity, part

    def strangers(self, delta: StagedSegment) -> int:
        """How many people of a delta have split values of no activity: they can be in none."""
        return sum(part.people for part in delta.activities if self._with_key(part.key) is None)

    def _with_key(self, key: Mapping[str, str]) -> int | None:
        parts: Sequence[Mapping[str, str]] = [part.key for part in self.staged.activities]
        return next((number for number, each in enumerate(parts) if dict(each) == dict(key)), None)

    def _activity_of(self, batch: int) -> int:
        return next(
            number
            for number, part in enumerate(self.staged.activities)
            if part.first_batch <= batch < part.first_batch + part.batches
        )


def _batches(staged: StagedSegment, part: StagedActivity) -> Iterator[list[str]]:
    """The people of an activity, batch by batch."""
    for number in range(part.batches):
        stop_if_abandoned()
        yield staged.batch(part.first_batch + number)
