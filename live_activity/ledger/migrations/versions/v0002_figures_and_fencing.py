"""Times from feed to phone, phone alerts, authors, staged folders, remembered accounts and notifications."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Adds and renames columns; nothing that was recorded is lost."""
    op.alter_column("la_editions", "sightings", new_column_name="first_seen_times")
    op.alter_column("la_editions", "wish", new_column_name="stop_request")
    op.add_column("la_runs", sa.Column("began_at", _TIME))
    op.create_index("la_runs_by_edition", "la_runs", ["edition_id"])
    op.add_column("la_readings", sa.Column("state", sa.JSON))
    for name in ("overrides", "held"):
        op.add_column("la_activities", sa.Column(name, sa.JSON))
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("la_activities", "activity_id", type_=sa.Text)
    op.add_column("la_batches", sa.Column("activity_id", sa.Text))
    op.add_column("la_commands", sa.Column("author", sa.Text))
    for name in ("row_seen_at", "sent_at"):
        op.add_column("la_pushes", sa.Column(name, _TIME))
    for name in ("words", "recorded_late"):
        op.add_column("la_pushes", sa.Column(name, sa.Boolean, nullable=False, server_default=sa.false()))
    op.alter_column("la_pushes", "told", new_column_name="error")
    for table in ("la_pushes", "la_batches"):
        op.drop_index(f"{table}_by_activity", table)
        op.create_index(f"{table}_by_edition", table, ["edition_id", "id"])
    _record_words()
    _create_tables()


def _record_words() -> None:
    """Until now every push carried its row's title and message, and phones may have alerted to each."""
    pushes = sa.table(
        "la_pushes",
        sa.column("id", sa.Integer),
        sa.column("kind", sa.String),
        sa.column("content", sa.JSON),
        sa.column("words", sa.Boolean),
    )
    connection = op.get_bind()
    with_words = [
        row.id
        for row in connection.execute(
            sa.select(pushes.c.id, pushes.c.content).where(pushes.c.kind != "unchanged")
        )
        if isinstance(row.content, dict) and (row.content.get("title") or row.content.get("message"))
    ]
    if with_words:
        connection.execute(
            sa.update(pushes).where(pushes.c.id == sa.bindparam("entry")).values(words=True),
            [{"entry": entry} for entry in with_words],
        )


def _create_tables() -> None:
    op.create_table(
        "la_folders",
        sa.Column("edition_id", sa.String(36), sa.ForeignKey("la_editions.id"), primary_key=True),
        sa.Column("folder", sa.Text, primary_key=True),
        sa.Column("lease_token", sa.Integer, nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
    )
    op.execute(
        "INSERT INTO la_folders (edition_id, folder, lease_token, created_at) "
        "SELECT id, folder, lease_token, created_at FROM la_editions WHERE folder IS NOT NULL"
    )
    op.create_table(
        "la_accounts",
        sa.Column("account", sa.String(200), primary_key=True),
        sa.Column("name", sa.String(60), primary_key=True),
        sa.Column("value", sa.JSON, nullable=False),
        sa.Column("noted_at", _TIME, nullable=False),
    )
    op.create_table(
        "la_notifications",
        sa.Column("account", sa.String(200), primary_key=True),
        sa.Column("mode", sa.String(20), primary_key=True),
        sa.Column("name", sa.String(100), primary_key=True),
        sa.Column("kind", sa.String(60), primary_key=True),
        sa.Column("sent_at", sa.Float, nullable=False),
        sa.Column("suppressed", sa.Integer, nullable=False),
    )
