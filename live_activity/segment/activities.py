"""The activities of a segment, their batches, and the share of ids that can match nobody."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StagedActivity:
    """The people of one activity: batches `first_batch` to `first_batch + batches - 1`, counted from 0.

    `key` holds its value of every split column.
    """

    key: Mapping[str, str]
    people: int
    first_batch: int
    batches: int


def in_batches(
    people: Iterable[tuple[Sequence[str], int]], *, split_by: Sequence[str], batch_size: int
) -> tuple[StagedActivity, ...]:
    """The activities in order, from each one's split values and number of people; no batch holds two of them."""
    activities = []
    first = 0
    for values, number in people:
        batches = -(-number // batch_size)
        key = dict(zip(split_by, values, strict=True))
        activities.append(StagedActivity(key, number, first, batches))
        first += batches
    return tuple(activities)


def unmatched_share(*, unmatched: int, accepted: int, reasons: Mapping[str, int]) -> float:
    """The share of ids that can match nobody among the rows with a valid id, from 0 to 1."""
    with_ids = accepted + reasons.get("duplicate", 0)
    return unmatched / with_ids if with_ids else 0.0


def size_of(activity: StagedActivity, batch: int, *, batch_size: int) -> int:
    """How many people one batch of the activity holds."""
    return min(batch_size, activity.people - (batch - activity.first_batch) * batch_size)
