"""One finding for one cause: a template makes the same mistake with every source row that it applies to."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from live_activity.core.findings import Finding
from live_activity.core.formatting import count_of
from live_activity.core.rows import Timeline

# What differs from row to row in a message about one cause: quoted values and numbers.
_VALUES = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|\d[\d.,:]*")


def merge_by_cause(timeline: Timeline) -> Timeline:
    """The timeline with one finding for each cause, which counts its rows; `bad_rows` has all rows with errors."""
    by_cause: dict[tuple[str, str | None, str], list[Finding]] = {}
    for finding in timeline.findings:
        if finding.severity != "info" and finding.row is not None:
            cause = (finding.code, finding.column, _VALUES.sub("", finding.message))
            by_cause.setdefault(cause, []).append(finding)
    merged = {id(found[0]): _merged(found) for found in by_cause.values()}
    others = {id(finding) for found in by_cause.values() for finding in found[1:]}
    kept = tuple(merged.get(id(each), each) for each in timeline.findings if id(each) not in others)
    every = (finding for found in by_cause.values() for finding in found if finding.severity == "error")
    bad = {finding.row for finding in every if finding.row is not None}
    return replace(timeline, findings=kept, bad_rows=timeline.bad_rows | bad)


def _merged(found: Sequence[Finding]) -> Finding:
    rows = {finding.row for finding in found}
    if len(rows) == 1:
        return found[0]
    message = f"{found[0].message} (in {count_of(len(rows), 'row')})"
    return found[0].model_copy(update={"message": message})
