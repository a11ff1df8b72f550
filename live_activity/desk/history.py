"""A campaign's timeline of what happened: pushes, what was held, and commands, newest first."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from live_activity.core.content import plain_json
from live_activity.core.formatting import count_of
from live_activity.desk.campaign_view import CampaignView
from live_activity.desk.reading import PushRow, newest_pushes
from live_activity.ledger import Command, Database

MOST_ENTRIES = 100
_LONGEST = 160


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


def history(database: Database, view: CampaignView) -> tuple[Entry, ...]:
    """The newest entries."""
    names = {each.number: each.name for each in view.activities} if len(view.activities) > 1 else {}
    entries = [
        *(_of_push(each, names) for each in newest_pushes(database, view.id, most=MOST_ENTRIES)),
        *(_of_command(each) for each in view.ledger.commands[-MOST_ENTRIES:]),
        *_held(view, names),
    ]
    entries.sort(key=lambda each: each.at, reverse=True)
    return tuple(entries[:MOST_ENTRIES])


def _of_push(push: PushRow, names: dict[int, str]) -> Entry:
    row = f"row {push.row}" if push.row is not None else "set by hand, or sent again"
    overtaken = f", {count_of(push.passed, 'row')} overtaken" if push.passed else ""
    failed = push.outcome != "done"
    detail = push.error or push.outcome.replace("_", " ") if failed else ""
    return Entry(
        at=push.sent_at or push.at,
        kind=push.kind,
        text=f"{row}{overtaken}: {_state(push)}",
        detail=detail[:_LONGEST],
        activity=names.get(push.number, ""),
        tone="bad" if failed and push.outcome not in ("intended", "not_synced") else "good",
        reached=push.triggered if not failed else None,
        behind=push.unsynced if not failed else None,
        alert=push.words,
    )


def _state(push: PushRow) -> str:
    text = json.dumps(push.content.get("content_state") or {}, ensure_ascii=False)
    title = push.content.get("title") if push.words else None
    text = f"“{title}” {text}" if title else text
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _of_command(command: Command) -> Entry:
    given = {name: value for name, value in command.arguments.items() if value not in (None, "")}
    text = json.dumps(plain_json(given), ensure_ascii=False) if given else ""
    key = command.key or {}
    return Entry(
        at=command.asked_at,
        kind=command.action.replace("_", " "),
        text=f"by {command.author or 'somebody'}{': ' if text else ''}{text[:_LONGEST]}",
        detail=command.answer or "not carried out yet",
        activity=", ".join(f"{name} {value}" for name, value in key.items()),
        tone="hand",
    )


def _held(view: CampaignView, names: dict[int, str]) -> Iterator[Entry]:
    for each in view.living:
        for held in each.held:
            yield Entry(
                at=held.since,
                kind="held",
                text=f"row {held.row}, {held.breach.path}: {held.breach.reason}",
                detail="",
                activity=names.get(each.number, ""),
                tone="held",
            )
