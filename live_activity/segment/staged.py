"""A staged segment: its numbers, its activities, and its people batch by batch."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from live_activity.core.findings import Finding, invalid
from live_activity.segment.activities import StagedActivity, size_of, unmatched_share
from live_activity.segment.folder import Folder
from live_activity.segment.manifest import (
    MANIFEST,
    PEOPLE,
    REJECTS,
    Manifest,
    read_manifest,
    write_manifest,
)


def staged(folder: str) -> bool:
    """Whether the folder holds a complete staged segment, its people discarded or not."""
    return Folder(folder).has(MANIFEST)


@dataclass(frozen=True)
class StagedSegment:
    """A staged segment never changes. `rows` is always `accepted` plus `rejected`.

    `unmatched` rows have an id of a valid form that can match nobody, such as `1001.0` or `NULL`.
    """

    rows: int
    accepted: int
    rejected: int
    reasons: Mapping[str, int]
    rejects_file: str
    findings: tuple[Finding, ...]
    activities: tuple[StagedActivity, ...]
    batch_size: int
    fingerprint: str
    unmatched: int
    _folder: Folder = field(repr=False, compare=False)

    @classmethod
    def load(cls, folder: str) -> StagedSegment:
        """The segment staged in the folder. Raises `InvalidInput` where there is none."""
        inside = Folder(folder)
        return cls.of(read_manifest(inside), inside)

    @classmethod
    def of(cls, manifest: Manifest, folder: Folder) -> StagedSegment:
        """The segment that a manifest describes."""
        return cls(
            rows=manifest.rows,
            accepted=manifest.accepted,
            rejected=manifest.rejected,
            reasons=manifest.reasons,
            rejects_file=folder.place(REJECTS),
            findings=manifest.findings,
            activities=tuple(
                StagedActivity(each.key, each.people, each.first_batch, each.batches)
                for each in manifest.activities
            ),
            batch_size=manifest.batch_size,
            fingerprint=manifest.fingerprint,
            unmatched=manifest.unmatched,
            _folder=folder,
        )

    @property
    def unmatched_share(self) -> float:
        """The share of ids that can match nobody, from 0 to 1."""
        return unmatched_share(unmatched=self.unmatched, accepted=self.accepted, reasons=self.reasons)

    @property
    def batches(self) -> int:
        """How many batches there are, numbered from 0."""
        return self.activities[-1].first_batch + self.activities[-1].batches if self.activities else 0

    def batch_sizes(self, activity: StagedActivity) -> dict[int, int]:
        """How many people each batch of the activity holds, by its number, in order."""
        numbers = range(activity.first_batch, activity.first_batch + activity.batches)
        return {number: size_of(activity, number, batch_size=self.batch_size) for number in numbers}

    def batch(self, number: int) -> list[str]:
        """The ids of one batch, in the table's order; nothing else is read.

        Raises IndexError where there is no such batch, `InvalidInput` where the people are gone or not whole.
        """
        if not 0 <= number < self.batches:
            raise IndexError(f"there is no batch {number}; the segment has {self.batches:,}")
        import pyarrow
        import pyarrow.parquet

        activity = self.activities[
            bisect_right(self.activities, number, key=lambda each: each.first_batch) - 1
        ]
        try:
            with self._folder.read(PEOPLE) as file:
                people = pyarrow.parquet.ParquetFile(file, metadata=self._footer)
                ids: list[str] = people.read_row_group(number, columns=["insider_id"], use_threads=False)[
                    0
                ].to_pylist()
        except FileNotFoundError:
            discarded = read_manifest(self._folder).discarded
            why = "were discarded" if discarded else "are not there any more"
            raise invalid(
                "no_people", f"the staged people {why}; start a new edition", where=PEOPLE
            ) from None
        except (pyarrow.ArrowException, OSError):
            ids = []
        if len(ids) != size_of(activity, number, batch_size=self.batch_size):
            what = f"batch {number} is not what was staged; the file was changed or cut off"
            raise invalid("damaged_segment", what, where=PEOPLE)
        return ids

    def discard(self) -> None:
        """Deletes the people and the rejects. The manifest stays, and says so; a second time changes nothing."""
        manifest = read_manifest(self._folder)
        if not manifest.discarded:
            write_manifest(manifest.model_copy(update={"discarded": True}), self._folder)
        self._folder.remove(PEOPLE)
        self._folder.remove(REJECTS)

    @cached_property
    def _footer(self) -> Any:
        # Where every row group begins; read once, as it is long where there are many activities.
        import pyarrow.parquet

        with self._folder.read(PEOPLE) as file:
            return pyarrow.parquet.read_metadata(file)
