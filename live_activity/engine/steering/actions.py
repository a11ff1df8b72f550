"""Carrying out steering commands: a command is checked, turned into an effect, recorded, and then applied."""

from __future__ import annotations

from collections.abc import Callable
from typing import assert_never

from live_activity.core.findings import InvalidInput
from live_activity.engine.edition import Edition
from live_activity.engine.steering.arguments import Action, check_arguments, known_action, refusal
from live_activity.engine.steering.checked_command import CheckedCommand
from live_activity.engine.steering.content_actions import end_now, release, send_now
from live_activity.engine.steering.decision_actions import decide
from live_activity.engine.steering.effects import (
    CommandTable,
    Effect,
    apply_effect,
    meant_by,
    new_effect,
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
        action = known_action(command.action)
        targets = targets_of(edition, command.key, action)
        effect = new_effect(command, edition.clock.now())
        if len(targets) < len(meant_by(edition, effect)):
            effect["only"] = [each.number for each in targets]
        if edition.opened is not None:
            effect["count"] = len(edition.activities)
        given = check_arguments(action, command.arguments)
        table = table or read_table(edition, command)
        if table is not None and table.refused is not None:
            raise table.refused
        answer = _how_to(action)(CheckedCommand(edition, targets, given, effect, table))
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


def _how_to(action: Action) -> Callable[[CheckedCommand], str]:
    match action:
        case "freeze":
            return freeze
        case "resume":
            return resume
        case "send_now":
            return send_now
        case "shift":
            return shift
        case "move_end":
            return move_end
        case "change_timeline":
            return change_timeline
        case "add_people" | "remove_people":
            return change_people
        case "end_now":
            return end_now
        case "release":
            return release
        case "approve" | "reject":
            return decide
        case _:
            assert_never(action)
