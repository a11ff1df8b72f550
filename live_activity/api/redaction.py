"""Makes a message of a server fit for a log line: one line, without secrets and without control sequences."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote

from live_activity.core.formatting import without_escapes

MARK = "[redacted]"
LONGEST_TEXT = 300
# The rest of a longer text is left out.
_LOOKED_AT = 20_000
# A shorter secret is only hidden where it stands alone: an id "e" must not hide every e of a message.
_SHORT = 4


def redacted(text: str, secrets: Iterable[str]) -> str:
    """The text without the secrets, in whatever case and however JSON, HTML or a URL escapes them.

    A secret of fewer than four characters is hidden where it stands as a word of its own.
    """
    lowered = text.lower()
    found = {
        spelling
        for secret in secrets
        for spelling in _spellings(secret)
        if spelling in text or spelling.lower() in lowered
    }
    if not found:
        return text
    # The longest first, since otherwise only the "anna" of "anna.b" would be hidden.
    patterns = [_pattern(secret) for secret in sorted(found, key=len, reverse=True)]
    return re.sub("|".join(patterns), MARK, text, flags=re.IGNORECASE)


def redacted_line(text: str, secrets: Iterable[str]) -> str:
    """The text as one line of at most `LONGEST_TEXT` characters, without the secrets and terminal escapes."""
    known = tuple(secrets)
    clean = redacted(without_escapes(text[:_LOOKED_AT]), known)
    if len(text) > _LOOKED_AT:
        # The cut may have gone through a secret.
        clean = clean[: -max(map(len, known), default=1)]
    # Once more on the one line: joining lines can put together what was apart.
    line = redacted(" ".join("".join(c if c.isprintable() else " " for c in clean).split()), known)
    return line if len(line) <= LONGEST_TEXT else f"{line[: LONGEST_TEXT - 1]}…"


def _spellings(secret: str) -> Iterator[str]:
    if not secret.strip():
        return
    yield secret
    if secret.isalnum() and secret.isascii():
        return
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
    yield html.escape(secret)
    yield quote(secret, errors="replace")
    yield quote(secret, safe="", errors="replace")
    yield " ".join(secret.split())


def _pattern(secret: str) -> str:
    escaped = re.escape(secret)
    return escaped if len(secret) >= _SHORT else rf"(?<!\w){escaped}(?!\w)"
