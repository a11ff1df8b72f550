"""Limits how often a kind of notification is sent for a campaign, over all its runs."""

from __future__ import annotations

from typing import Protocol

from sqlalchemy import insert, select, update

from live_activity.ledger.database import Database
from live_activity.ledger.schema import notifications

EVERY_SECONDS = 60.0


class NotifyingCampaign(Protocol):
    """Whose notifications are counted together: an edition, or a request for one."""

    @property
    def account(self) -> str: ...

    @property
    def mode(self) -> str: ...

    @property
    def name(self) -> str: ...


def may_notify(
    database: Database, whose: NotifyingCampaign, kind: str, *, every: float = EVERY_SECONDS
) -> int | None:
    """Returns how many of this kind were kept back since the last one, if another may be sent now; else None.

    A notification that may not be sent is counted as kept back. Raises `LedgerUnwritable`: whether one was sent is not
    known then, and the caller should notify.
    """
    campaign = {"account": whose.account, "mode": whose.mode, "name": whose.name, "kind": kind[:60]}
    which = [notifications.c[name] == value for name, value in campaign.items()]
    with database.writing() as connection:
        database.lock(connection, f"notifications {whose.name}")
        now = database.now(connection)
        row = connection.execute(
            select(notifications.c.sent_at, notifications.c.suppressed).where(*which)
        ).first()
        if row is None:
            connection.execute(insert(notifications).values(**campaign, sent_at=now, suppressed=0))
            return 0
        # A clock that was set back must not silence a campaign.
        if 0 <= now - row.sent_at < every:
            connection.execute(update(notifications).where(*which).values(suppressed=row.suppressed + 1))
            return None
        connection.execute(update(notifications).where(*which).values(sent_at=now, suppressed=0))
        return int(row.suppressed)
