"""The roster of a campaign: the staged segment, and the people who were added and removed since."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from live_activity.segment import StagedActivity, StagedSegment


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
        # By activity, whether the people of its deltas are in now. Of all others the staged segment says it.
        self._changed: list[dict[str, bool]] = [{} for _ in staged.activities]

    def __repr__(self) -> str:
        return f"Roster({self.staged.accepted} staged, {len(self._deltas)} batches since)"

    def sizes(self, activity: int) -> dict[int, int]:
        """People by batch number, of the staged segment alone."""
        return self.staged.batch_sizes(self.staged.activities[activity])

    def read(self, batch: int) -> list[str]:
        """The ids of a batch as they stand now: who was removed since is not added again, nor the other way round."""
        delta = self._deltas.get(batch)
        if delta is not None:
            changed = self._changed[delta.activity]
            return [person for person in delta.people if changed[person] == delta.adding]
        people = self.staged.batch(batch)
        if not self._deltas:
            return people
        changed = self._changed[self._activity_of(batch)]
        return [person for person in people if changed.get(person, True)]

    def take(self, delta: StagedSegment, *, adding: bool) -> dict[int, DeltaBatch]:
        """Adds a delta; its new batches by number. Who is in (or out) already is in none, so repeating is harmless."""
        self.look_up(delta)
        batches: dict[int, DeltaBatch] = {}
        for activity, part in self._known(delta):
            changed = self._changed[activity]
            for people in _batches(delta, part):
                who = tuple(person for person in people if changed[person] != adding)
                changed.update(dict.fromkeys(who, adding))
                if who:
                    number = self._first_delta + len(self._deltas)
                    batches[number] = self._deltas[number] = DeltaBatch(activity, adding, who)
        return batches

    def look_up(self, delta: StagedSegment) -> None:
        """Finds out which people of a delta are in the staged segment, a batch at a time.

        `take` does it too: this may be called before, in a thread, as it takes long where the segment is large.
        """
        for activity, part in self._known(delta):
            changed = self._changed[activity]
            new = {person for people in _batches(delta, part) for person in people}.difference(changed)
            found = dict.fromkeys(new, False)
            for people in _batches(self.staged, self.staged.activities[activity]) if new else ():
                found.update(dict.fromkeys(new.intersection(people), True))
            for person, is_in in found.items():
                # What another change has made of somebody meanwhile stands.
                changed.setdefault(person, is_in)

    def _known(self, delta: StagedSegment) -> Iterator[tuple[int, StagedActivity]]:
        """The parts of a delta whose activity there is."""
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
    return (staged.batch(part.first_batch + number) for number in range(part.batches))
