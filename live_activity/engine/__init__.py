"""Plays an edition of a campaign from staging to the report. Imports no Prefect."""
