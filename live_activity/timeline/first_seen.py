"""When rows without a time were first seen: that is when they are due."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime

from live_activity.core.content import Content
from live_activity.core.rows import RowEvent


class FirstSeen:
    """The first-seen times of one campaign. A row is identified by key, event, content and its rank among equals.

    So rows inserted above it change nothing, and a corrected row is new. Nothing is forgotten: a row that is
    missing in one reading and back in the next keeps its time.
    """

    def __init__(self) -> None:
        self._seen: dict[str, datetime] = {}

    def first_seen(
        self, *, key: Mapping[str, str], event: RowEvent, content: Content, nth: int, now: datetime
    ) -> datetime:
        """When the row was first seen, which is `now` if it never was."""
        identity = json.dumps([sorted(key.items()), event, content.fingerprint, nth])
        return self._seen.setdefault(hashlib.sha256(identity.encode()).hexdigest(), now)

    def as_json(self) -> dict[str, str]:
        """The times as a ledger keeps them, by rows' identities and without content; `from_json` reads them back."""
        return {identity: seen.isoformat() for identity, seen in self._seen.items()}

    @classmethod
    def from_json(cls, kept: Mapping[str, str]) -> FirstSeen:
        """The times that `as_json` returned."""
        memory = cls()
        memory._seen = {identity: datetime.fromisoformat(seen) for identity, seen in kept.items()}
        return memory
