"""The table of activities: filtered, sorted and in pages, so that thousands of activities are no slower than one."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from live_activity.desk.activity_view import ActivityView
from live_activity.desk.campaign_view import CampaignView

ROWS_A_PAGE = 100
_EARLIEST = datetime.min.replace(tzinfo=UTC)

SORTS: Mapping[str, tuple[str, Callable[[ActivityView], Any]]] = {
    "number": ("Activity", lambda each: each.number),
    "status": ("Status", lambda each: each.status),
    "age": ("Shown since", lambda each: each.at or _EARLIEST),
    "handed": ("Handed to Apple", lambda each: -each.handed),
    "behind": ("Left behind", lambda each: -each.behind),
    "trouble": ("Trouble", lambda each: -len(each.troubles)),
}


@dataclass(frozen=True)
class ActivityTable:
    """One page of the table."""

    rows: tuple[ActivityView, ...]
    found: int
    total: int
    page: int
    pages: int
    search: str
    status: str
    statuses: tuple[str, ...]
    sort: str
    descending: bool

    def query(self, **changes: Any) -> str:
        """The query of the same table with some values changed."""
        values = {
            "q": self.search,
            "status": self.status,
            "sort": self.sort,
            "desc": "1" if self.descending else "",
            "page": self.page,
            **changes,
        }
        return urlencode({name: value for name, value in values.items() if value not in ("", None)})

    @property
    def columns(self) -> tuple[tuple[str, str, str, str], ...]:
        """Name, heading, aria-sort and query of each column that sorts."""
        found = []
        for name, (heading, _) in SORTS.items():
            here = name == self.sort
            order = ("descending" if self.descending else "ascending") if here else "none"
            descending = "1" if here and not self.descending else ""
            found.append((name, heading, order, self.query(sort=name, desc=descending, page=1)))
        return tuple(found)


def activity_table(view: CampaignView, query: Mapping[str, str]) -> ActivityTable:
    """Returns the page of the table that a query asks for; values that are not valid are ignored."""
    search, status = query.get("q", "")[:200].strip(), query.get("status", "")[:40]
    sort = query.get("sort", "number")
    sort = sort if sort in SORTS else "number"
    descending = query.get("desc") == "1"
    found = [each for each in view.activities if _matches(each, search, status)]
    found.sort(key=SORTS[sort][1], reverse=descending)
    pages = max(1, -(-len(found) // ROWS_A_PAGE))
    asked = query.get("page", "1")
    page = min(pages, max(1, int(asked) if asked.isdecimal() and len(asked) < 9 else 1))
    return ActivityTable(
        rows=tuple(found[(page - 1) * ROWS_A_PAGE : page * ROWS_A_PAGE]),
        found=len(found),
        total=len(view.activities),
        page=page,
        pages=pages,
        search=search,
        status=status,
        statuses=tuple(sorted({each.status for each in view.activities})),
        sort=sort,
        descending=descending,
    )


def _matches(activity: ActivityView, search: str, status: str) -> bool:
    if status == "trouble":
        if not activity.troubles:
            return False
    elif status and activity.status != status:
        return False
    if not search:
        return True
    shown = (
        json.dumps(activity.row.shown.content, ensure_ascii=False) if activity.row.shown is not None else ""
    )
    return search.casefold() in f"{activity.name} {shown}".casefold()
