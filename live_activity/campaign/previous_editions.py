"""What the ledger knows of earlier editions: what was rehearsed before, and whether the segment is new."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from live_activity.campaign.model import Campaign
from live_activity.core.findings import Finding
from live_activity.ledger import Database, EditionRecord, all_editions
from live_activity.ledger.push_log import newest_pushes
from live_activity.timeline import Row, Timeline

PEOPLE, CONTENT = "fingerprint", "content"
# A segment with at most this share of the last edition's people was probably cut off.
FAR_SMALLER = 0.2
_PUSHES_LOOKED_AT = 100


def content_fingerprint(campaign: Campaign, timeline: Timeline) -> str:
    """A hash that is the same for two editions that would send the same content to the same type at the same times.

    Rows without a time are first seen at another moment in every edition, so the rows of a live timeline count without
    their times.
    """
    rows = [_row_identity(row, timed=not timeline.live) for row in timeline.rows]
    canonical = json.dumps([campaign.activity_type, list(campaign.split_by), rows], sort_keys=True)
    return hashlib.sha256(canonical.encode()).hexdigest()


def never_rehearsed(database: Database, edition_id: str) -> list[str]:
    """Why approval is needed: the content or the segment was not played to its end by any rehearsal or test yet."""
    editions = all_editions(database)
    marks = _marks(next((each for each in editions if each.id == edition_id), None))
    played = [
        _marks(each) for each in editions if each.mode in ("rehearse", "test") and each.status == "ended"
    ]
    reasons = []
    if marks.get(CONTENT) not in {each.get(CONTENT) for each in played} - {None}:
        reasons.append("this content was never rehearsed or tested")
    if marks.get(PEOPLE) not in {each.get(PEOPLE) for each in played} - {None}:
        reasons.append("this segment was never rehearsed or tested")
    return reasons


def segment_findings(database: Database, edition_id: str) -> Iterator[Finding]:
    """Warns of a segment that is identical to, or less than a fifth of, that of the last edition that was sent."""
    editions = all_editions(database)
    this = next((each for each in editions if each.id == edition_id), None)
    if this is None or this.mode not in ("rehearse", "run"):
        return
    earlier = (each for each in editions if _is_earlier(each, this))
    last = next((each for each in earlier if _was_sent(database, each)), None)
    now, before = _marks(this), _marks(last)
    if last is None or not before.get("accepted"):
        return
    when = f"{_day(last.planned_start or last.created_at)}"
    table, what = ("table", "activities") if this.device_started else ("segment", "people")
    if now.get(PEOPLE) is not None and now.get(PEOPLE) == before.get(PEOPLE):
        yield Finding.warning(
            "same_segment",
            f"the {table} is identical to that of the last edition ({when}); was it exported again?",
            where=_segment_of(this),
        )
    elif now.get("accepted", 0) <= before["accepted"] * FAR_SMALLER:
        yield Finding.warning(
            "smaller_segment",
            f"the {table} has {now.get('accepted', 0):,} {what}, the last edition ({when}) had "
            f"{before['accepted']:,}; was it cut off?",
            where=_segment_of(this),
        )


def _is_earlier(earlier: EditionRecord, this: EditionRecord) -> bool:
    same = earlier.id != this.id and earlier.name == this.name and earlier.account == this.account
    return same and earlier.mode == "run" and earlier.created_at < this.created_at


def _was_sent(database: Database, edition: EditionRecord) -> bool:
    """Whether phones may have received anything of it: nothing of an edition that was rejected or missed."""
    pushes = newest_pushes(database, edition.id, most=_PUSHES_LOOKED_AT)
    return any(push.outcome in ("done", "unknown") for push in pushes)


def _marks(edition: EditionRecord | None) -> Mapping[str, Any]:
    return (edition.segment or {}) if edition is not None else {}


def _row_identity(row: Row, *, timed: bool) -> list[Any]:
    at = row.at.isoformat() if isinstance(row.at, datetime) else row.at.total_seconds()
    return [row.event, row.content.fingerprint, dict(row.attributes), dict(row.key), at if timed else None]


def _day(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _segment_of(edition: EditionRecord) -> str:
    return str(edition.table_of_ids or edition.name).rpartition("/")[2]
