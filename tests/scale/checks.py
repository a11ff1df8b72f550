"""The checks at the end of `make scale`: each is a row of the printed table."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from live_activity.ledger import EditionRecord
from tests.scale.inputs import LAST_SCORE, Expected

WINDOW = 60.0


@dataclass(frozen=True, slots=True)
class Check:
    """One row: what was checked, what was found, and whether it is right."""

    what: str
    seen: str
    right: bool


@dataclass(frozen=True, slots=True)
class Arrival:
    """One request in the sandbox's log."""

    at: float
    endpoint: str
    key: str
    status: str


def read_arrivals(file: Path) -> list[Arrival]:
    """Reads the log of arrivals, ordered by time."""
    lines = (line.split() for line in file.read_text("utf-8").splitlines())
    found = [Arrival(float(at), endpoint, key, status) for at, endpoint, key, status in lines]
    return sorted(found, key=lambda each: each.at)


def most_in_a_window(moments: Sequence[float], window: float = WINDOW) -> int:
    """Returns the largest number of these ascending moments in any window, both of its ends included."""
    return max((bisect_right(moments, at + window) - first for first, at in enumerate(moments)), default=0)


def rate_limit(arrivals: Sequence[Arrival], limit: int) -> Iterator[Check]:
    """Checks that no window of 60 s exceeds the limit for an endpoint and key, and that no call was refused for it."""
    moments: dict[tuple[str, str], list[float]] = defaultdict(list)
    for each in arrivals:
        moments[each.endpoint, each.key].append(each.at)
    for (endpoint, _), found in sorted(moments.items()):
        most = most_in_a_window(found)
        yield Check(f"most {endpoint} in any 60 s", f"{most:,} of {limit:,}", most <= limit)
    refused = sum(each.status in ("429", "403") for each in arrivals)
    yield Check("refused for the rate limit", str(refused), refused == 0)


def campaigns(records: Mapping[str, EditionRecord], expected: Sequence[Expected]) -> Iterator[Check]:
    """Checks that every campaign and activity ended, and that every row of every segment is accounted for."""
    reports = {name: record.report or {} for name, record in records.items()}
    ended = [each for each in expected if each.name in records and records[each.name].status == "ended"]
    yield Check("campaigns that ended", _of(len(ended), len(expected)), len(ended) == len(expected))
    statuses = Counter(
        activity["status"] for report in reports.values() for activity in report.get("activities", [])
    )
    wanted = sum(each.activities for each in expected)
    yield Check("activities that ended", _counts(statuses, wanted), statuses == {"ended": wanted})
    rows = sum(report.get("segment", {}).get("rows", 0) for report in reports.values())
    accepted = sum(report.get("segment", {}).get("accepted", 0) for report in reports.values())
    rejected = sum(report.get("segment", {}).get("rejected", 0) for report in reports.values())
    yield Check(
        "rows = accepted + rejected",
        f"{rows:,} = {accepted:,} + {rejected:,}",
        rows == accepted + rejected == sum(each.rows for each in expected)
        and accepted == sum(each.accepted for each in expected),
    )
    answered = lost = 0
    for report in reports.values():
        for activity in report.get("activities", []):
            found = activity["matched"] + sum(activity["skipped"].values()) + activity["gdpr_denied"]
            answered += found
            lost += abs(activity["people"] - found) + activity["unprocessed"]
    yield Check("accepted people with an answer", _of(answered, accepted), lost == 0 and answered == accepted)


def phones(activities: Sequence[Mapping[str, Any]], expected: Sequence[Expected]) -> Iterator[Check]:
    """Checks that each activity was started once, and that every phone shows the final state."""
    started: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for activity in activities:
        if activity["started_at"] is not None:
            started[activity["activity_type"]].append(activity)
    starts = sum(activity["pushes"]["start"]["calls"] for found in started.values() for activity in found)
    wanted = sum(each.activities for each in expected)
    once = all(len(started[each.activity_type]) == each.activities for each in expected) and starts == wanted
    yield Check("activities started, each once", _of(starts, wanted), once)
    people = sum(activity["counts"]["registered"] for found in started.values() for activity in found)
    reachable = sum(each.phones for each in expected)
    yield Check("phones in started activities", _of(people, reachable), people == reachable)
    final = sum(
        group["phones"]
        for found in started.values()
        for activity in found
        for group in activity["screens"]
        if group["final"] and (group["shows"] or {}).get("content_state", {}).get("score") == LAST_SCORE
    )
    yield Check("phones that show the final state", _of(final, reachable), final == reachable)


def order(pushed: Sequence[Mapping[str, Any]]) -> Check:
    """Checks that no phone was sent content that is older than what it showed."""
    older = 0
    for activity in pushed:
        scores = [push["content"]["content_state"]["score"] for push in activity["pushes"]]
        older += scores != sorted(scores)
    return Check("activities sent older content later", str(older), older == 0)


def print_table(checks: Sequence[Check]) -> str:
    """Formats the checks as a table."""
    width = max(len(each.what) for each in checks)
    return "\n".join(
        f"{'ok   ' if each.right else 'WRONG'}  {each.what:{width}}  {each.seen}" for each in checks
    )


def _of(number: int, wanted: int) -> str:
    return f"{number:,} of {wanted:,}"


def _counts(statuses: Mapping[str, int], wanted: int) -> str:
    others = ", ".join(f"{number:,} {status}" for status, number in statuses.items() if status != "ended")
    return _of(statuses.get("ended", 0), wanted) + (f" ({others})" if others else "")
