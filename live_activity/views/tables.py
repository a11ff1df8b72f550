"""The pushes and the findings as tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from live_activity.core.findings import Finding
from live_activity.ledger.push_log import LoggedPush
from live_activity.views.markdown import short_moment


def pushes_table(pushes: Sequence[LoggedPush], *, zone: ZoneInfo) -> list[dict[str, Any]]:
    """A row for each push: when it was due and sent, and how many phones it reached and left behind."""
    split = any(push.key for push in pushes)
    return [
        {
            "due": short_moment(push.due, zone=zone),
            "sent": short_moment(push.sent, zone=zone),
            **({"activity": " ".join(push.key.values())} if split else {}),
            "push": push.kind,
            "row": push.row if push.row is not None else "",
            "handed to Apple": push.reached,
            "skipped": push.left_behind if push.left_behind is not None else "",
            "outcome": push.outcome.replace("_", " ") + (f": {push.error}" if push.error else ""),
            "title": push.title or "",
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
