"""The state of each activity after its steering commands: frozen or not, and the fields that were set by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, assert_never

from live_activity.core.content import ABSENT, Absent, Content, Json, same_json
from live_activity.decision.overrides import Override, apply, overrides_of, released, value_at, with_overrides
from live_activity.desk.push_rows import PushRow
from live_activity.desk.reading import ActivityRow
from live_activity.engine.steering.arguments import ACTIONS, Action
from live_activity.engine.steering.effects import is_target, overrides_for
from live_activity.ledger import Command


@dataclass(slots=True)
class Steered:
    """What steering commands have set for one activity. `waiting` are commands that were not carried out yet."""

    frozen: bool = False
    overrides: tuple[Override, ...] = ()
    ending: bool = False
    waiting: list[Command] = field(default_factory=list)


def steered(activities: Sequence[ActivityRow], commands: Sequence[Command]) -> dict[int, Steered]:
    """Returns by activity number what commands have set, without overrides that the feed has replaced since."""
    found = {each.number: Steered() for each in activities}
    for command in commands:
        effect = command.effect
        for activity in activities:
            if effect is not None and _is_for(activity, effect):
                if effect["action"] in ACTIONS:  # a newer version may know more actions
                    _apply(found[activity.number], activity.number, effect)
            elif command.obeyed_at is None and _is_for(activity, {"key": command.key}):
                found[activity.number].waiting.append(command)
    for activity in activities:
        state = found[activity.number]
        if state.overrides and activity.shown is not None:
            state.overrides = tuple(each for each in state.overrides if not _lapsed(each, activity.shown))
    return found


def known_state(shown: PushRow | None, activity: ActivityRow, commands: Sequence[Command]) -> dict[str, Json]:
    """The state that an activity shows after the push `shown` and after the commands that are not in it yet."""
    content = content_of(shown) or Content(None, None, {})
    for command in commands:
        if command.action not in ("send_now", "end_now"):
            continue
        new: tuple[Override, ...] = ()
        effect = command.effect
        if effect is not None and _is_for(activity, effect):
            if shown is None or datetime.fromisoformat(effect["at"]) > shown.at:
                new = overrides_for(activity.number, effect)
        elif command.obeyed_at is None and _is_for(activity, {"key": command.key}):
            given = command.arguments.get("state")
            if isinstance(given, Mapping):
                new = overrides_of(given, content.state, author=command.author, at=command.asked_at)
        if new:
            content = apply(content, new, None).content
    return dict(content.state)


def content_of(push: PushRow | None) -> Content | None:
    """The content of a push."""
    return Content.from_body(push.content) if push is not None else None


def feed_state(shown: Content, overrides: Sequence[Override]) -> dict[str, Any]:
    """The state by the feed alone: what is shown, without what was set by hand."""
    known = [each for each in overrides if not isinstance(each.feed, Absent)]
    state: dict[str, Any] = apply(
        shown, [Override(each.path, _json(each.feed), ABSENT, None, each.at) for each in known], None
    ).content.body()["content_state"]
    for each in overrides:
        if isinstance(each.feed, Absent) and len(each.path) == 1:
            state.pop(each.path[0], None)
    return state


def _json(value: Json | Absent) -> Json:
    return None if isinstance(value, Absent) else value


def _lapsed(override: Override, shown: PushRow) -> bool:
    if shown.at <= override.at:
        return False
    value = value_at(shown.content.get("content_state") or {}, override.path)
    return isinstance(value, Absent) or not same_json(value, override.value)


def _is_for(activity: ActivityRow, effect: Mapping[str, Any]) -> bool:
    return is_target(activity.number, activity.key, effect)


def _apply(state: Steered, number: int, effect: Mapping[str, Any]) -> None:
    action: Action = effect["action"]
    match action:
        case "freeze":
            state.frozen = True
        case "resume":
            state.frozen = False
        case "send_now":
            state.overrides = with_overrides(state.overrides, overrides_for(number, effect))
        case "end_now":
            state.overrides = with_overrides(state.overrides, overrides_for(number, effect))
            state.ending = True
        case "release":
            state.overrides = released(state.overrides, effect.get("field"))
        case "shift" | "move_end" | "change_timeline" | "add_people" | "remove_people" | "approve" | "reject":
            pass  # it changes nothing that is shown here
        case _:
            assert_never(action)
