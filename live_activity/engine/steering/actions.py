"""Carrying out steering commands: a command is checked, turned into an effect, recorded, and then applied."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from live_activity.campaign.paths import join
from live_activity.campaign.planning import FARTHEST_EXPIRY
from live_activity.core.findings import InvalidInput, invalid
from live_activity.core.formatting import count_of
from live_activity.core.suggestions import did_you_mean
from live_activity.decision.next_step import end_of
from live_activity.decision.overrides import apply as apply_overrides
from live_activity.decision.overrides import released
from live_activity.decision.wanted import feed_content, overrides_in_force, wanted
from live_activity.engine.activity import LiveActivity
from live_activity.engine.approval import decision_of, open_question
from live_activity.engine.edition import Edition
from live_activity.engine.guarding import broken_by_hand, held_fields
from live_activity.engine.steering.arguments import check_arguments, end_time_of
from live_activity.engine.steering.corrections import (
    content_line,
    correct,
    describe_corrections,
    first_of,
)
from live_activity.engine.steering.effects import (
    CommandTable,
    Effect,
    apply_effect,
    meant_by,
    name_of_targets,
    read_table,
    targets_of,
)
from live_activity.ledger import Command, LedgerUnwritable, LostLease


def carry_out(edition: Edition, command: Command, table: CommandTable | None = None) -> str:
    """Carries out a command and records it; the answer is one line that says what follows, or why it was not done.

    `table` is the table that it names, as it was read; without it that is read here.
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
        given = check_arguments(command.action, command.arguments)
        table = table or read_table(edition, command)
        if table is not None and table.refused is not None:
            raise table.refused
        answer = _PLANS[command.action](edition, targets, given, effect, table)
    except InvalidInput as refused:
        answer = "not done: " + "; ".join(str(finding) for finding in refused.findings)
        return _answered(edition, command, answer, None)
    except (LedgerUnwritable, LostLease):
        raise
    except Exception as error:  # a repeat would end the same; its text may name a person, so it is not shown
        return _answered(edition, command, f"not done: it ended in {type(error).__name__}", None)
    # Recorded first: the run that plays the edition next applies it, even if this one dies right now.
    return _answered(edition, command, answer, effect, table)


def _answered(
    edition: Edition, command: Command, answer: str, effect: Effect | None, table: CommandTable | None = None
) -> str:
    edition.ledger.obeyed(command.id, answer=answer, effect=effect, at=edition.clock.now())
    if effect is not None:
        apply_effect(edition, effect, table)
    edition.emit("steered", f"{command.action}: {answer}")
    return answer


Plan = Callable[[Edition, list[LiveActivity], Mapping[str, Any], Effect, CommandTable | None], str]


def _freeze(
    edition: Edition,
    targets: list[LiveActivity],
    given: Mapping[str, Any],
    effect: Effect,
    _: CommandTable | None,
) -> str:
    return f"{name_of_targets(targets)} frozen: nothing is sent, {_ends(targets, edition.campaign.zone)}"


def _resume(
    edition: Edition,
    targets: list[LiveActivity],
    given: Mapping[str, Any],
    effect: Effect,
    _: CommandTable | None,
) -> str:
    now, first = edition.clock.now(), targets[0]
    found = wanted(first.schedule, first.state, now)
    newest = f" ({first_of(targets)}{content_line(found.content)})" if found is not None else ""
    ends = _ends(targets, edition.campaign.zone)
    return f"{name_of_targets(targets)} resumed: the newest content goes out{newest}, {ends}"


def _send_now(
    edition: Edition,
    targets: list[LiveActivity],
    given: Mapping[str, Any],
    effect: Effect,
    _: CommandTable | None,
) -> str:
    corrections = correct(edition, targets, given, effect)
    _confirm_broken_guards(edition, targets, given)
    for correction in corrections:
        opening = correction.activity.schedule.opening
        words = opening.content if opening is not None else correction.after
        if not correction.activity.state.started and not (
            (correction.after.title or words.title) and (correction.after.message or words.message)
        ):
            raise invalid(
                "start_without_text", "it has not started yet, and a start needs a title and a message"
            )
    effect["title"], effect["message"] = given.get("title"), given.get("message")
    held = (
        "; it is frozen, so nothing leaves before it is resumed"
        if any(t.state.frozen for t in targets)
        else ""
    )
    return f"goes to {name_of_targets(targets)}: {describe_corrections(edition, corrections)}{held}"


def _release(
    edition: Edition,
    targets: list[LiveActivity],
    given: Mapping[str, Any],
    effect: Effect,
    _: CommandTable | None,
) -> str:
    now = edition.clock.now()
    by_hand = [each for target in targets for each in overrides_in_force(target.schedule, target.state, now)]
    field = given.get("field")
    if field is not None and not any(each.field == field for each in by_hand):
        field = str(field).removeprefix("state.")
    let_go = sorted({each.field for each in by_hand} - {each.field for each in released(by_hand, field)})
    held = {
        str(target.number): [
            breach.as_json()
            for path, breach in held_fields(edition, target).items()
            if field is None or path == field
        ]
        for target in targets
    }
    let_go += sorted({breach["path"] for breaches in held.values() for breach in breaches} - {*let_go})
    if not let_go:
        fields = {each.field for each in by_hand} | {
            path for target in targets for path in held_fields(edition, target)
        }
        there = f"; there are {', '.join(sorted(fields))}" if fields else "; no field is set by hand or held"
        fix = (did_you_mean(str(field), fields) if field is not None else "") or there
        named = (
            f"{field!r} is neither set by hand nor held" if field is not None else "nothing is to be released"
        )
        raise invalid("nothing_to_release", f"{named}{fix}", where="release", column="field")
    effect["field"], effect["held"] = field, held
    first = targets[0]
    feed = feed_content(first.schedule, first.state, now)
    after = ""
    if feed is not None:
        left = released(overrides_in_force(first.schedule, first.state, now), field)
        after = f"; after: {first_of(targets)}{content_line(apply_overrides(feed, left, feed.state).content)}"
    return f"{', '.join(let_go)} of {name_of_targets(targets)} released: the feed's values count again{after}"


def _shift(
    edition: Edition,
    targets: list[LiveActivity],
    given: Mapping[str, Any],
    effect: Effect,
    _: CommandTable | None,
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
    return f"{moved}{start}; ends {_time(max(ends), zone) if ends else 'by hand'}; {_limit(targets, zone)}"


def _move_end(
    edition: Edition,
    targets: list[LiveActivity],
    given: Mapping[str, Any],
    effect: Effect,
    _: CommandTable | None,
) -> str:
    zone, now = edition.campaign.zone, edition.clock.now()
    ends_at = end_time_of(str(given["ends_at"]), zone)
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
    return f"the end of {name_of_targets(targets)} is moved to {_time(ends_at, zone)}; {_limit(targets, zone)}{lost}"


def _change_timeline(
    edition: Edition,
    _: list[LiveActivity],
    given: Mapping[str, Any],
    effect: Effect,
    table: CommandTable | None,
) -> str:
    assert table is not None  # checked: it names a table
    timeline = table.timeline
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
    table: CommandTable | None,
) -> str:
    adding = effect["action"] == "add_people"
    started = [each for each in targets if each.locked]
    assert table is not None  # checked: it names a table
    if started or table.people is None:
        if table.people is not None:
            table.people.discard()
        raise invalid(
            "already_started",
            f"{table.accepted:,} people were not {'added' if adding else 'removed'}: "
            f"{name_of_targets(started or targets)} started already, and the vendor locks it",
        )
    effect["folder"], delta = table.folder, table.people
    rejected = f", {delta.rejected:,} rows rejected" if delta.rejected else ""
    strangers = edition.roster.strangers(delta) if edition.roster is not None else 0
    without = f", {strangers:,} have the split values of no activity and are left out" if strangers else ""
    return f"{delta.accepted - strangers:,} people are {'added' if adding else 'removed'}{rejected}{without}"


def _end_now(
    edition: Edition,
    targets: list[LiveActivity],
    given: Mapping[str, Any],
    effect: Effect,
    _: CommandTable | None,
) -> str:
    final = ""
    if "state" in given:
        corrections = correct(edition, targets, given, effect)
        _confirm_broken_guards(edition, targets, given)
        final = f"; {first_of(targets)}it ends with {content_line(corrections[0].after)}"
    effect["title"], effect["message"] = given.get("title"), given.get("message")
    own = " and the words given" if "title" in given or "message" in given else ""
    words = "the content given" if "state" in given else f"the last content that was due{own}"
    unknown = sum(not each.state.started and each.locked for each in targets)
    unstarted = sum(not each.locked for each in targets)
    left = f"; never started, and left to expire: {unstarted:,}" if unstarted else ""
    if unknown:
        left += (
            f"; whether {count_of(unknown, 'start')} arrived is not known, so the end is sent as if "
            f"{'it' if unknown == 1 else 'they'} had"
        )
    verb = "are" if len(targets) > 1 else "is"
    return f"{name_of_targets(targets)} {verb} ended now, with {words}{left}{final}"


def _decide(
    edition: Edition,
    targets: list[LiveActivity],
    given: Mapping[str, Any],
    effect: Effect,
    _: CommandTable | None,
) -> str:
    action = effect["action"]
    if effect["key"]:
        raise invalid(
            "decision_for_all",
            f"{action} answers for the whole campaign; leave the activity empty",
            where=action,
        )
    if open_question(edition) is None:
        raise invalid("nothing_to_decide", _why_nothing_waits(edition), where=action)
    effect["note"] = str(given.get("note") or "")
    by = effect["author"] or "somebody who gave no name"
    if action == "reject":
        return f"rejected by {by}: nothing is sent to phones, and the campaign is over"
    people = sum(each.people.count for each in edition.activities)
    waits = [each.expected.starts_at for each in targets if each.times.given]
    starts = f"starts {_time(min(waits), edition.campaign.zone)}" if waits else "starts now"
    if waits and min(waits) <= edition.clock.now():
        starts = "starts now"
    return (
        f"approved by {by}: {name_of_targets(targets)} {starts}, for {count_of(people, 'person', 'people')}"
    )


def _why_nothing_waits(edition: Edition) -> str:
    decision = decision_of(edition)
    if decision is not None and decision.answer is not None:
        at = _time(decision.answered_at or decision.asked_at, edition.campaign.zone)
        by = f" by {decision.author}" if decision.author else ""
        return f"nothing waits for approval: the start was answered already ({decision.answer}{by} at {at})"
    if any(each.state.undecided for each in edition.activities):
        return "people are still being added, and the plan is not complete; answer once approval is asked for"
    return "nothing waits for approval"


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
    "release": _release,
    "approve": _decide,
    "reject": _decide,
}


def _confirm_broken_guards(edition: Edition, targets: list[LiveActivity], given: Mapping[str, Any]) -> None:
    """Content by hand is never held; where it breaks a guard, whoever sends it confirms it once more."""
    if given.get("confirm"):
        return
    reasons = {reason for each in targets for reason in broken_by_hand(edition, each, given["state"])}
    if reasons:
        raise invalid(
            "breaks_guard",
            f"it breaks a guard ({'; '.join(sorted(reasons))}); send it again with confirm if it is meant",
            where="steer",
            column="state",
        )


def _latest_end(activity: LiveActivity, now: datetime, *, by: timedelta = timedelta(0)) -> datetime:
    """The vendor's limit, or the farthest that there can be where it has yet to be registered (`by` so much later)."""
    plan = activity.state.plan
    return plan.expires_at or max(now, plan.registers_at + by) + FARTHEST_EXPIRY


def _ends(targets: list[LiveActivity], zone: ZoneInfo) -> str:
    ends = [end for each in targets if (end := end_of(each.schedule, each.state)) is not None]
    return f"ends {_time(max(ends), zone)}" if ends else "without an end of its own"


def _limit(targets: list[LiveActivity], zone: ZoneInfo) -> str:
    limits = [each.state.plan.expires_at for each in targets if each.state.plan.expires_at is not None]
    return f"the vendor's limit is {_time(min(limits), zone)}" if limits else "it is not registered yet"


def _time(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M:%S} {zone.key}"
