"""What a running edition records for those who watch it: its findings, and when its timeline was and will be read."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from live_activity.core.findings import Finding
from live_activity.core.formatting import count_of
from live_activity.engine.edition import Edition
from live_activity.ledger import LedgerUnwritable, LostLease

MOST_FINDINGS = 200
# The shortest real time between records of polls that find nothing new, in seconds: a rehearsal makes thousands of
# polls in one second.
_SECONDS_BETWEEN = 1.0


class ProgressRecord:
    """The progress of one edition in the ledger. A ledger that cannot be written delays nothing."""

    def __init__(self, edition: Edition) -> None:
        self._edition = edition
        self._known: tuple[int, tuple[str, ...]] | None = None
        self._noted_at = 0.0

    def note(self, *, next_poll_at: datetime | None, problems: Sequence[str] = ()) -> None:
        """Records the last good poll, the next one, and what was wrong with the newest one."""
        edition = self._edition
        known = (len(edition.findings), tuple(problems))
        if known == self._known and time.monotonic() - self._noted_at < _SECONDS_BETWEEN:
            return
        with contextlib.suppress(LedgerUnwritable, LostLease):
            edition.ledger.note(
                progress={
                    "polled_at": edition.feed.polled_at.isoformat(),
                    "next_poll_at": next_poll_at.isoformat() if next_poll_at is not None else None,
                    "problems": list(problems[:3]),
                    "findings": _as_json(edition.findings),
                }
            )
            self._known, self._noted_at = known, time.monotonic()


def _as_json(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    kept = [each.model_dump(mode="json") for each in findings[:MOST_FINDINGS]]
    if (more := len(findings) - len(kept)) > 0:
        message = f"{count_of(more, 'more finding')}; all of them are in the report"
        kept.append(Finding.info("more_findings", message).model_dump(mode="json"))
    return kept
