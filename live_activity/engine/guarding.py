"""Guards while a campaign runs: rows that break one are held, and released by a person or by a second reading."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from live_activity.campaign.guard_check import enum_fields
from live_activity.core.findings import Finding
from live_activity.decision.guard_memory import Breach, GuardMemory
from live_activity.decision.guards import GuardedRow, Verdict, breaches_by_hand, judge
from live_activity.decision.holding import Hold, HoldReason
from live_activity.decision.schedule import DueRow
from live_activity.decision.steps import earliest
from live_activity.engine.activity import LiveActivity
from live_activity.engine.edition import Edition


def apply_guards(edition: Edition) -> None:
    """Judges every activity's rows after a good reading; an unchanged table counts as one."""
    if not edition.campaign.parsed_guards:
        return
    for activity in edition.activities:
        if activity.state.over is None:
            _judge(edition, activity)


def restore_guards(edition: Edition) -> None:
    """Takes over what an earlier run remembered of each activity's values."""
    kept = (edition.ledger.feed_state(edition.feed.source.path) or {}).get("guards", {})
    edition.feed.guards = {int(number): GuardMemory.from_json(memory) for number, memory in kept.items()}


def guards_as_json(edition: Edition) -> dict[str, Any]:
    """What the ledger keeps of the guards, by activity number."""
    return {str(number): memory.as_json() for number, memory in edition.feed.guards.items()}


def held_fields(edition: Edition, activity: LiveActivity) -> dict[str, Breach]:
    """The held breaches of an activity, by field."""
    memory = edition.feed.guards.get(activity.number, GuardMemory())
    return {each.breach.path: each.breach for each in memory.held}


def release_breaches(
    edition: Edition, activity: LiveActivity, breaches: Sequence[Breach], at: datetime
) -> None:
    """Releases breaches as a person did at that time: neither those released already, nor those held only since."""
    if not breaches:
        return
    memory = edition.feed.guards.get(activity.number, GuardMemory())
    news = []
    for breach in breaches:
        since = [each.since for each in memory.held if each.breach.is_like(breach)]
        known = any(each.is_like(breach) for each in memory.released)
        if min(since) <= at if since else not known:
            news.append(breach)
    edition.feed.guards[activity.number] = replace(memory, released=(*memory.released, *news))
    _judge(edition, activity)


def broken_by_hand(edition: Edition, activity: LiveActivity, state: Mapping[str, Any]) -> list[str]:
    """The guards that content sent by hand breaks, a line each."""
    guards = edition.campaign.parsed_guards
    memory = edition.feed.guards.get(activity.number, GuardMemory())
    return [each.reason for each in breaches_by_hand(guards, state, memory, enums=_enums(edition))]


def _judge(edition: Edition, activity: LiveActivity) -> None:
    before = edition.feed.guards.get(activity.number, GuardMemory())
    rows, now = activity.schedule.rows, edition.clock.now()
    judged = judge(
        edition.campaign.parsed_guards,
        [GuardedRow(each.row.number, each.due, each.row.content.state) for each in rows],
        before,
        now,
        enums=_enums(edition),
    )
    edition.feed.guards[activity.number] = judged.memory
    held = frozenset(each.place for each in rows if each.row.number in judged.held)
    held_end = _held_end(activity, judged.verdicts, judged.memory, now)
    if held != activity.state.held or held_end != activity.state.held_end:
        activity.change(held=held, held_end=held_end)
    _report(edition, activity, judged.verdicts.values(), before)
    confirmed_at = [verdict.until for verdict in judged.verdicts.values() if verdict.until is not None]
    edition.feed.look_again_at = earliest(edition.feed.look_again_at, *confirmed_at)


def _held_end(
    activity: LiveActivity, verdicts: Mapping[int, Verdict], memory: GuardMemory, now: datetime
) -> Hold | None:
    last = _last_row(activity, now)
    verdict = verdicts.get(last.row.number) if last is not None else None
    if last is None or verdict is None or verdict.sends:
        return None
    impossible = any(breach.kind == "impossible" for breach in verdict.held)
    reason = HoldReason.IMPOSSIBLE if impossible else HoldReason.ASK
    since = [each.since for each in memory.held if each.row == last.row.number]
    return Hold(reason, min(since)) if since else None


def _last_row(activity: LiveActivity, now: datetime) -> DueRow | None:
    """The row that the activity is to end with: its end row, or the newest by the time of its end."""
    schedule, last = activity.schedule, activity.state.plan.ends_at
    end = earliest(schedule.end.due if schedule.end is not None else None, last)
    due = schedule.due_by(max(end, now)) if end is not None else len(schedule.rows)
    return schedule.rows[due - 1] if due else None


def _report(
    edition: Edition, activity: LiveActivity, verdicts: Iterable[Verdict], before: GuardMemory
) -> None:
    known = [each.breach for each in before.held]
    for verdict in verdicts:
        if verdict.held and not all(any(new.is_like(old) for old in known) for new in verdict.held):
            message = (
                f"row {verdict.number} is held, as {verdict.reason}; correct it in the feed, or send it with "
                "steer release"
            )
            edition.emit("held", message, activity)
            edition.add_finding(_finding(edition, activity, "row_held", message, verdict.number))
        elif verdict.warnings:
            message = f"row {verdict.number} was confirmed by a second reading, and is sent: {verdict.reason}"
            if edition.add_finding(_finding(edition, activity, "row_unlikely", message, verdict.number)):
                edition.emit("note", message, activity)


def _finding(edition: Edition, activity: LiveActivity, code: str, message: str, row: int) -> Finding:
    whose = f"{activity}: " if activity.key else ""
    return Finding.warning(code, f"{whose}{message}", where=edition.feed.source.where, row=row)


def _enums(edition: Edition) -> frozenset[str]:
    return enum_fields(edition.feed.contract) if edition.feed.contract is not None else frozenset()
