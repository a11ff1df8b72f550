"""Findings about single activities, of which a campaign may have thousands with the same problem."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from live_activity.core.findings import Finding
from live_activity.core.formatting import count_of


def each_once(found: Iterable[tuple[Mapping[str, str], Finding]], *, where: str) -> Iterator[Finding]:
    """Each problem once, with the key of the first activity that has it, and how many more have it."""
    firsts: dict[tuple[str, str | None], Finding] = {}
    counts: Counter[tuple[str, str | None]] = Counter()
    for key, finding in found:
        kind = (finding.code, finding.column)
        counts[kind] += 1
        if kind not in firsts:
            name = f"{' '.join(key.values())}: " if key else ""
            firsts[kind] = finding.model_copy(update={"message": f"{name}{finding.message}"})
    for kind, finding in firsts.items():
        others = counts[kind] - 1
        more = f" (and so for {count_of(others, 'more activity', 'more activities')})" if others else ""
        yield finding.model_copy(update={"where": where, "message": finding.message + more})
