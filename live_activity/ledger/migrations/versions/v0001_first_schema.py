"""The first schema, which had no migrations: tables that were added to it later are created where they are missing."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Completes the ledger."""
    there = set(sa.inspect(op.get_bind()).get_table_names())
    if "la_runs" not in there:
        op.create_table(
            "la_runs",
            sa.Column("flow_run_id", sa.String(36), primary_key=True),
            sa.Column("edition_id", sa.String(36), sa.ForeignKey("la_editions.id"), nullable=False),
        )
    if "la_readings" not in there:
        op.create_table(
            "la_readings",
            sa.Column("edition_id", sa.String(36), sa.ForeignKey("la_editions.id"), primary_key=True),
            sa.Column("source", sa.String(64), primary_key=True),
            sa.Column("columns", sa.JSON, nullable=False),
            sa.Column("rows", sa.Integer, nullable=False),
        )
