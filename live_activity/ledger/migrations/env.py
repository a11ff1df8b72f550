"""What Alembic runs: every migration that is missing, on the connection and in the transaction that it is given."""

from __future__ import annotations

from alembic import context

from live_activity.ledger.schema import metadata, revisions

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=revisions.name,
)
with context.begin_transaction():
    context.run_migrations()
