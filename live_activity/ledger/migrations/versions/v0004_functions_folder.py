"""Where recovery finds the functions that a campaign file names as tables: the folder of the file."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Adds a column; nothing that was recorded changes."""
    op.add_column("la_editions", sa.Column("functions_folder", sa.Text))
