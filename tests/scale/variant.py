"""The size of a run of `make scale`, and the times of its events."""

from __future__ import annotations

from dataclasses import dataclass

# A campaign's process needs so many seconds to begin when many begin at once.
BEGINNING = 70.0
# The campaigns of a machine that is lost in the middle of a sweep must be taken over within a minute.
TAKEN_OVER_WITHIN = 60.0
# A halted machine is resumed after so many seconds: its leases have run out, and others play its campaigns.
HALTED_FOR = 75.0


@dataclass(frozen=True, slots=True)
class Variant:
    """The size of a run.

    `capacity` is how many runs a worker takes; `limit` is the account's, in requests a minute for each endpoint.
    """

    campaigns: int
    people: int
    activities: int
    machines: int
    capacity: int
    limit: int
    batch: int = 100
    update_seconds: float = 15.0

    @property
    def sweep(self) -> float:
        """The seconds that one call for each activity of the large campaign takes at the rate limit."""
        return self.activities / self.limit * 60

    @property
    def starts(self) -> float:
        """When all campaigns start, in seconds from the beginning."""
        return BEGINNING + self.sweep + 15

    @property
    def large_update(self) -> float:
        """When the large campaign's update is due: after the start sweep, which a halt interrupts."""
        return self.starts + 1.3 * self.sweep + HALTED_FOR

    @property
    def ends(self) -> float:
        """When all campaigns end: after the update sweep, which a kill interrupts."""
        return self.large_update + self.sweep + TAKEN_OVER_WITHIN + 15

    @property
    def longest(self) -> float:
        """When all must be over: the end takes one sweep of settling and one of ends, and a busy machine is slow."""
        return self.ends + 3 * self.sweep + 300


VARIANTS = {
    "small": Variant(campaigns=3, people=150, activities=50, machines=2, capacity=3, limit=60),
    "full": Variant(campaigns=12, people=600, activities=2000, machines=3, capacity=5, limit=1500),
}
