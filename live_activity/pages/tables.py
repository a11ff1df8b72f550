"""The pushes and the findings as tables."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from live_activity.findings import Finding
from live_activity.ledger.pushed import Pushed


def pushes_table(pushes: Iterable[Pushed]) -> list[dict[str, Any]]:
    """A row for each push: due, sent, handed to Apple, skipped."""
    return [
        {
            "due": f"{push.due:%m-%d %H:%M:%S}" if push.due is not None else "",
            "sent": f"{push.sent:%m-%d %H:%M:%S}",
            "activity": " ".join(push.key.values()),
            "push": push.kind,
            "row": push.row if push.row is not None else "",
            "title": push.title or "",
            "handed to Apple": push.reached,
            "skipped, not synced": push.skipped if push.skipped is not None else "",
            "outcome": push.outcome.replace("_", " "),
            "told": push.told or "",
        }
        for push in pushes
    ]


def findings_table(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """A row for each finding."""
    return [
        {
            "severity": finding.severity,
            "where": finding.where or "",
            "row": finding.row if finding.row is not None else "",
            "column": finding.column or "",
            "message": finding.message,
            "code": finding.code,
        }
        for finding in findings
    ]
