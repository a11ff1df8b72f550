"""Markdown in which values are escaped, so that they are shown as they are."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from live_activity.core.content import Content

_UTC = ZoneInfo("UTC")
_SPECIAL = re.compile(r"([\\`*_\[\]<>|#~])")


def plain(value: object) -> str:
    """The text on one line, with its markup characters escaped."""
    return _SPECIAL.sub(r"\\\1", " ".join(str(value).split()))


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; all columns but the first are aligned to the right."""
    lines = [f"| {' | '.join(head)} |", f"|:---|{'---:|' * (len(head) - 1)}"]
    lines += [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join(lines)


def card(heading: str, content: Content | None, *, picture: str = "") -> str:
    """Content as a card: its picture if there is one, the title, the message, and the state below."""
    if content is None:
        return plain(heading)
    state = json.dumps(content.state, ensure_ascii=False, sort_keys=True).replace("`", "'")
    # Not as a block quote: the newer UI would put quotation marks around it.
    parts = (
        picture,
        f"{plain(heading)}: **{plain(content.title or 'no title')}**, {plain(content.message or 'no message')}",
        f"`{state[:1500]}`",
    )
    return "\n\n".join(part for part in parts if part)


def moment(at: datetime | None, none: str = "not known", *, zone: ZoneInfo = _UTC) -> str:
    """A moment to the second, in the zone and with its name."""
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S} {zone.key}" if at is not None else none


def short_moment(at: datetime | None, *, zone: ZoneInfo) -> str:
    """The same without the year and the zone, for a table that names the zone once."""
    return f"{at.astimezone(zone):%m-%d %H:%M:%S}" if at is not None else ""


def people(number: int) -> str:
    """A number of people, as 1 person or 2,000 people."""
    return f"{number:,} {'person' if number == 1 else 'people'}"


def phones(number: int) -> str:
    """A number of phones, as 1 phone or 2,000 phones."""
    return f"{number:,} {'phone' if number == 1 else 'phones'}"


def age(seconds: float) -> str:
    """A duration as people read it: 40 s, 12 min, 3.5 h."""
    if seconds < 100:
        return f"{max(0, seconds):.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"


def words(code: str) -> str:
    """A code such as `push_permission_disabled` as words."""
    return plain(code.replace("_", " "))


def clauses(text: str) -> str:
    """A long sentence as a list, split at each semicolon that is outside brackets and quotes."""
    depth, quoted, parts, begin = 0, False, [], 0
    for place, character in enumerate(text):
        if character == '"':
            quoted = not quoted
        elif not quoted:
            depth += (character in "([{") - (character in ")]}")
            if depth == 0 and text.startswith("; ", place):
                parts.append(text[begin:place])
                begin = place + 2
    parts.append(text[begin:])
    return "\n".join(f"- {plain(part)}" for part in parts) if len(parts) > 1 else plain(text)
