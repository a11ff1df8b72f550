"""The ledger's tables: what was intended, what was done, what the API answered; never a person's id."""

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
)

SCHEMA_VERSION = 1

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
    Column("sightings", JSON, key="first_seen_times"),
    Column("wish", JSON, key="stop_request"),
    Column("report", JSON),
    Column("decision", JSON),
    Column("owner", JSON),
    Column("lease_token", Integer, nullable=False, default=0),
    Column("lease_until", Float, nullable=False, default=0.0),
    Column("tries", Integer, nullable=False, default=0),
    Column("next_try_at", Float, nullable=False, default=0.0),
    Column("discarded_at", Utc),
    Index("la_editions_by_name", "account", "mode", "name"),
    Index("la_editions_by_run", "flow_run_id"),
    Index("la_editions_by_status", "status"),
)

# Every flow run that ever played an edition; `flow_run_id` of the edition is the newest of them.
runs = Table(
    "la_runs",
    metadata,
    Column("flow_run_id", String(36), primary_key=True),
    Column("edition_id", String(36), ForeignKey("la_editions.id"), nullable=False),
)

# What the last good reading of each timeline of an edition saw; `source` is a digest of the table's path.
readings = Table(
    "la_readings",
    metadata,
    Column("edition_id", String(36), ForeignKey("la_editions.id"), primary_key=True),
    Column("source", String(64), primary_key=True),
    Column("columns", JSON, nullable=False),
    Column("rows", Integer, nullable=False),
)

activities = Table(
    "la_activities",
    metadata,
    Column("edition_id", String(36), ForeignKey("la_editions.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("key", JSON, nullable=False),
    Column("activity_type", String(200), nullable=False),
    Column("activity_id", String(100)),
    Column("expires_at", Utc),
    Column("planned_start", Utc),
    Column("refreshed", Boolean, nullable=False, default=False),
    Column("status", String(20), nullable=False),
    Column("why", Text),
)

batches = Table(
    "la_batches",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("edition_id", String(36), ForeignKey("la_editions.id"), nullable=False),
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
    Index("la_batches_by_activity", "edition_id", "number"),
)

pushes = Table(
    "la_pushes",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("edition_id", String(36), ForeignKey("la_editions.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("content", JSON, nullable=False),
    Column("place_due", Utc),
    Column("place_number", Integer),
    Column("passed", Integer, nullable=False, default=0),
    Column("intended_at", Utc, nullable=False),
    Column("answered_at", Utc),
    Column("outcome", String(20), nullable=False),
    Column("status", Integer),
    Column("code", String(60)),
    Column("triggered", Integer, nullable=False, default=0),
    Column("unsynced", Integer),
    Column("wait_seconds", Float),
    Column("told", Text),
    Index("la_pushes_by_activity", "edition_id", "number"),
)

commands = Table(
    "la_commands",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("edition_id", String(36), ForeignKey("la_editions.id"), nullable=False),
    Column("action", String(30), nullable=False),
    Column("arguments", JSON, nullable=False),
    Column("key", JSON),
    Column("asked_at", Utc, nullable=False),
    Column("obeyed_at", Utc),
    Column("answer", Text),
    Column("effect", JSON),
    Index("la_commands_by_edition", "edition_id"),
)
