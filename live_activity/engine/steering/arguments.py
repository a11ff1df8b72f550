"""The steering actions and their arguments, checked before they go into the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args
from zoneinfo import ZoneInfo

from live_activity.core.content import cell_value, plain_json
from live_activity.core.findings import InvalidInput, invalid
from live_activity.core.suggestions import did_you_mean
from live_activity.core.times import parse_moment

Action = Literal[
    "freeze",
    "resume",
    "send_now",
    "shift",
    "move_end",
    "change_timeline",
    "add_people",
    "remove_people",
    "end_now",
    "release",
    "approve",
    "reject",
]
# The actions that change single activities; the others change the whole campaign.
ActivityAction = Literal["freeze", "resume", "send_now", "shift", "move_end", "end_now", "release"]
ACTIONS: tuple[Action, ...] = get_args(Action)


@dataclass(frozen=True, slots=True)
class Arguments:
    """The names of the arguments that an action needs, and of those that it takes besides."""

    needed: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Every argument of the action."""
        return (*self.needed, *self.optional)


ARGUMENTS: Mapping[Action, Arguments] = {
    "freeze": Arguments(),
    "resume": Arguments(),
    "send_now": Arguments(("state",), ("title", "message", "confirm")),
    "shift": Arguments(("minutes",)),
    "move_end": Arguments(("ends_at",)),
    "change_timeline": Arguments(("table",)),
    "add_people": Arguments(("table",)),
    "remove_people": Arguments(("table",)),
    "end_now": Arguments((), ("title", "message", "state", "confirm")),
    "release": Arguments((), ("field",)),
    "approve": Arguments((), ("note",)),
    "reject": Arguments((), ("note",)),
}


def known_action(name: str) -> Action:
    """The action of that name. Raises `InvalidInput` with the nearest name where there is none."""
    if name not in ACTIONS:
        hint = did_you_mean(name, ACTIONS) or f"; there are {', '.join(ACTIONS)}"
        raise invalid("unknown_action", f"there is no action {name!r}{hint}")
    return name


def check_arguments(action: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of an action, before they go into the ledger. Raises `InvalidInput` that says how to fix it."""
    known = ARGUMENTS[known_action(action)]
    given = {
        name: value for name, value in arguments.items() if value not in (None, "") and value is not False
    }
    for name in known.needed:
        if name not in given:
            raise invalid("argument_missing", f"{action} needs {name}", where=action, column=name)
    for name in given:
        if name not in known.names:
            raise invalid(
                "argument_unknown", f"{action} takes no {name}; leave it empty", where=action, column=name
            )
    if "state" in given:
        given["state"] = _state_of(given["state"])
    if "minutes" in given:
        given["minutes"] = _minutes_of(given["minutes"])
    return given


def refusal(refused: InvalidInput) -> str:
    """Why a command is not done: a line for each finding."""
    return "not done: " + "\n".join(str(finding) for finding in refused.findings)


def _state_of(value: Any) -> dict[str, Any]:
    try:
        # A shell and a form give text, which is read as a table's cell is.
        value = cell_value(value) if isinstance(value, str) else plain_json(value)
    except ValueError as error:
        raise invalid("state_no_json", str(error), where="steer", column="state") from None
    if not isinstance(value, dict):
        raise invalid(
            "state_no_object", 'must be a JSON object such as {"homeScore": 1}', where="steer", column="state"
        )
    return value


def _minutes_of(value: Any) -> float:
    try:
        minutes = float(value)
    except (TypeError, ValueError):
        raise invalid("minutes_no_number", f"{value!r} is not a number of minutes", where="shift") from None
    if not -7 * 24 * 60 <= minutes <= 7 * 24 * 60 or minutes == 0:
        raise invalid(
            "minutes_out_of_range", "is 0, or more than a week; name minutes, such as 20 or -5", where="shift"
        )
    return minutes


def end_time_of(written: str, zone: ZoneInfo) -> datetime:
    """The time that `move_end` names, in UTC. Raises `InvalidInput`."""
    try:
        return parse_moment(written, zone=zone)
    except ValueError as error:
        raise invalid("wrong_time", str(error), where="move_end", column="ends_at") from None
