"""Corrections by hand: how a partial state changes each activity's content, and how an answer describes that."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from live_activity.campaign.contract_check import content_findings
from live_activity.core.content import Absent, Content, Json, plain_json
from live_activity.core.findings import InvalidInput
from live_activity.core.suggestions import did_you_mean
from live_activity.decision.overrides import Override, apply, overrides_of, value_at, with_overrides
from live_activity.decision.wanted import feed_content, overrides_in_force
from live_activity.engine.activity import LiveActivity
from live_activity.engine.edition import Edition
from live_activity.engine.steering.checked_command import CheckedCommand


@dataclass(frozen=True, slots=True)
class Correction:
    """How a partial state set by hand changes one activity's content."""

    activity: LiveActivity
    before: Content
    after: Content
    overrides: tuple[Override, ...]


def correct(command: CheckedCommand) -> list[Correction]:
    """Finds the overrides that the command's state means for each activity, and puts them into its effect.

    Raises `InvalidInput` where phones would drop the resulting content.
    """
    now, author = command.now, command.effect["author"]
    found: list[Correction] = []
    checked_content: dict[tuple[Content, int | None, bool], Content] = {}
    for target in command.targets:
        feed = feed_content(target.schedule, target.state, now) or Content(None, None, {})
        in_force = overrides_in_force(target.schedule, target.state, now)
        before = apply(feed, in_force, feed.state).content
        new = overrides_of(command.given["state"], feed.state, author=author, at=now)
        after = apply(feed, with_overrides(in_force, new), feed.state).content
        after = replace(
            after,
            title=command.given.get("title") or after.title,
            message=command.given.get("message") or after.message,
        )
        opening = target.schedule.opening
        same = (after, opening.number if opening is not None else None, target.state.started)
        if same not in checked_content:
            checked_content[same] = checked_by_hand(command.edition, target, after)
        after = checked_content[same]
        # As the phones decode it: a contract may have read a value in another way.
        new = tuple(replace(each, value=_given_value(after, each)) for each in new)
        found.append(Correction(target, before, after, new))
    grouped: dict[tuple[str, ...], list[int]] = {}
    for correction in found:
        texts = tuple(json.dumps(each.as_json(), sort_keys=True) for each in correction.overrides)
        grouped.setdefault(texts, []).append(correction.activity.number)
    command.effect["overrides"] = [
        {"numbers": numbers, "overrides": [json.loads(text) for text in texts]}
        for texts, numbers in grouped.items()
    ]
    return found


def _given_value(content: Content, override: Override) -> Json:
    value = value_at(content.state, override.path)
    return override.value if isinstance(value, Absent) else value


def describe_corrections(edition: Edition, corrections: Sequence[Correction]) -> str:
    """The first activity's content before and after, ready to be edited, with what is set by hand in it."""
    first, now = corrections[0], edition.clock.now()
    activity = first.activity
    in_force = with_overrides(overrides_in_force(activity.schedule, activity.state, now), first.overrides)
    fields = "; ".join(each.describe(now) for each in in_force)
    by_hand = f"; set by hand until the feed's value changes or it is released: {fields}" if fields else ""
    feed = feed_content(activity.schedule, activity.state, now)
    names = list(feed.state) if feed is not None else []
    unknown = [each for each in first.overrides if isinstance(each.feed, Absent) and names]
    hints = "".join(
        f"; the timeline has no {each.field}{did_you_mean(each.field, names)}" for each in unknown
    )
    name = first_of([each.activity for each in corrections])
    return f"{name}before: {editable_line(first.before)}; after: {editable_line(first.after)}{by_hand}{hints}"


def editable_line(content: Content) -> str:
    """The whole content in one line, its state as JSON that can be edited and sent again."""
    words = [
        f"{name} {json.dumps(value, ensure_ascii=False)}"
        for name, value in (("title", content.title), ("message", content.message))
        if value is not None
    ]
    return ", ".join([*words, f"state {json.dumps(plain_json(content.state), ensure_ascii=False)}"])


def first_of(targets: Sequence[LiveActivity]) -> str:
    """Which activity is quoted, where there are several."""
    return f"of {targets[0]}: " if len(targets) > 1 else ""


def checked_by_hand(edition: Edition, activity: LiveActivity, content: Content) -> Content:
    """Content set by hand, as an activity's phones decode it. Raises `InvalidInput` where no phone could show it."""
    opening = activity.schedule.opening
    attributes = opening.attributes if opening is not None else None
    content, findings = content_findings(
        content,
        edition.feed.contract,
        event="update" if activity.state.started else "start",
        activity_type=edition.campaign.activity_type,
        attributes=None if activity.state.started else attributes,
        static_attributes=attributes,
        now=edition.clock.now(),
    )
    errors = [finding for finding in findings if finding.severity == "error"]
    if errors:
        raise InvalidInput(errors)
    return content
