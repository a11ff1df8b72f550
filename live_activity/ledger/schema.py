"""The ledger's tables: what was intended, what was sent, what the API answered; never a person's id.

A change here needs a migration in `migrations/versions/`, a new `REVISION` and the next `SCHEMA_VERSION`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    false,
)

SCHEMA_VERSION = 4
# Alembic's name of the revision that this schema is.
REVISION = "0004"

metadata = MetaData()


class Utc(TypeDecorator[datetime]):
    """An aware moment in UTC, also where the database keeps no zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Into the database."""
        if value is None:
            return None
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Out of the database."""
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _edition_id(**options: Any) -> Column[str]:
    return Column("edition_id", String(36), ForeignKey("la_editions.id"), nullable=False, **options)


meta = Table("la_meta", metadata, Column("key", String(40), primary_key=True), Column("value", String(200)))

editions = Table(
    "la_editions",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("account", String(200), nullable=False),
    Column("mode", String(20), nullable=False),
    Column("name", String(100), nullable=False),
    Column("planned_start", Utc),
    Column("start_given", Boolean, nullable=False, default=False),
    Column("scheduled", Utc),
    Column("flow_run_id", String(36)),
    Column("parameters", JSON, nullable=False),
    Column("status", String(20), nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("ended_at", Utc),
    Column("folder", Text),
    Column("segment", JSON),
    Column("first_seen_times", JSON),
    Column("stop_request", JSON),
    Column("report", JSON),
    Column("progress", JSON),
    Column("decision", JSON),
    Column("owner", JSON),
    Column("lease_token", Integer, nullable=False, default=0),
    Column("lease_until", Float, nullable=False, default=0.0),
    Column("tries", Integer, nullable=False, default=0),
    Column("next_try_at", Float, nullable=False, default=0.0),
    Column("discarded_at", Utc),
    Column("functions_folder", Text),
    Index("la_editions_by_name", "account", "mode", "name"),
    Index("la_editions_by_run", "flow_run_id"),
    Index("la_editions_by_status", "status"),
)

# Every flow run that ever played an edition; `flow_run_id` of the edition is the newest of them.
runs = Table(
    "la_runs",
    metadata,
    Column("flow_run_id", String(36), primary_key=True),
    _edition_id(),
    Column("began_at", Utc),
    Index("la_runs_by_edition", "edition_id"),
)

# Every folder in which people of an edition were staged. `la_editions.folder` and the effects of commands name the
# valid ones; the others were left by runs that lost the edition, and are deleted with it.
folders = Table(
    "la_folders",
    metadata,
    _edition_id(primary_key=True),
    Column("folder", Text, primary_key=True),
    Column("lease_token", Integer, nullable=False),
    Column("created_at", Utc, nullable=False),
)

# What is known of each timeline of an edition; `source` is a digest of the table's path. `columns` and `rows` are of
# the last good reading, `state` is what its reader has to remember.
readings = Table(
    "la_readings",
    metadata,
    _edition_id(primary_key=True),
    Column("source", String(64), primary_key=True),
    Column("columns", JSON, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("state", JSON),
)

activities = Table(
    "la_activities",
    metadata,
    _edition_id(primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("key", JSON, nullable=False),
    Column("activity_type", String(200), nullable=False),
    Column("activity_id", Text().with_variant(String(100), "sqlite")),
    Column("expires_at", Utc),
    Column("planned_start", Utc),
    Column("refreshed", Boolean, nullable=False, default=False),
    Column("status", String(20), nullable=False),
    Column("why", Text),
    Column("overrides", JSON),
    Column("held", JSON),
)

batches = Table(
    "la_batches",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    _edition_id(),
    Column("number", Integer, nullable=False),
    Column("batch", Integer, nullable=False),
    Column("endpoint", String(20), nullable=False),
    Column("people", Integer, nullable=False),
    Column("intended_at", Utc, nullable=False),
    Column("answered_at", Utc),
    Column("outcome", String(20), nullable=False),
    Column("status", Integer),
    Column("code", String(60)),
    Column("counters", JSON),
    Column("activity_id", Text),
    Index("la_batches_by_edition", "edition_id", "id"),
)

pushes = Table(
    "la_pushes",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    _edition_id(),
    Column("number", Integer, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("content", JSON, nullable=False),
    Column("place_due", Utc),
    Column("place_number", Integer),
    Column("passed", Integer, nullable=False, default=0),
    Column("row_seen_at", Utc),
    Column("words", Boolean, nullable=False, server_default=false()),
    Column("intended_at", Utc, nullable=False),
    Column("sent_at", Utc),
    Column("answered_at", Utc),
    Column("recorded_late", Boolean, nullable=False, server_default=false()),
    Column("outcome", String(20), nullable=False),
    Column("status", Integer),
    Column("code", String(60)),
    Column("triggered", Integer, nullable=False, default=0),
    Column("unsynced", Integer),
    Column("wait_seconds", Float),
    Column("error", Text),
    Index("la_pushes_by_edition", "edition_id", "id"),
)

commands = Table(
    "la_commands",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    _edition_id(),
    Column("action", String(30), nullable=False),
    Column("arguments", JSON, nullable=False),
    Column("key", JSON),
    Column("author", Text),
    Column("asked_at", Utc, nullable=False),
    Column("obeyed_at", Utc),
    Column("answer", Text),
    Column("effect", JSON),
    Index("la_commands_by_edition", "edition_id"),
)

# What is remembered about an account, such as that it requires title and message in every push.
accounts = Table(
    "la_accounts",
    metadata,
    Column("account", String(200), primary_key=True),
    Column("name", String(60), primary_key=True),
    Column("value", JSON, nullable=False),
    Column("noted_at", Utc, nullable=False),
)

# When a kind of notification was last sent for a campaign, in the database's Unix seconds.
notifications = Table(
    "la_notifications",
    metadata,
    Column("account", String(200), primary_key=True),
    Column("mode", String(20), primary_key=True),
    Column("name", String(100), primary_key=True),
    Column("kind", String(60), primary_key=True),
    Column("sent_at", Float, nullable=False),
    Column("suppressed", Integer, nullable=False, default=0),
)

# Alembic's own table; `meta` says the same to versions of this program from before there were migrations.
revisions = Table("la_revision", metadata, Column("version_num", String(32), primary_key=True))
