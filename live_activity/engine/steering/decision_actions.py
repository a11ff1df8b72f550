"""Steering commands that answer the approval of a start."""

from __future__ import annotations

from live_activity.core.findings import invalid
from live_activity.core.formatting import count_of
from live_activity.engine.approval import decision_of, open_question
from live_activity.engine.edition import Edition
from live_activity.engine.steering.checked_command import CheckedCommand
from live_activity.engine.steering.effects import name_of_targets
from live_activity.engine.steering.times import time_in_zone


def decide(command: CheckedCommand) -> str:
    """Approves or rejects the start that waits for it."""
    action = command.effect["action"]
    if command.effect["key"]:
        raise invalid(
            "decision_for_all",
            f"{action} answers for the whole campaign; leave the activity empty",
            where=action,
        )
    if open_question(command.edition) is None:
        raise invalid("nothing_to_decide", _why_nothing_waits(command.edition), where=action)
    command.effect["note"] = str(command.given.get("note") or "")
    by = command.effect["author"] or "somebody who gave no name"
    if action == "reject":
        return f"rejected by {by}: nothing is sent to phones, and the campaign is over"
    people = sum(each.people.count for each in command.edition.activities)
    waits = [each.expected.starts_at for each in command.targets if each.times.given]
    starts = f"starts {time_in_zone(min(waits), command.zone)}" if waits else "starts now"
    if waits and min(waits) <= command.now:
        starts = "starts now"
    return f"approved by {by}: {name_of_targets(command.targets)} {starts}, for {count_of(people, 'person', 'people')}"


def _why_nothing_waits(edition: Edition) -> str:
    decision = decision_of(edition)
    if decision is not None and decision.answer is not None:
        at = time_in_zone(decision.answered_at or decision.asked_at, edition.campaign.zone)
        by = f" by {decision.author}" if decision.author else ""
        return f"nothing waits for approval: the start was answered already ({decision.answer}{by} at {at})"
    if any(each.state.undecided for each in edition.activities):
        return "people are still being added, and the plan is not complete; answer once approval is asked for"
    return "nothing waits for approval"
