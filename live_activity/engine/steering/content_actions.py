"""Steering commands about content: send now, release, end now."""

from __future__ import annotations

from dataclasses import replace

from live_activity.core.content import Content
from live_activity.core.findings import invalid
from live_activity.core.formatting import count_of
from live_activity.core.suggestions import did_you_mean
from live_activity.decision.overrides import apply as apply_overrides
from live_activity.decision.overrides import released
from live_activity.decision.wanted import feed_content, overrides_in_force, wanted
from live_activity.engine.guarding import broken_by_hand, held_fields
from live_activity.engine.steering.checked_command import CheckedCommand
from live_activity.engine.steering.corrections import (
    checked_by_hand,
    correct,
    describe_corrections,
    editable_line,
    first_of,
)
from live_activity.engine.steering.effects import name_of_targets


def send_now(command: CheckedCommand) -> str:
    """Replaces the given fields of what phones show, now and in what the feed says next."""
    corrections = correct(command)
    confirm_broken_guards(command)
    for correction in corrections:
        opening = correction.activity.schedule.opening
        words = opening.content if opening is not None else correction.after
        if not correction.activity.state.started and not (
            (correction.after.title or words.title) and (correction.after.message or words.message)
        ):
            raise invalid(
                "start_without_text", "it has not started yet, and a start needs a title and a message"
            )
    command.effect["title"], command.effect["message"] = (
        command.given.get("title"),
        command.given.get("message"),
    )
    held = (
        "; it is frozen, so nothing leaves before it is resumed"
        if any(t.state.frozen for t in command.targets)
        else ""
    )
    return f"goes to {name_of_targets(command.targets)}: {describe_corrections(command.edition, corrections)}{held}"


def release(command: CheckedCommand) -> str:
    """Releases fields that were set by hand or are held: the feed's values count again."""
    now = command.now
    by_hand = [
        each for target in command.targets for each in overrides_in_force(target.schedule, target.state, now)
    ]
    field = command.given.get("field")
    if field is not None and not any(each.field == field for each in by_hand):
        field = str(field).removeprefix("state.")
    let_go = sorted({each.field for each in by_hand} - {each.field for each in released(by_hand, field)})
    held = {
        str(target.number): [
            breach.as_json()
            for path, breach in held_fields(command.edition, target).items()
            if field is None or path == field
        ]
        for target in command.targets
    }
    let_go += sorted({breach["path"] for breaches in held.values() for breach in breaches} - {*let_go})
    if not let_go:
        fields = {each.field for each in by_hand} | {
            path for target in command.targets for path in held_fields(command.edition, target)
        }
        there = f"; there are {', '.join(sorted(fields))}" if fields else "; no field is set by hand or held"
        fix = (did_you_mean(str(field), fields) if field is not None else "") or there
        named = (
            f"{field!r} is neither set by hand nor held" if field is not None else "nothing is to be released"
        )
        raise invalid("nothing_to_release", f"{named}{fix}", where="release", column="field")
    command.effect["field"], command.effect["held"] = field, held
    first = command.targets[0]
    feed = feed_content(first.schedule, first.state, now)
    after = ""
    if feed is not None:
        left = released(overrides_in_force(first.schedule, first.state, now), field)
        after = f"; after: {first_of(command.targets)}{editable_line(apply_overrides(feed, left, feed.state).content)}"
    return f"{', '.join(let_go)} of {name_of_targets(command.targets)} released: the feed's values count again{after}"


def end_now(command: CheckedCommand) -> str:
    """Ends at once, with the last content that was due or the content given."""
    if not command.targets:
        return "no activity is running, and no more are waited for: the campaign is over"
    final = ""
    if "state" in command.given:
        corrections = correct(command)
        confirm_broken_guards(command)
        final = f"; {first_of(command.targets)}it ends with {editable_line(corrections[0].after)}"
    elif "title" in command.given or "message" in command.given:
        check_final_words(command)
    command.effect["title"], command.effect["message"] = (
        command.given.get("title"),
        command.given.get("message"),
    )
    own = " and the words given" if "title" in command.given or "message" in command.given else ""
    words = "the content given" if "state" in command.given else f"the last content that was due{own}"
    unknown = sum(not each.state.started and each.locked for each in command.targets)
    unstarted = sum(not each.locked for each in command.targets)
    left = f"; never started, and left to expire: {unstarted:,}" if unstarted else ""
    if unknown:
        left += (
            f"; whether {count_of(unknown, 'start')} arrived is not known, so the end is sent as if "
            f"{'it' if unknown == 1 else 'they'} had"
        )
    verb = "are" if len(command.targets) > 1 else "is"
    return f"{name_of_targets(command.targets)} {verb} ended now, with {words}{left}{final}"


def check_final_words(command: CheckedCommand) -> None:
    """Refuses a title or message by hand with which the last content would be too large for Apple."""
    for target in command.targets:
        found = wanted(target.schedule, target.state, command.now)
        last = found.content if found is not None else Content(None, None, {})
        words = {name: command.given.get(name) or getattr(last, name) for name in ("title", "message")}
        checked_by_hand(command.edition, target, replace(last, **words))


def confirm_broken_guards(command: CheckedCommand) -> None:
    """Checks content set by hand against the guards: it is never held, but has to be confirmed if it breaks one."""
    if command.given.get("confirm"):
        return
    reasons = {
        reason
        for each in command.targets
        for reason in broken_by_hand(command.edition, each, command.given["state"])
    }
    if reasons:
        raise invalid(
            "breaks_guard",
            f"it breaks a guard ({'; '.join(sorted(reasons))}); send it again with confirm if it is meant",
            where="steer",
            column="state",
        )
