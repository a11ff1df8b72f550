"""The report: what `--report` writes, what the flow returns and what the artifacts show."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict, Field

from live_activity.core.findings import Finding
from live_activity.core.formatting import count_of
from live_activity.core.statuses import UNSUCCESSFUL

# The code of the finding that says that nobody approved the start.
NOT_APPROVED = "not_approved"
# What that finding says where a person was asked and nobody answered.
NO_ANSWER = "not started: nobody approved it in time"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class SegmentNumbers(Protocol):
    """A segment that was counted or staged."""

    @property
    def rows(self) -> int: ...

    @property
    def accepted(self) -> int: ...

    @property
    def rejected(self) -> int: ...

    @property
    def reasons(self) -> Mapping[str, int]: ...


class SegmentReport(_Part):
    """Who was in the table; `rows` is always accepted plus rejected."""

    rows: int = 0
    accepted: int = 0
    rejected: int = 0
    reasons: dict[str, int] = Field(default_factory=dict)
    rejects_file: str | None = None

    @classmethod
    def of(cls, people: SegmentNumbers | None, *, rejects_file: str | None = None) -> SegmentReport:
        """The numbers of a segment; all 0 where there is none yet. The file is named where rows were rejected."""
        if people is None:
            return cls()
        return cls(
            rows=people.rows,
            accepted=people.accepted,
            rejected=people.rejected,
            reasons=dict(people.reasons),
            rejects_file=rejects_file if people.rejected else None,
        )


class UpdatesReport(_Part):
    """How many rows of one activity were sent, repeated, superseded, unchanged and failed.

    `sent` counts rows; `repeated` are updates sent again for phones left behind, `settled` pushes of the final content
    before the end.
    """

    sent: int = 0
    repeated: int = 0
    superseded: int = 0
    unchanged: int = 0
    failed: int = 0
    settled: int = 0


class OverrideReport(_Part):
    """A state field that was set by hand and is still in force."""

    field: str
    value: Any
    author: str | None = None
    at: datetime


class ActivityReport(_Part):
    """One activity. `people` are accepted ids, `matched` sums the last answer of each batch.

    `alerts` counts the pushes at which a phone alerted (sound, lit screen), `busiest_hour` the most pushes in an hour.
    """

    key: dict[str, str] = Field(default_factory=dict)
    activity_id: str | None = None
    status: str
    why: str | None = None
    people: int = 0
    matched: int = 0
    skipped: dict[str, int] = Field(default_factory=dict)
    gdpr_denied: int = 0
    unprocessed: int = 0
    started_at: datetime | None = None
    ended_at: datetime | None = None
    updates: UpdatesReport = UpdatesReport()
    unsynced_at_end: int = 0
    alerts: int = 0
    busiest_hour: int = 0
    overrides: list[OverrideReport] = Field(default_factory=list)


class PhonesReport(_Part):
    """How many phones of a rehearsal showed anything, show the final content, or were sent what they cannot decode."""

    reached: int = 0
    showing_final: int = 0
    stuck: int = 0


class SlowRowReport(_Part):
    """One row: from when it was in the feed and due (`ready_at`), to the vendor's answer to its push."""

    key: dict[str, str] = Field(default_factory=dict)
    row: int | None = None
    ready_at: datetime
    answered_at: datetime
    seconds: float


class HandoffReport(_Part):
    """How long rows took from feed to handoff, in seconds of campaign time; None where no row was measured.

    A time starts when a poll first saw the row, or when it was due if that was later. Rows that were there and due at
    the first reading are not measured.
    """

    rows: int = 0
    p50: float | None = None
    p99: float | None = None
    slowest: list[SlowRowReport] = Field(default_factory=list)


class Report(_Part):
    """What happened to a campaign. Times are UTC; `calls` counts HTTP requests sent.

    `device_started`: phones opened the activities themselves, and `segment` counts the rows of their table.
    """

    campaign: str
    edition: datetime | None
    mode: str
    status: str
    device_started: bool = False
    segment: SegmentReport = SegmentReport()
    activities: list[ActivityReport] = Field(default_factory=list)
    calls: dict[str, int] = Field(default_factory=dict)
    findings: list[Finding] = Field(default_factory=list)
    phones: PhonesReport | None = None
    handoff: HandoffReport = HandoffReport()

    def as_json(self) -> dict[str, Any]:
        """The report as JSON values; `phones` only where there is a sandbox to count them."""
        values = self.model_dump(mode="json")
        if self.phones is None:
            del values["phones"]
        return values

    @property
    def summary(self) -> str:
        """The outcome in one line."""
        if self.failed and (problems := self._problems()):
            more = f" (and {len(problems) - 1:,} more)" if len(problems) > 1 else ""
            return f"{self._what_failed()}: {problems[0]}{more}"
        if self.mode == "check":
            who = ("activity", "activities") if self.device_started else ("person", "people")
            return f"{self.status}: {count_of(self.segment.accepted, *who)}"
        if self.device_started:
            ended = sum(activity.ended_at is not None for activity in self.activities)
            return f"{self.status}: {ended:,} of {len(self.activities):,} activities ended"
        people = sum(activity.people for activity in self.activities)
        matched = sum(activity.matched for activity in self.activities)
        return f"{self.status}: {count_of(people, 'person', 'people')}, {count_of(matched, 'phone')}"

    def _problems(self) -> list[str]:
        """What went wrong; where no finding is an error, why its activities ended as they did."""
        errors = [finding.message for finding in self.findings if finding.severity == "error"]
        return errors or list(dict.fromkeys(each.why for each in self.activities if each.why))

    def _what_failed(self) -> str:
        if self.status != "ended":
            return self.status
        failed = sum(activity.status == "failed" for activity in self.activities)
        return f"{failed:,} of {count_of(len(self.activities), 'activity', 'activities')} failed"

    @property
    def failed(self) -> bool:
        """Whether the exit code says so: failed, missed, cancelled, rejected, or one activity failed."""
        return self.status in UNSUCCESSFUL or any(activity.status == "failed" for activity in self.activities)
