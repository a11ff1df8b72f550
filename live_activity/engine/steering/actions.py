"""What a person tells a living campaign: checked, made an effect, booked, done; and done again when it is resumed.

An effect is plain data in the ledger, so that a run that takes a dead one over stands where that one stood.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, get_args
from zoneinfo import ZoneInfo

from live_activity.campaign.contract_check import content_findings
from live_activity.campaign.paths import join
from live_activity.campaign.planning import FARTHEST_EXPIRY
from live_activity.core.content import Content, cell_value, plain_json
from live_activity.core.findings import InvalidInput, invalid
from live_activity.core.suggestions import did_you_mean
from live_activity.core.times import in_utc
from live_activity.decision.next_step import end_of
from live_activity.decision.schedule import Shift
from live_activity.decision.state import SentNow, StopRequest
from live_activity.engine.activity import LiveActivity
from live_activity.engine.edition import Edition
from live_activity.ledger import Command, LedgerUnwritable, LostLease
from live_activity.segment import StagedSegment
from live_activity.sources.timeline_source import Source
from live_activity.timeline import Timeline

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
]
ACTIONS: tuple[str, ...] = get_args(Action)

Effect = dict[str, Any]


def checked(action: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of an action, before they go into the ledger. Raises `InvalidInput` that says the mend."""
    if action not in ACTIONS:
        mend = did_you_mean(action, ACTIONS) or f"; there are {', '.join(ACTIONS)}"
        raise invalid("unknown_action", f"there is no action {action!r}{mend}")
    given = {name: value for name, value in arguments.items() if value not in (None, "")}
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
    takes = {*needs, *(("title", "message", "state") if action in ("send_now", "end_now") else ())}
    for name in given:
        if name not in takes:
            raise invalid(
                "argument_unknown", f"{action} takes no {name}; leave it empty", where=action, column=name
            )
    if "state" in given:
        given["state"] = _state(given["state"])
    if "minutes" in given:
        given["minutes"] = _minutes(given["minutes"])
    return given


@dataclass(frozen=True, slots=True)
class Ahead:
    """What the table of a command says, or why it cannot be read.

    `people` are staged in `folder` where it is not too late for them; `accepted` is how many the table has.
    """

    source: Source | None = None
    timeline: Timeline | None = None
    folder: str | None = None
    people: StagedSegment | None = None
    accepted: int = 0
    refused: InvalidInput | None = None


def names_table(command: Command) -> bool:
    """Whether a table is to be read before the command can be obeyed."""
    return isinstance(command.arguments.get("table"), str)


def read_ahead(edition: Edition, command: Command) -> Ahead | None:
    """Reads the table that a command names, None where it names none.

    That takes a while for many people, or where a server hangs, so it may be done in a thread while pushes go on.
    """
    if not names_table(command):
        return None
    table = str(command.arguments["table"])
    path = join(edition.inputs_base, table)
    try:
        if command.action == "change_timeline":
            source = edition.source_at(path)
            return Ahead(source=source, timeline=edition.read_timeline(source))
        adding = command.action == "add_people"
        if any(each.locked for each in _targets(edition, command.key, command.action)):
            return Ahead(accepted=edition.count_people(path, adding=adding).accepted)
        folder, people = edition.stage_delta(path, number=command.id, adding=adding)
        return Ahead(folder=folder, people=people, accepted=people.accepted)
    except InvalidInput as refused:
        return Ahead(refused=refused)
    except Exception as trouble:  # its text may name a person, so it is not told
        return Ahead(refused=invalid("unforeseen", f"it ended in {type(trouble).__name__}"))


def obey(edition: Edition, command: Command, ahead: Ahead | None = None) -> str:
    """Does what was told and books it; the answer is one line that tells the consequence, or why it was not done.

    `ahead` is what its table says; without it that is read here.
    """
    try:
        targets = _targets(edition, command.key, command.action)
        effect: Effect = {
            "action": command.action,
            "at": edition.clock.now().isoformat(),
            "number": command.id,
            "key": dict(command.key) if command.key else None,
        }
        if len(targets) < len(_meant(edition, effect)):
            effect["only"] = [each.number for each in targets]
        given = checked(command.action, command.arguments)
        ahead = ahead or read_ahead(edition, command)
        if ahead is not None and ahead.refused is not None:
            raise ahead.refused
        answer = _PLANS[command.action](edition, targets, given, effect, ahead)
    except InvalidInput as refused:
        answer = "not done: " + "; ".join(str(finding) for finding in refused.findings)
        return _answered(edition, command, answer, None)
    except (LedgerUnwritable, LostLease):
        raise
    except (
        Exception
    ) as trouble:  # asked again it would end the same; its text may name a person, so it is not told
        return _answered(edition, command, f"not done: it ended in {type(trouble).__name__}", None)
    # Booked first: what was told is done by whoever plays the edition next, even if this run dies right now.
    return _answered(edition, command, answer, effect, ahead)


def _answered(
    edition: Edition, command: Command, answer: str, effect: Effect | None, ahead: Ahead | None = None
) -> str:
    edition.ledger.obeyed(command.id, answer=answer, effect=effect, at=edition.clock.now())
    if effect is not None:
        apply(edition, effect, ahead)
    edition.tell("steered", f"{command.action}: {answer}")
    return answer


def apply(edition: Edition, effect: Mapping[str, Any], ahead: Ahead | None = None) -> None:
    """Does an effect to the activities that it names; `ahead` is what its table says, where that was read already."""
    at = datetime.fromisoformat(effect["at"])
    if effect["action"] == "change_timeline":
        if ahead is not None and ahead.source is not None and ahead.timeline is not None:
            edition.follow(effect["table"], ahead.source, ahead.timeline)
        else:
            edition.follow(effect["table"])
        return
    if effect["action"] in ("add_people", "remove_people"):
        edition.take_delta(effect["action"], effect["folder"])
        return
    for activity in _meant(edition, effect):
        state = activity.state
        match effect["action"]:
            case "freeze":
                activity.change(frozen=True)
            case "resume":
                activity.change(frozen=False)
            case "send_now":
                activity.change(sent_now=SentNow(Content.from_body(effect["content"]), at))
            case "shift":
                activity.shift(Shift(at, timedelta(minutes=effect["minutes"])))
            case "move_end":
                activity.move_end(datetime.fromisoformat(effect["ends_at"]))
            case "end_now" if state.stop_request is None:
                content = Content.from_body(effect["content"]) if effect.get("content") else None
                activity.change(
                    stop_request=StopRequest(
                        "ended", at, title=effect.get("title"), message=effect.get("message"), content=content
                    )
                )


def resume_effects(edition: Edition) -> None:
    """Does again what was told before this run took the edition over."""
    effects = [command.effect for command in edition.ledger.commands() if command.effect is not None]
    followed = [effect for effect in effects if effect["action"] == "change_timeline"]
    for effect in effects:
        # Of all the tables that it was told to follow the last one counts: the others may be gone.
        if effect not in followed[:-1]:
            apply(edition, effect)


Plan = Callable[[Edition, list[LiveActivity], Mapping[str, Any], Effect, Ahead | None], str]


def _freeze(
    edition: Edition, targets: list[LiveActivity], given: Mapping[str, Any], effect: Effect, _: Ahead | None
) -> str:
    return f"{_many(targets)} frozen: nothing is sent, {_ends(targets, edition.campaign.zone)}"


def _resume(
    edition: Edition, targets: list[LiveActivity], given: Mapping[str, Any], effect: Effect, _: Ahead | None
) -> str:
    return f"{_many(targets)} resumed: the newest content goes out, {_ends(targets, edition.campaign.zone)}"


def _send_now(
    edition: Edition, targets: list[LiveActivity], given: Mapping[str, Any], effect: Effect, _: Ahead | None
) -> str:
    content = Content(title=given.get("title"), message=given.get("message"), state=given["state"])
    content = _held_against_contract(edition, content)
    unstarted = [each for each in targets if not each.state.started]
    if unstarted and (content.title is None or content.message is None):
        raise invalid("start_without_text", "it has not started yet, and a start needs a title and a message")
    effect["content"] = content.body()
    now = edition.clock.now()
    later = [due for each in targets if (due := each.schedule.next_due(now)) is not None]
    zone = edition.campaign.zone
    until = f"stays until the next row at {_time(min(later), zone)}" if later else "stays until the end"
    held = (
        "; it is frozen, so nothing leaves before it is resumed"
        if any(t.state.frozen for t in targets)
        else ""
    )
    return f"goes to {_many(targets)} and {until}{held}"


def _shift(
    edition: Edition, targets: list[LiveActivity], given: Mapping[str, Any], effect: Effect, _: Ahead | None
) -> str:
    minutes, zone = given["minutes"], edition.campaign.zone
    by, now = timedelta(minutes=minutes), edition.clock.now()
    for each in targets:
        end, limit = each.expected.ends_at, _latest_end(each, now, by=by)
        if end is not None and end + by >= limit:
            raise invalid(
                "beyond_expiry",
                f"the end would come at {_time(end + by, zone)}, and the vendor's limit is {_time(limit, zone)}; "
                "shift by less",
            )
    effect["minutes"] = minutes
    rows = sum(len(each.schedule.rows) - each.schedule.due_by(now) for each in targets)
    ends = [end + by for each in targets if (end := end_of(each.schedule, each.state)) is not None]
    starts = sum(not each.state.started for each in targets)
    moved = f"{rows:,} {'row' if rows == 1 else 'rows'} moved"
    start = f"; {starts:,} {'start' if starts == 1 else 'starts'} moved" if starts else ""
    return f"{moved}{start}; ends {_time(max(ends), zone) if ends else 'when told'}; {_limit(targets, zone)}"


def _move_end(
    edition: Edition, targets: list[LiveActivity], given: Mapping[str, Any], effect: Effect, _: Ahead | None
) -> str:
    zone, now = edition.campaign.zone, edition.clock.now()
    ends_at = _moment(str(given["ends_at"]), zone)
    if ends_at <= now:
        raise invalid("end_in_the_past", f"{_time(ends_at, zone)} is over; use end_now to end at once")
    for each in targets:
        limit = _latest_end(each, now)
        if ends_at >= limit:
            raise invalid(
                "beyond_expiry",
                f"the vendor's limit is {_time(limit, zone)}; name a time before it",
                where="move_end",
            )
    effect["ends_at"] = ends_at.isoformat()
    early = sum(not each.state.started and ends_at <= each.expected.starts_at for each in targets)
    lost = (
        f"; {early:,} would start later than that, and {'is' if early == 1 else 'are'} not started"
        if early
        else ""
    )
    return f"the end of {_many(targets)} is moved to {_time(ends_at, zone)}; {_limit(targets, zone)}{lost}"


def _change_timeline(
    edition: Edition, _: list[LiveActivity], given: Mapping[str, Any], effect: Effect, ahead: Ahead | None
) -> str:
    assert ahead is not None  # checked: it names a table
    timeline = ahead.timeline
    assert timeline is not None  # it was read
    if not timeline.rows:
        raise InvalidInput(timeline.findings)
    effect["table"] = join(edition.inputs_base, str(given["table"]))
    bad = sum(finding.severity == "error" for finding in timeline.findings)
    left_out = f", {bad:,} with errors left out" if bad else ""
    return f"follows {given['table']} from now on: {len(timeline.rows):,} rows{left_out}"


def _people(
    edition: Edition,
    targets: list[LiveActivity],
    given: Mapping[str, Any],
    effect: Effect,
    ahead: Ahead | None,
) -> str:
    adding = effect["action"] == "add_people"
    started = [each for each in targets if each.locked]
    assert ahead is not None  # checked: it names a table
    if started or ahead.people is None:
        if ahead.people is not None:
            ahead.people.discard()
        raise invalid(
            "already_started",
            f"{ahead.accepted:,} people were not {'added' if adding else 'removed'}: "
            f"{_many(started or targets)} started already, and the vendor locks it",
        )
    effect["folder"], delta = ahead.folder, ahead.people
    rejected = f", {delta.rejected:,} rows rejected" if delta.rejected else ""
    strangers = edition.roster.strangers(delta) if edition.roster is not None else 0
    without = f", {strangers:,} have the split values of no activity and are left out" if strangers else ""
    return f"{delta.accepted - strangers:,} people are {'added' if adding else 'removed'}{rejected}{without}"


def _end_now(
    edition: Edition, targets: list[LiveActivity], given: Mapping[str, Any], effect: Effect, _: Ahead | None
) -> str:
    if "state" in given:
        content = Content(title=given.get("title"), message=given.get("message"), state=given["state"])
        effect["content"] = _held_against_contract(edition, content).body()
    effect["title"], effect["message"] = given.get("title"), given.get("message")
    own = " and the words given" if "title" in given or "message" in given else ""
    words = "the content given" if "state" in given else f"the last content that was due{own}"
    unstarted = sum(not each.state.started for each in targets)
    left = f"; never started, and left to expire: {unstarted:,}" if unstarted else ""
    told = "are" if len(targets) > 1 else "is"
    return f"{_many(targets)} {told} told to end now, with {words}{left}"


_PLANS: dict[str, Plan] = {
    "freeze": _freeze,
    "resume": _resume,
    "send_now": _send_now,
    "shift": _shift,
    "move_end": _move_end,
    "change_timeline": _change_timeline,
    "add_people": _people,
    "remove_people": _people,
    "end_now": _end_now,
}


def _held_against_contract(edition: Edition, content: Content) -> Content:
    """The content as the phones decode it. Raises `InvalidInput` where they would drop it."""
    if edition.contract is None:
        return content
    content, findings = content_findings(content, edition.contract, event="update", now=edition.clock.now())
    errors = [finding for finding in findings if finding.severity == "error"]
    if errors:
        raise InvalidInput(errors)
    return content


def _meant(edition: Edition, effect: Mapping[str, Any]) -> list[LiveActivity]:
    """The activities that an effect is for: all that its key names, or `only` some of them."""
    named, only = (effect.get("key") or {}).items(), effect.get("only")
    return [
        each
        for each in edition.activities
        if all(each.key.get(name) == value for name, value in named) and (only is None or each.number in only)
    ]


def _targets(edition: Edition, key: Mapping[str, str] | None, action: str) -> list[LiveActivity]:
    living = [each for each in _meant(edition, {"key": key}) if each.state.over is None]
    if not living:
        raise invalid(
            "no_such_activity", f"no living activity has the key {dict(key)}" if key else "nothing is alive"
        )
    targets = [each for each in living if not _past(each, action)]
    if not targets:
        raise invalid(
            "ends_already",
            f"{_many(living)} {'is' if len(living) == 1 else 'are'} being ended, and the final content is on its way",
        )
    return targets


def _past(activity: LiveActivity, action: str) -> bool:
    """Whether an activity has come too far for an action: an end that has come is neither moved nor held."""
    if action in ("add_people", "remove_people"):
        return False  # these are told that it has started
    if action in ("send_now", "end_now"):  # the final content may be mended until the end itself leaves
        return activity.stopping or activity.state.end_sent
    return activity.closing


def _latest_end(activity: LiveActivity, now: datetime, *, by: timedelta = timedelta(0)) -> datetime:
    """The vendor's limit, or the farthest that there can be where it has yet to be registered (`by` so much later)."""
    plan = activity.state.plan
    return plan.expires_at or max(now, plan.registers_at + by) + FARTHEST_EXPIRY


def _state(value: Any) -> dict[str, Any]:
    try:
        # A shell and a form give text, which is read as a table's cell is.
        value = cell_value(value) if isinstance(value, str) else plain_json(value)
    except ValueError as error:
        raise invalid("state_no_json", str(error), where="steer", column="state") from None
    if not isinstance(value, dict):
        raise invalid(
            "state_no_object", 'is no JSON object such as {"homeScore": 1}', where="steer", column="state"
        )
    return value


def _minutes(value: Any) -> float:
    try:
        minutes = float(value)
    except (TypeError, ValueError):
        raise invalid("minutes_no_number", f"{value!r} is no number of minutes", where="shift") from None
    if not -7 * 24 * 60 <= minutes <= 7 * 24 * 60 or minutes == 0:
        raise invalid(
            "minutes_out_of_range", "is 0, or more than a week; name minutes, such as 20 or -5", where="shift"
        )
    return minutes


def _moment(written: str, zone: ZoneInfo) -> datetime:
    how = "write it like 2026-07-19 22:35 or 2026-07-19T22:35:00Z"
    try:
        moment = datetime.fromisoformat(written.strip())
    except ValueError:
        told = f"{written!r} is no date and time; {how}"
    else:
        try:
            return in_utc(moment, zone=zone)
        except ValueError as error:
            told = f"{error}; {how}"
    raise invalid("wrong_time", told, where="move_end", column="ends_at")


def _many(targets: list[LiveActivity]) -> str:
    if len(targets) > 1:
        return f"{len(targets):,} activities"
    return str(targets[0]) if targets[0].key else "the activity"


def _ends(targets: list[LiveActivity], zone: ZoneInfo) -> str:
    ends = [end for each in targets if (end := end_of(each.schedule, each.state)) is not None]
    return f"ends {_time(max(ends), zone)}" if ends else "without an end of its own"


def _limit(targets: list[LiveActivity], zone: ZoneInfo) -> str:
    limits = [each.state.plan.expires_at for each in targets if each.state.plan.expires_at is not None]
    return f"the vendor's limit is {_time(min(limits), zone)}" if limits else "it is not registered yet"


def _time(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M:%S} {zone.key}"
