"""Steering commands that name a table: another timeline, more people, fewer people."""

from __future__ import annotations

from live_activity.campaign.paths import join
from live_activity.core.findings import InvalidInput, invalid
from live_activity.core.formatting import count_of
from live_activity.engine.steering.checked_command import CheckedCommand
from live_activity.engine.steering.effects import name_of_targets


def change_timeline(command: CheckedCommand) -> str:
    """Follows another timeline from now on."""
    assert command.table is not None  # checked: it names a table
    timeline = command.table.timeline
    assert timeline is not None  # it was read
    if not timeline.rows:
        raise InvalidInput(timeline.findings)
    command.effect["table"] = join(command.edition.inputs_base, str(command.given["table"]))
    bad = sum(finding.severity == "error" for finding in timeline.findings)
    left_out = f", {bad:,} with errors left out" if bad else ""
    return f"follows {command.given['table']} from now on: {len(timeline.rows):,} rows{left_out}"


def change_people(command: CheckedCommand) -> str:
    """Adds people, or takes people out, before the start."""
    adding = command.effect["action"] == "add_people"
    started = [each for each in command.targets if each.locked]
    assert command.table is not None  # checked: it names a table
    if started or command.table.people is None:
        if command.table.people is not None:
            command.table.people.discard()
        raise invalid(
            "already_started",
            f"{command.table.accepted:,} people were not {'added' if adding else 'removed'}: "
            f"{name_of_targets(started or command.targets)} started already, and the vendor locks it",
        )
    command.effect["folder"], delta = command.table.folder, command.table.people
    rejected = f", {count_of(delta.rejected, 'row')} rejected" if delta.rejected else ""
    strangers = command.edition.roster.strangers(delta) if command.edition.roster is not None else 0
    without = f", {strangers:,} have the split values of no activity and are left out" if strangers else ""
    changed = count_of(delta.accepted - strangers, "person is", "people are")
    return f"{changed} {'added' if adding else 'removed'}{rejected}{without}"
