"""What the ledger remembers about an account for later campaigns, such as `words_required`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from live_activity.ledger.database import Database
from live_activity.ledger.schema import accounts


def account_flags(database: Database, account: str) -> dict[str, Any]:
    """The flags recorded for an account, by name."""
    with database.reading() as connection:
        rows = connection.execute(
            select(accounts.c.name, accounts.c.value).where(accounts.c.account == account)
        ).all()
    return {row.name: row.value for row in rows}


def remember(connection: Connection, account: str, name: str, value: Any, *, at: datetime) -> None:
    """Remembers a value (anything that JSON holds) in place of the one before."""
    which = (accounts.c.account == account, accounts.c.name == name)
    done = connection.execute(update(accounts).where(*which).values(value=value, noted_at=at))
    if not done.rowcount:
        connection.execute(insert(accounts).values(account=account, name=name, value=value, noted_at=at))
