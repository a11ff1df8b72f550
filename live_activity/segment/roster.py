"""The roster of a campaign: the staged segment, and the people who were added and removed since."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from live_activity.segment import StagedSegment


@dataclass(frozen=True, slots=True)
class DeltaBatch:
    """People of one activity who were added or removed after the segment was staged, in one call."""

    activity: int
    adding: bool
    people: tuple[str, ...] = field(repr=False)


class Roster:
    """Batches by number: those of the staged segment first, then one of each delta. Ids leave it for calls only."""

    def __init__(self, staged: StagedSegment) -> None:
        self.staged = staged
        self._first_delta = sum(each.batches for each in staged.activities)
        self._deltas: dict[int, DeltaBatch] = {}
        self._members: list[set[str]] | None = None

    def __repr__(self) -> str:
        return f"Roster({self.staged.accepted} staged, {len(self._deltas)} batches since)"

    def sizes(self, activity: int) -> dict[int, int]:
        """People by batch number, of the staged segment alone."""
        return self.staged.batch_sizes(self.staged.activities[activity])

    def read(self, batch: int) -> list[str]:
        """The ids of a batch as they stand now: who was removed since is not added again, nor the other way round."""
        delta = self._deltas.get(batch)
        if delta is not None:
            members = self._everybody()[delta.activity]
            return [person for person in delta.people if (person in members) == delta.adding]
        people = self.staged.batch(batch)
        if self._members is None:
            return people
        members = self._members[self._activity_of(batch)]
        return [person for person in people if person in members]

    def take(self, delta: StagedSegment, *, adding: bool) -> dict[int, DeltaBatch]:
        """Adds a delta; its new batches by number. Who is in (or out) already is in none, so repeating is harmless."""
        batches: dict[int, DeltaBatch] = {}
        everybody = self._everybody()
        for part in delta.activities:
            activity = self._with_key(part.key)
            if activity is None:
                continue
            members = everybody[activity]
            for batch in range(part.first_batch, part.first_batch + part.batches):
                people = tuple(person for person in delta.batch(batch) if (person in members) != adding)
                members.update(people) if adding else members.difference_update(people)
                if people:
                    number = self._first_delta + len(self._deltas)
                    batches[number] = self._deltas[number] = DeltaBatch(activity, adding, people)
        return batches

    def _everybody(self) -> list[set[str]]:
        if self._members is None:
            self._members = [
                {
                    person
                    for batch in range(part.first_batch, part.first_batch + part.batches)
                    for person in self.staged.batch(batch)
                }
                for part in self.staged.activities
            ]
        return self._members

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
