"""The steering actions and their arguments, checked before they go into the ledger."""

from __future__ import annotations

from collections.abc import Mapping
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
ACTIONS: tuple[str, ...] = get_args(Action)


def check_arguments(action: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of an action, before they go into the ledger. Raises `InvalidInput` that says how to fix it."""
    if action not in ACTIONS:
        hint = did_you_mean(action, ACTIONS) or f"; there are {', '.join(ACTIONS)}"
        raise invalid("unknown_action", f"there is no action {action!r}{hint}")
    given = {
        name: value for name, value in arguments.items() if value not in (None, "") and value is not False
    }
    needs = {
        "send_now": ("state",),
        "shift": ("minutes",),
        "move_end": ("ends_at",),
        "change_timeline": ("table",),
        "add_people": ("table",),
        "remove_people": ("table",),
    }.get(action, ())
    for name in needs:
        if name not in given:
            raise invalid("argument_missing", f"{action} needs {name}", where=action, column=name)
    takes = {
        *needs,
        *(("title", "message", "state", "confirm") if action in ("send_now", "end_now") else ()),
        *(("field",) if action == "release" else ()),
        *(("note",) if action in ("approve", "reject") else ()),
    }
    for name in given:
        if name not in takes:
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
