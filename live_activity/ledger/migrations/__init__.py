"""Alembic migrations of the ledger, run by `live_activity.ledger.prepare` when an older ledger is opened."""
