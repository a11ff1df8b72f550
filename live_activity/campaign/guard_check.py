"""Guards checked before anything is sent: fields that do not exist, and rows that would be held."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from live_activity.campaign.model import Campaign
from live_activity.campaign.planning import Times, planned_for
from live_activity.contract import Contract
from live_activity.contract.dotted_fields import dotted_types
from live_activity.contract.types import BareEnumType, EnumType, Unchecked, unwrapped
from live_activity.core.findings import Finding
from live_activity.core.formatting import count_of
from live_activity.core.suggestions import did_you_mean
from live_activity.decision.guard_memory import GuardMemory
from live_activity.decision.guards import GuardedRow, judge
from live_activity.timeline import Row, Timeline

Key = Mapping[str, str]


def guard_findings(
    campaign: Campaign,
    timeline: Timeline,
    times: Times,
    keys: Sequence[Key],
    contract: Contract | None,
    *,
    where: str,
    now: datetime,
) -> Iterator[Finding]:
    """Guards of fields that do not exist, and the rows that would be held: each field and kind of reason once."""
    guards = campaign.parsed_guards
    if not guards:
        return
    known = _known_fields(timeline, contract)
    for guard in guards:
        if guard.path in known or _may_exist(guard.path, timeline, contract):
            continue
        message = f"{guard.path} is not a field of the state{did_you_mean(guard.path, known)}"
        finding = Finding.error if contract is not None else Finding.warning
        yield finding("guard_without_field", message, where="campaign", column="guards")
    firsts: dict[tuple[str, str], tuple[int, str]] = {}
    counts: Counter[tuple[str, str]] = Counter()
    for key in keys:
        rows = timeline.for_key(key)
        if not rows:
            continue
        starts_at = planned_for(campaign, timeline, key, whole=times).starts_at
        judged = judge(guards, guarded_rows(rows, starts_at), GuardMemory(), now, enums=enum_fields(contract))
        for number, verdict in judged.verdicts.items():
            for breach in verdict.held:
                kind: tuple[str, str] = (breach.path, breach.kind)
                counts[kind] += 1
                firsts.setdefault(kind, (number, breach.reason))
    for (path, why), (number, reason) in firsts.items():
        others = counts[path, why] - 1
        more = f" (and {count_of(others, 'more time')})" if others else ""
        message = f"is held by a guard: {reason}; {_WHAT_THEN[why]}{more}"
        yield Finding.warning("held_by_guard", message, where=where, row=number, column=f"state.{path}")


_WHAT_THEN = {
    "impossible": "correct it, or release it with steer",
    "unlikely": "it is sent after two readings 60 seconds apart agree",
    "ask": "it is sent once a person releases it with steer",
}


def guarded_rows(rows: Sequence[Row], starts_at: datetime) -> list[GuardedRow]:
    """The rows of one activity as guards judge them, in the order of their times."""
    guarded = [GuardedRow(row.number, row.due(starts_at), row.content.state) for row in rows]
    return sorted(guarded, key=lambda row: (row.due, row.number))


def enum_fields(contract: Contract | None) -> frozenset[str]:
    """The dotted paths of the state's enums by the contract."""
    if contract is None:
        return frozenset()
    types = dotted_types(contract.state)
    return frozenset(path for path, kind in types.items() if isinstance(kind, EnumType | BareEnumType))


def _known_fields(timeline: Timeline, contract: Contract | None) -> dict[str, None]:
    """The paths that the state has."""
    if contract is not None:
        return dict.fromkeys(dotted_types(contract.state))
    found: dict[str, None] = {}
    for row in timeline.rows:
        _collect(row.content.state, "", found)
    return found


def _may_exist(path: str, timeline: Timeline, contract: Contract | None) -> bool:
    """Whether a field that is not known may still exist."""
    if contract is None:
        return not timeline.rows
    types = dotted_types(contract.state)
    unchecked = [each for each, kind in types.items() if isinstance(kind, Unchecked)]
    is_open = isinstance(unwrapped(contract.state), Unchecked)
    return is_open or any(path.startswith(f"{each}.") for each in unchecked)


def _collect(value: Mapping[str, object], path: str, found: dict[str, None]) -> None:
    for name, part in value.items():
        inner = f"{path}.{name}" if path else name
        found[inner] = None
        if isinstance(part, Mapping):
            _collect(part, inner, found)
