"""What is known of an edition while it runs: its findings, and when its timeline was and will be read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Adds a column; nothing that was recorded changes."""
    op.add_column("la_editions", sa.Column("progress", sa.JSON))
