"""Effects of steering commands: plain data in the ledger, from which a run that takes over restores them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, assert_never, get_args

from live_activity.campaign.paths import join
from live_activity.core.findings import InvalidInput, invalid
from live_activity.core.threads import run_in_daemon_thread
from live_activity.decision.guard_memory import Breach
from live_activity.decision.overrides import Override, released, with_overrides
from live_activity.decision.schedule import Shift
from live_activity.decision.state import StopRequest
from live_activity.decision.words import WordsByHand
from live_activity.engine.activity import LiveActivity
from live_activity.engine.approval import ApprovalAnswer, decide_by_command
from live_activity.engine.edition import Edition
from live_activity.engine.guarding import release_breaches
from live_activity.engine.people_feed import count_people, stage_change, take_change
from live_activity.engine.steering.arguments import ACTIONS, Action, ActivityAction
from live_activity.engine.timeline_feed import follow_table, read_timeline, source_at
from live_activity.ledger import Command
from live_activity.segment import StagedSegment
from live_activity.segment.roster import RosterChange
from live_activity.sources.timeline_source import PolledSource
from live_activity.timeline import Timeline

Effect = dict[str, Any]


def new_effect(command: Command, now: datetime) -> Effect:
    """The effect of a command that is carried out now; its action adds what is to be applied."""
    return {
        "action": command.action,
        "at": now.isoformat(),
        "number": command.id,
        "key": dict(command.key) if command.key else None,
        "author": command.author,
    }


@dataclass(frozen=True, slots=True)
class CommandTable:
    """The table that a command names, as it was read, or why it cannot be read.

    `people` are staged in `folder` where it is not too late for them, and `change` is what they change; `accepted` is
    how many the table has.
    """

    source: PolledSource | None = None
    timeline: Timeline | None = None
    folder: str | None = None
    people: StagedSegment | None = None
    change: RosterChange | None = None
    accepted: int = 0
    refused: InvalidInput | None = None


def names_table(command: Command) -> bool:
    """Whether a table has to be read before the command can be carried out."""
    return isinstance(command.arguments.get("table"), str)


def read_table(edition: Edition, command: Command) -> CommandTable | None:
    """Reads the table that a command names, None where it names none.

    That takes a while for many people, or where a server hangs, so it may be done in a thread while pushes go on.
    """
    if not names_table(command):
        return None
    path = join(edition.inputs_base, str(command.arguments["table"]))
    try:
        if command.action == "change_timeline":
            source = source_at(edition, path)
            return CommandTable(source=source, timeline=read_timeline(edition, source))
        adding = command.action == "add_people"
        if any(each.locked for each in targets_of(edition, command.key, command.action)):
            return CommandTable(accepted=count_people(edition, path, adding=adding).accepted)
        folder, people = stage_change(edition, path, number=command.id, adding=adding)
        change = edition.roster.prepare(people, adding=adding) if edition.roster is not None else None
        return CommandTable(folder=folder, people=people, change=change, accepted=people.accepted)
    except InvalidInput as refused:
        return CommandTable(refused=refused)
    except Exception as error:  # its text may name a person, so it is not shown
        return CommandTable(refused=invalid("unforeseen", f"it failed with {type(error).__name__}"))


def apply_effect(edition: Edition, effect: Mapping[str, Any], table: CommandTable | None = None) -> None:
    """Applies an effect to the activities that it names; `table` is its table, where that was read already."""
    action: Action = effect["action"]
    match action:
        case "change_timeline":
            if table is not None and table.source is not None and table.timeline is not None:
                follow_table(edition, effect["table"], table.source, table.timeline)
            else:
                follow_table(edition, effect["table"])
        case "add_people" | "remove_people":
            change = table.change if table is not None else None
            take_change(edition, action, effect["folder"], change)
        case "approve" | "reject":
            answer: ApprovalAnswer = "approved" if action == "approve" else "rejected"
            decide_by_command(
                edition, answer, note=effect.get("note") or "", author=effect.get("author") or ""
            )
        case _:
            if edition.opened is not None and not effect.get("key"):
                edition.opened.steer(effect)
            for activity in meant_by(edition, effect):
                _apply_to(edition, activity, action, effect)


def apply_earlier_effects(edition: Edition, joined: Sequence[LiveActivity]) -> None:
    """Applies earlier commands for the whole campaign, or for their key, to activities that joined."""
    numbers = {each.number for each in joined}
    for command in edition.ledger.commands():
        effect = command.effect
        if effect is None or effect["action"] not in get_args(ActivityAction):
            continue
        for activity in meant_by(edition, effect):
            if activity.number in numbers:
                _apply_to(edition, activity, effect["action"], effect)


def _apply_to(
    edition: Edition, activity: LiveActivity, action: ActivityAction, effect: Mapping[str, Any]
) -> None:
    state, at = activity.state, datetime.fromisoformat(effect["at"])
    match action:
        case "freeze":
            activity.change(frozen=True)
        case "resume":
            activity.change(frozen=False)
        case "send_now":
            title, message = effect.get("title"), effect.get("message")
            words = WordsByHand(title, message, at) if title or message else state.words_by_hand
            activity.change(
                overrides=with_overrides(state.overrides, overrides_for(activity.number, effect)),
                words_by_hand=words,
            )
        case "release":
            activity.change(overrides=released(state.overrides, effect.get("field")))
            breaches = (effect.get("held") or {}).get(str(activity.number), ())
            release_breaches(edition, activity, [Breach.from_json(each) for each in breaches], at)
        case "shift":
            activity.shift(Shift(at, timedelta(minutes=effect["minutes"])))
        case "move_end":
            activity.move_end(datetime.fromisoformat(effect["ends_at"]))
        case "end_now":
            if state.stop_request is None:
                activity.change(
                    overrides=with_overrides(state.overrides, overrides_for(activity.number, effect)),
                    stop_request=StopRequest(
                        "ended", at, title=effect.get("title"), message=effect.get("message")
                    ),
                )
        case _:
            assert_never(action)


async def reapply_effects(edition: Edition) -> None:
    """Applies again what was recorded before this run took the edition over; people are looked up in a thread.

    An action that only a newer version knows is left out and reported: an error here would end the campaign.
    """
    for effect in recorded_effects(edition):
        if effect["action"] not in ACTIONS:
            edition.emit(
                "doubtful", f"{effect['action']}: not applied again; a newer version recorded this command"
            )
            continue
        table = None
        if effect["action"] in ("add_people", "remove_people"):
            table = await run_in_daemon_thread(_look_up_again, edition, effect)
        apply_effect(edition, effect, table)


def recorded_effects(edition: Edition) -> list[Mapping[str, Any]]:
    """The effects that a run which takes the edition over has to apply, in their order."""
    effects = [command.effect for command in edition.ledger.commands() if command.effect is not None]
    followed = [effect for effect in effects if effect["action"] == "change_timeline"]
    # Only the last timeline that the campaign followed is read again: the others may be gone.
    return [effect for effect in effects if effect not in followed[:-1]]


def _look_up_again(edition: Edition, effect: Mapping[str, Any]) -> CommandTable | None:
    """What the people of a recorded effect change."""
    if edition.roster is None:
        return None
    people = StagedSegment.load(effect["folder"])
    return CommandTable(change=edition.roster.prepare(people, adding=effect["action"] == "add_people"))


def meant_by(edition: Edition, effect: Mapping[str, Any]) -> list[LiveActivity]:
    """The activities that an effect is for: all that its key names, or `only` some of them."""
    return [each for each in edition.activities if is_target(each.number, each.key, effect)]


def is_target(number: int, key: Mapping[str, str], effect: Mapping[str, Any]) -> bool:
    """Whether an effect holds for the activity of that number and key.

    For activities that joined after the command (there were `count` then), times and freezing hold, content does not.
    """
    if any(key.get(name) != value for name, value in (effect.get("key") or {}).items()):
        return False
    only, count = effect.get("only"), effect.get("count")
    if count is not None and number >= count:
        return effect.get("action") not in ("send_now", "release")
    return only is None or number in only


def targets_of(edition: Edition, key: Mapping[str, str] | None, action: str) -> list[LiveActivity]:
    """The activities that a command can change. Raises `InvalidInput` where there is none any more.

    The list is empty for an `end_now` of a campaign that only waits for activities that phones open.
    """
    running = [each for each in meant_by(edition, {"key": key}) if each.state.over is None]
    if not running and action == "end_now" and not key and edition.waits_for_activities:
        return []  # it ends the wait
    if not running:
        raise invalid(
            "no_such_activity",
            f"no running activity has the key {dict(key)}" if key else "no activity is running",
        )
    targets = [each for each in running if not _past(each, action)]
    if not targets:
        raise invalid(
            "ends_already",
            f"{name_of_targets(running)} {'is' if len(running) == 1 else 'are'} being ended, "
            "and the final content is on its way",
        )
    return targets


def _past(activity: LiveActivity, action: str) -> bool:
    """Whether it is too late for an action: an end whose time has come is neither moved nor held."""
    if action in ("add_people", "remove_people"):
        return False  # the answer says that it has started
    # The final content may be corrected until the end itself is sent.
    if action in ("send_now", "end_now", "release"):
        return activity.stopping or activity.state.end_sent
    return activity.closing


def name_of_targets(targets: list[LiveActivity]) -> str:
    """How an answer calls the activities that a command is for."""
    if len(targets) > 1:
        return f"{len(targets):,} activities"
    return str(targets[0]) if targets[0].key else "the activity"


def overrides_for(number: int, effect: Mapping[str, Any]) -> tuple[Override, ...]:
    """The overrides of the activity of that number in a recorded effect."""
    for group in effect.get("overrides") or ():
        if number in group["numbers"]:
            return tuple(Override.from_json(each) for each in group["overrides"])
    return ()
