"""Carrying out steering commands: a command is checked, turned into an effect, recorded, and then applied."""

from __future__ import annotations

from collections.abc import Callable

from live_activity.core.findings import InvalidInput
from live_activity.engine.edition import Edition
from live_activity.engine.steering.arguments import check_arguments, refusal
from live_activity.engine.steering.checked_command import CheckedCommand
from live_activity.engine.steering.content_actions import end_now, release, send_now
from live_activity.engine.steering.decision_actions import decide
from live_activity.engine.steering.effects import (
    CommandTable,
    Effect,
    apply_effect,
    meant_by,
    read_table,
    targets_of,
)
from live_activity.engine.steering.table_actions import change_people, change_timeline
from live_activity.engine.steering.time_actions import freeze, move_end, resume, shift
from live_activity.ledger import Command, LedgerUnwritable, LostLease


def carry_out(edition: Edition, command: Command, table: CommandTable | None = None) -> str:
    """Carries out a command and records it; returns one line that says what follows, or why it was not done.

    `table` is the table that the command names, if it was read already; otherwise it is read here.
    """
    try:
        targets = targets_of(edition, command.key, command.action)
        effect: Effect = {
            "action": command.action,
            "at": edition.clock.now().isoformat(),
            "number": command.id,
            "key": dict(command.key) if command.key else None,
            "author": getattr(command, "author", None),
        }
        if len(targets) < len(meant_by(edition, effect)):
            effect["only"] = [each.number for each in targets]
        if edition.opened is not None:
            effect["count"] = len(edition.activities)
        given = check_arguments(command.action, command.arguments)
        table = table or read_table(edition, command)
        if table is not None and table.refused is not None:
            raise table.refused
        answer = _ACTIONS[command.action](CheckedCommand(edition, targets, given, effect, table))
    except InvalidInput as refused:
        return _answered(edition, command, refusal(refused), None)
    except (LedgerUnwritable, LostLease):
        raise
    except Exception as error:  # a repeat would fail as well; its text may name a person, so it is not shown
        return _answered(edition, command, f"not done: it failed with {type(error).__name__}", None)
    # Recorded first: if this run dies right now, the next run of the edition applies the effect.
    return _answered(edition, command, answer, effect, table)


def _answered(
    edition: Edition, command: Command, answer: str, effect: Effect | None, table: CommandTable | None = None
) -> str:
    edition.ledger.carried_out(command.id, answer=answer, effect=effect, at=edition.clock.now())
    if effect is not None:
        apply_effect(edition, effect, table)
    edition.emit("steered", f"{command.action}: {answer}")
    return answer


_ACTIONS: dict[str, Callable[[CheckedCommand], str]] = {
    "freeze": freeze,
    "resume": resume,
    "send_now": send_now,
    "shift": shift,
    "move_end": move_end,
    "change_timeline": change_timeline,
    "add_people": change_people,
    "remove_people": change_people,
    "end_now": end_now,
    "release": release,
    "approve": decide,
    "reject": decide,
}
