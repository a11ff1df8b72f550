"""Brings the ledger to the schema of this program: creates it, migrates it, or refuses a newer one."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, insert, inspect, select, text, update

from live_activity.core.findings import InvalidInput, invalid
from live_activity.ledger.dialects import LedgerDialect
from live_activity.ledger.errors import owner_text
from live_activity.ledger.process_identity import held
from live_activity.ledger.schema import REVISION, SCHEMA_VERSION, meta, metadata, revisions

# How long a process waits for another one that creates or migrates the ledger.
MIGRATING_SECONDS = 60.0

_MIGRATIONS = Path(__file__).with_name("migrations")


def prepare(engine: Engine, dialect: LedgerDialect) -> None:
    """Makes the ledger usable. Raises `InvalidInput` where it cannot be used by this program, or not yet."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        found = _schema(connection)
    if found is not None:
        _refuse_newer(found)
    if found == str(SCHEMA_VERSION):
        return
    with (
        engine.connect().execution_options(wait=MIGRATING_SECONDS) as connection,
        connection.begin(),
        dialect.migrating(connection, seconds=MIGRATING_SECONDS),
    ):
        # Another process may have done it in the meantime.
        found = _schema(connection)
        if found is None:
            _create(connection)
        elif found != str(SCHEMA_VERSION):
            _refuse_newer(found)
            _refuse_while_played(connection, dialect, found)
            _migrate(connection)


def _schema(connection: Connection) -> str | None:
    """The schema that the ledger says it has; None where there is no ledger yet."""
    if not inspect(connection).has_table(meta.name):
        return None
    found = connection.execute(select(meta.c.value).where(meta.c.key == "schema")).scalar_one_or_none()
    return str(found)


def _refuse_newer(found: str) -> None:
    if not found.isdecimal() or not 1 <= int(found) <= SCHEMA_VERSION:
        raise invalid(
            "ledger_newer",
            f"the ledger has schema {found}, this program knows {SCHEMA_VERSION}; "
            "update live-activity, or name another ledger in LIVE_ACTIVITY_DATABASE_URL",
        )


def _create(connection: Connection) -> None:
    """Creates a new ledger with the newest schema and marks it as migrated: that is fast, and needs no Alembic."""
    metadata.create_all(connection)
    connection.execute(insert(meta).values(key="schema", value=str(SCHEMA_VERSION)))
    connection.execute(insert(revisions).values(version_num=REVISION))


def _migrate(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    command.upgrade(config, "head")
    connection.execute(update(meta).where(meta.c.key == "schema").values(value=str(SCHEMA_VERSION)))


def _refuse_while_played(connection: Connection, dialect: LedgerDialect, found: str) -> None:
    """Raises while a process of an older version plays a campaign: it could not read the new schema."""
    dialect.lock_editions(connection)
    now = dialect.now(connection)
    # Only columns that every schema has, and by name: the tables in `schema` are those of the newest one.
    rows = connection.execute(
        text("SELECT name, owner, lease_until, parameters FROM la_editions WHERE lease_until > :now").columns(
            *(
                metadata.tables["la_editions"].c[name]
                for name in ("name", "owner", "lease_until", "parameters")
            )
        ),
        {"now": now},
    ).all()
    playing = [row for row in rows if held(row.owner, until=row.lease_until, now=now)]
    if playing:
        raise _played(playing, found)


def _played(playing: list[Any], found: str) -> InvalidInput:
    first = playing[0]
    until = datetime.fromtimestamp(first.lease_until, UTC)
    ends = (first.parameters or {}).get("ends_at")
    planned = f", its planned end is {ends}" if ends else ""
    more = f"; so it does {len(playing) - 1:,} more" if len(playing) > 1 else ""
    return invalid(
        "ledger_in_use",
        f"the ledger has schema {found} and cannot be migrated to {SCHEMA_VERSION} yet: an older version plays "
        f"{first.name!r} ({owner_text(first.owner)}; its lease runs until {until:%Y-%m-%d %H:%M:%S} UTC and is "
        f"renewed while it runs{planned}){more}; let it end or stop it, then start this again",
    )
