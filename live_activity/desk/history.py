"""The history of a campaign: pushes, held rows, and commands, newest first."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from live_activity.core.content import plain_json
from live_activity.core.formatting import count_of
from live_activity.desk.activity_view import ActivityView, name_of
from live_activity.desk.campaign_view import CampaignView
from live_activity.desk.card_view import card_line
from live_activity.desk.push_rows import PushRow, newest_push_rows
from live_activity.desk.steering_state import content_of
from live_activity.ledger import Command, Database

MOST_ENTRIES = 100
_LONGEST = 160
# Descriptions of pushes that come from no row of the timeline.
_WITHOUT_ROW = {
    "repeat": "sent again for the phones left behind",
    "settle": "the final content, before the end",
    "end": "the last content",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened. `tone` is `good`, `bad`, `hand` (a person did it) or `held`."""

    at: datetime
    kind: str
    text: str
    detail: str
    activity: str
    tone: str
    reached: int | None = None
    behind: int | None = None
    alert: bool = False


def history(database: Database, view: CampaignView, only: ActivityView | None = None) -> tuple[Entry, ...]:
    """The newest entries, of all activities or of one only."""
    number = only.number if only is not None else None
    names = {each.number: each.name for each in view.activities} if len(view.activities) > 1 else {}
    entries = [
        *(
            _of_push(view, each, names)
            for each in newest_push_rows(database, view.id, most=MOST_ENTRIES, number=number)
        ),
        *(_of_command(each) for each in view.ledger.commands[-MOST_ENTRIES:] if _is_about(each, only)),
        *_held(view, names, number),
    ]
    entries.sort(key=lambda each: each.at, reverse=True)
    return tuple(entries[:MOST_ENTRIES])


def _of_push(view: CampaignView, push: PushRow, names: dict[int, str]) -> Entry:
    row = f"row {push.row}" if push.row is not None else _WITHOUT_ROW.get(push.kind, "set by hand")
    overtaken = f"; {count_of(push.passed, 'row')} overtaken" if push.passed else ""
    failed = push.outcome != "done"
    problem = push.error or push.outcome.replace("_", " ") if failed else ""
    title = push.content.get("title") if push.words else None
    activity = view.activity(push.number)
    line = line_of(view, activity, push) if activity is not None else ""
    return Entry(
        at=push.sent_at or push.at,
        kind=push.kind,
        text=_shortened(f"{title} \N{EN DASH} {line}" if title and title not in line else line),
        detail=_shortened("; ".join(each for each in (f"{row}{overtaken}", problem) if each)),
        activity=names.get(push.number, ""),
        tone="bad" if failed and push.outcome not in ("intended", "not_synced") else "good",
        reached=push.triggered if not failed else None,
        behind=push.unsynced if not failed else None,
        alert=push.words,
    )


def line_of(view: CampaignView, activity: ActivityView, push: PushRow | None = None) -> str:
    """The content of a push as one line, by default of the push that phones should show."""
    row, content = activity.row, content_of(push) if push is not None else activity.content
    if content is None:
        return ""
    return card_line(row.activity_type, content, row.attributes, view.contract, view.card_file, view.zone)


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _is_about(command: Command, only: ActivityView | None) -> bool:
    if only is None:
        return True
    key = command.key or {}
    return all(only.row.key.get(name) == value for name, value in key.items())


def _of_command(command: Command) -> Entry:
    given = {name: value for name, value in command.arguments.items() if value not in (None, "")}
    text = json.dumps(plain_json(given), ensure_ascii=False) if given else ""
    return Entry(
        at=command.asked_at,
        kind=command.action.replace("_", " "),
        text=f"by {command.author or 'somebody'}{': ' if text else ''}{text[:_LONGEST]}",
        detail=command.answer or "not carried out yet",
        activity=name_of(command.key or {}),
        tone="hand",
    )


def _held(view: CampaignView, names: dict[int, str], number: int | None) -> Iterator[Entry]:
    for each in view.living:
        if number is not None and each.number != number:
            continue
        for held in each.held:
            yield Entry(
                at=held.since,
                kind="held",
                text=f"row {held.row}, {held.breach.path}: {held.breach.reason}",
                detail="",
                activity=names.get(each.number, ""),
                tone="held",
            )
