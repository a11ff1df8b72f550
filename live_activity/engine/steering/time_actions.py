"""Steering commands about time: freeze, resume, shift and the move of the end."""

from __future__ import annotations

from datetime import timedelta

from live_activity.core.findings import invalid
from live_activity.decision.next_step import end_of
from live_activity.decision.wanted import wanted
from live_activity.engine.steering.arguments import end_time_of
from live_activity.engine.steering.checked_command import CheckedCommand
from live_activity.engine.steering.corrections import editable_line, first_of
from live_activity.engine.steering.effects import name_of_targets
from live_activity.engine.steering.times import (
    describe_end,
    describe_limit,
    latest_possible_end,
    time_in_zone,
)


def freeze(command: CheckedCommand) -> str:
    """Holds back every push but the end."""
    ends = describe_end(command.targets, command.zone)
    return f"frozen: {name_of_targets(command.targets)}; nothing but the end is sent before it is resumed, {ends}"


def resume(command: CheckedCommand) -> str:
    """Sends the newest content again; the answer says which."""
    now, first = command.now, command.targets[0]
    found = wanted(first.schedule, first.state, now)
    newest = f" ({first_of(command.targets)}{editable_line(found.content)})" if found is not None else ""
    ends = describe_end(command.targets, command.zone)
    return f"{name_of_targets(command.targets)} resumed: the newest content goes out{newest}, {ends}"


def shift(command: CheckedCommand) -> str:
    """Moves the rows still to come, and with them the start and the end, by some minutes."""
    minutes, zone = command.given["minutes"], command.zone
    by, now = timedelta(minutes=minutes), command.now
    for each in command.targets:
        end, limit = each.expected.ends_at, latest_possible_end(each, now, by=by)
        if end is not None and end + by >= limit:
            raise invalid(
                "beyond_expiry",
                f"the end would come at {time_in_zone(end + by, zone)}, and the vendor's limit is "
                f"{time_in_zone(limit, zone)}; shift by less",
            )
    command.effect["minutes"] = minutes
    rows = sum(len(each.schedule.rows) - each.schedule.due_by(now) for each in command.targets)
    ends = [end + by for each in command.targets if (end := end_of(each.schedule, each.state)) is not None]
    starts = sum(not each.state.started for each in command.targets)
    moved = f"{rows:,} {'row' if rows == 1 else 'rows'} moved"
    start = f"; {starts:,} {'start' if starts == 1 else 'starts'} moved" if starts else ""
    end_line = time_in_zone(max(ends), zone) if ends else "by hand"
    return f"{moved}{start}; ends {end_line}; {describe_limit(command.targets, zone)}"


def move_end(command: CheckedCommand) -> str:
    """Moves the end to another time."""
    zone, now = command.zone, command.now
    ends_at = end_time_of(str(command.given["ends_at"]), zone)
    if ends_at <= now:
        raise invalid("end_in_the_past", f"{time_in_zone(ends_at, zone)} is over; use end_now to end at once")
    for each in command.targets:
        limit = latest_possible_end(each, now)
        if ends_at >= limit:
            raise invalid(
                "beyond_expiry",
                f"the vendor's limit is {time_in_zone(limit, zone)}; name a time before it",
                where="move_end",
            )
    command.effect["ends_at"] = ends_at.isoformat()
    early = sum(not each.state.started and ends_at <= each.expected.starts_at for each in command.targets)
    lost = (
        f"; {early:,} would start later than that, and {'is' if early == 1 else 'are'} not started"
        if early
        else ""
    )
    whose, limit_line = name_of_targets(command.targets), describe_limit(command.targets, zone)
    return f"the end of {whose} is moved to {time_in_zone(ends_at, zone)}; {limit_line}{lost}"
