"""The people of one activity, batch by batch, each accounted for; see "Rules" in `docs/architecture.md`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from live_activity.ledger import BatchCall

# A batch with one of these outcomes has its answer. The others are sent again.
ANSWERED = frozenset({"done", "nobody", "refused"})


@dataclass(frozen=True, slots=True)
class Totals:
    """The last answers of all batches, summed. Devices or people, as the vendor counts."""

    matched: int = 0
    skipped: Mapping[str, int] = field(default_factory=dict)
    gdpr_denied: int = 0
    unprocessed: int = 0


class BatchTracker:
    """Tracks the last answer to each batch of an activity; `sizes` are people by batch number, in order."""

    def __init__(self, sizes: Mapping[int, int], calls: Iterable[BatchCall] = ()) -> None:
        self.sizes: dict[int, int] = {}
        self.removing: set[int] = set()
        self._last: dict[int, BatchCall] = {}
        # Kept with each change: an activity may have thousands of batches, and each answer is reported with the sums.
        self._sums: Counter[str] = Counter()
        self._skipped: Counter[str] = Counter()
        for batch, people in sizes.items():
            self.takes(batch, people, adding=True)
        for call in calls:
            self.answered(call)

    @property
    def count(self) -> int:
        """Accepted ids, less those that were removed."""
        return self._sums["people"]

    def takes(self, batch: int, people: int, *, adding: bool) -> None:
        """Adds a batch of people who are to be added, or removed."""
        with self._changing(batch):
            self.sizes[batch] = people
            if not adding:
                self.removing.add(batch)

    def answered(self, call: BatchCall) -> None:
        """Records an answer; a failed repeat does not replace an earlier success."""
        before = self._last.get(call.batch)
        if before is None or _weight(call) >= _weight(before):
            with self._changing(call.batch):
                self._last[call.batch] = call

    def open(self) -> list[int]:
        """Batches to add that have no answer, in order."""
        return [batch for batch in self._unanswered() if batch not in self.removing]

    def to_remove(self) -> list[int]:
        """Batches to remove that have no answer, in order."""
        return [batch for batch in self._unanswered() if batch in self.removing]

    def _unanswered(self) -> list[int]:
        return [
            batch
            for batch in self.sizes
            if batch not in self._last or self._last[batch].outcome not in ANSWERED
        ]

    def left_out(self) -> list[int]:
        """Batches with people who were not added yet: some look-ups failed, or the key was refused.

        The API does not say who they are, so the whole batch is sent again.
        """
        return [
            batch
            for batch, call in self._last.items()
            if _count(call, "unprocessed") or (call.outcome == "denied" and batch not in self.removing)
        ]

    def unfinished(self) -> list[int]:
        """Batches that are to be sent again: without an answer, or with one that left people unprocessed."""
        return sorted({*self._unanswered(), *self.left_out()})

    def untried(self) -> list[int]:
        """Batches that no call was made for yet: their people were added or removed while other calls were made."""
        return [batch for batch in self.sizes if batch not in self._last]

    def worth_another_try(self) -> list[int]:
        """Batches that may reach more people shortly before the start: without an answer, or with missing tokens."""
        return sorted({*self.open(), *self.missing_tokens()})

    def missing_tokens(self) -> list[int]:
        """Batches in which a phone's token was missing; they are sent once more before the start."""
        return [
            batch
            for batch, call in sorted(self._last.items())
            if call.counters.get("skipped", {}).get("push_to_start_token_missing")
        ]

    @property
    def nobody_eligible(self) -> bool:
        """Whether the API answered for every batch that nobody in it is eligible."""
        return all(
            batch in self._last and self._last[batch].outcome == "nobody"
            for batch in self.sizes
            if batch not in self.removing
        )

    def totals(self) -> Totals:
        """The sums for the report; a batch without an answer counts as unprocessed."""
        sums, skipped = self._sums, {why: n for why, n in self._skipped.items() if n}
        return Totals(sums["matched"], skipped, sums["gdpr_denied"], sums["unprocessed"])

    @contextmanager
    def _changing(self, batch: int) -> Iterator[None]:
        """Updates the sums around a change of one batch: its old part is subtracted, and its new part added."""
        sums, skipped = self._part(batch)
        self._sums.subtract(sums)
        self._skipped.subtract(skipped)
        yield
        sums, skipped = self._part(batch)
        self._sums.update(sums)
        self._skipped.update(skipped)

    def _part(self, batch: int) -> tuple[Mapping[str, int], Mapping[str, int]]:
        """What a batch adds to the sums, and how many people it skipped, by reason."""
        if batch not in self.sizes:
            return {}, {}
        people, call = self.sizes[batch], self._last.get(batch)
        if batch in self.removing:
            return {"people": -people, "matched": -_count(call, "removed") if call is not None else 0}, {}
        if call is None or call.outcome not in ("done", "nobody"):
            return {"people": people, "unprocessed": people}, {}
        counted = {name: _count(call, name) for name in ("matched", "gdpr_denied", "unprocessed")}
        return {"people": people, **counted}, call.counters.get("skipped", {})


def _weight(call: BatchCall) -> int:
    if call.outcome == "refused":
        return 1
    return 2 if call.outcome in ANSWERED else 0


def _count(call: BatchCall, name: str) -> int:
    return int(call.counters.get(name, 0))
