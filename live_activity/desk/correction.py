"""Prepares a correction from the edits in a form: checks it, labels it, and says what has to be confirmed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from live_activity.campaign.contract_check import content_findings
from live_activity.campaign.guard_check import enum_fields
from live_activity.core.apple_limits import json_bytes
from live_activity.core.content import Absent, Content, Json, same_json
from live_activity.core.formatting import count_of
from live_activity.decision.guards import breaches_by_hand
from live_activity.decision.overrides import apply, overrides_of, value_at
from live_activity.desk.activity_view import ActivityView
from live_activity.desk.campaign_view import CampaignView
from live_activity.desk.card_view import draw_card, short_name
from live_activity.desk.fields import FormField, form_fields, parse_value
from live_activity.desk.push_rows import PushRow, shown_at
from live_activity.desk.steering_state import known_state
from live_activity.ledger import Database

LONGEST_WORDS = 500
MOST_EDITS = 100


@dataclass(frozen=True, slots=True)
class Edits:
    """A posted form: the edited fields as text, and the newest push and command when the form was drawn.

    `number` is the activity; None for all that are not over.
    """

    number: int | None
    values: Mapping[str, str]
    title: str | None
    message: str | None
    push: int
    command: int

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> Edits:
        """Reads the posted JSON. Raises ValueError if its form is wrong."""
        values, number = body.get("edits", {}), body.get("number")
        if not isinstance(values, dict) or len(values) > MOST_EDITS:
            raise ValueError(f"edits must be an object of at most {MOST_EDITS} fields")
        if not all(isinstance(each, str) for each in values.values()):
            raise ValueError("edits must have texts as values")
        if number is not None and (not isinstance(number, int) or isinstance(number, bool)):
            raise ValueError("number must be the number of an activity, or null for all")
        return cls(
            number,
            values,
            _words(body.get("title"), "title"),
            _words(body.get("message"), "message"),
            _id(body.get("push"), "push"),
            _id(body.get("command"), "command"),
        )


@dataclass(frozen=True, slots=True)
class Conflict:
    """A field that changed since the form was drawn."""

    activity: str
    path: str
    drawn: Any
    now: Any
    yours: Any


@dataclass(frozen=True, slots=True)
class Prepared:
    """A correction that is ready to be sent, or the reasons why it cannot be sent.

    A person has to answer all `questions` with yes before it is sent.
    """

    targets: tuple[ActivityView, ...]
    state: Mapping[str, Json]
    label: str
    card: str
    questions: tuple[str, ...] = ()
    breaks_guard: bool = False
    problems: tuple[str, ...] = ()
    conflicts: tuple[Conflict, ...] = ()


def prepare(database: Database, view: CampaignView, edits: Edits, now: datetime) -> Prepared:
    """Checks a correction against the current state. Raises ValueError if no activity is left to correct."""
    targets = targets_of(view, edits.number)
    first = targets[0]
    content = first.content or Content(None, None, {})
    commands = view.ledger.commands
    fields = {
        each.path: each
        for each in form_fields(known_state(first.row.shown, first.row, commands), view.contract)
    }
    state, problems = _parsed(fields, edits.values)
    conflicts = _conflicts(database, view, targets, state, edits)
    before = replace(content, state=known_state(first.row.shown, first.row, commands))
    new = overrides_of(state, before.state, author=None, at=now)
    after = replace(apply(before, new, None).content, title=edits.title or content.title)
    after = replace(after, message=edits.message or content.message)
    if state or edits.title or edits.message:
        after, found = content_findings(
            after,
            view.contract,
            event="update",
            static_attributes=max((each.row.attributes for each in targets), key=json_bytes),
            now=now,
        )
        problems += [str(each) for each in found if each.severity == "error"]
    broken = _broken_guards(view, targets, state, now) if state else ()
    return Prepared(
        targets=targets,
        state=state,
        label=label_of(view, targets, before, after, edits, state),
        card=str(
            draw_card(
                first.row.activity_type,
                after,
                first.row.attributes,
                contract=view.contract,
                card_file=view.card_file,
                zone=view.zone,
                now=now,
            )
        ),
        questions=tuple(_questions(targets, edits, broken)),
        breaks_guard=bool(broken),
        problems=tuple(problems),
        conflicts=conflicts,
    )


def targets_of(view: CampaignView, number: int | None) -> tuple[ActivityView, ...]:
    """The activity with that number, or all, if not over. Raises ValueError if there is none."""
    targets = tuple(each for each in view.living if number is None or each.number == number)
    if not targets:
        raise ValueError("no activity is running here any more; nothing was sent")
    return targets


def label_of(
    view: CampaignView,
    targets: Sequence[ActivityView],
    before: Content,
    after: Content,
    edits: Edits,
    state: Mapping[str, Json],
) -> str:
    """The label of the button, which says exactly what it does."""
    if not state and not (edits.title or edits.message):
        return "Nothing is edited yet"
    reach = phones_of(targets)
    how = "with a phone alert" if edits.title or edits.message else "silently"
    many = f" in {count_of(len(targets), 'activity', 'activities')}" if len(targets) > 1 else ""
    name = None
    if len(targets) == 1:
        row = targets[0].row
        name, unchanged = (
            short_name(row.activity_type, each, row.attributes, view.contract, view.card_file)
            for each in (after, before)
        )
        if name == unchanged:
            name = None
    what = name or _changes(state)
    if not state:
        what = f"“{edits.title or edits.message}”"
    held = " once it is resumed" if all(each.steered.frozen for each in targets) else ""
    return f"Send {what} to {reach}{many}, {how}{held}"


def phones_of(targets: Sequence[ActivityView]) -> str:
    """How many phones a push to these activities goes to, as text."""
    phones = sum(each.phones for each in targets)
    if not phones and all(each.row.shown is None for each in targets):
        return "all phones when it starts"
    return count_of(phones, "phone")


def _changes(state: Mapping[str, Json]) -> str:
    parts = [f"{path} {_short(value)}" for path, value in state.items()]
    more = f" and {count_of(len(parts) - 2, 'more field')}" if len(parts) > 2 else ""
    return ", ".join(parts[:2]) + more


def _short(value: Json) -> str:
    text = "true" if value is True else "false" if value is False else str(value)
    return text if len(text) <= 40 else f"{text[:39]}…"


def _parsed(fields: Mapping[str, FormField], values: Mapping[str, str]) -> tuple[dict[str, Json], list[str]]:
    state: dict[str, Json] = {}
    problems = []
    for path, text in values.items():
        field = fields.get(path)
        if field is None:
            problems.append(f"{path[:100]} is not a field of this activity any more; load the form again")
            continue
        try:
            value = parse_value(field, text)
        except ValueError as error:
            problems.append(str(error))
            continue
        if not field.present or not same_json(value, field.value):
            state[path] = value
    return state, problems


def _conflicts(
    database: Database,
    view: CampaignView,
    targets: Sequence[ActivityView],
    state: Mapping[str, Json],
    edits: Edits,
) -> tuple[Conflict, ...]:
    """The edited fields whose value has changed since the form was drawn."""
    found = []
    drawn_commands = [each for each in view.ledger.commands if each.id <= edits.command]
    for target in targets:
        shown = target.row.shown
        drawn_push: PushRow | None = shown
        if shown is not None and shown.id > edits.push:
            drawn_push = shown_at(database, view.id, target.number, edits.push)
        drawn = known_state(drawn_push, target.row, drawn_commands)
        now = known_state(shown, target.row, view.ledger.commands)
        for path in edits.values:
            before, after = _value(drawn, path), _value(now, path)
            if not _is_same(before, after):
                yours = state.get(path, edits.values[path])
                found.append(Conflict(target.name, path, _plain(before), _plain(after), yours))
    return tuple(found)


def _questions(targets: Sequence[ActivityView], edits: Edits, broken: Sequence[str]) -> list[str]:
    asked = []
    if edits.title or edits.message:
        asked.append(f"{phones_of(targets)} will alert: they sound and light up. Send it with these words?")
    if len(targets) > 1:
        asked.append(f"This changes {len(targets):,} activities at once. Send it to all of them?")
    return asked + [f"A guard says: {reason}. Send it all the same?" for reason in broken]


def _broken_guards(
    view: CampaignView, targets: Sequence[ActivityView], state: Mapping[str, Json], now: datetime
) -> tuple[str, ...]:
    """Why guards would hold the content back, over all activities that it goes to."""
    configuration = view.configuration
    guards = configuration.parsed_guards if configuration is not None else ()
    if not guards:
        return ()
    enums = enum_fields(view.contract) if view.contract is not None else frozenset()
    reasons: dict[str, None] = {}
    for target in targets:
        before = Content(None, None, known_state(target.row.shown, target.row, view.ledger.commands))
        new = overrides_of(state, before.state, author=None, at=now)
        after = apply(before, new, None).content
        for each in breaches_by_hand(guards, after.state, target.guards, enums=enums):
            reasons[each.reason] = None
    return tuple(reasons)


def _value(state: Mapping[str, Json], path: str) -> Json | Absent:
    return value_at(state, (path,)) if path in state else value_at(state, tuple(path.split(".")))


def _is_same(one: Json | Absent, other: Json | Absent) -> bool:
    if isinstance(one, Absent) or isinstance(other, Absent):
        return one is other
    return same_json(one, other)


def _plain(value: Json | Absent) -> Any:
    return "nothing" if isinstance(value, Absent) else value


def _words(value: Any, name: str) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or len(value) > LONGEST_WORDS:
        raise ValueError(f"{name} must be a text of at most {LONGEST_WORDS} characters")
    return value.strip() or None


def _id(value: Any, name: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**62:
        raise ValueError(f"{name} must be the number from which the form was drawn")
    return value
