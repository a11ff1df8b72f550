"""Addresses in the Prefect UI: the pages of a run's artifacts."""

from __future__ import annotations

import re

from prefect.runtime import flow_run

from live_activity.engine.edition import Edition
from live_activity.prefect_integration.artifacts import key_of

_RUN_PATH = re.compile(r"/(?:flow-)?runs/flow-run/.*")


def artifact_url(key: str) -> str | None:
    """The page of the artifacts with that key, newest first; None if no UI is known."""
    base = ui_url()
    return f"{base}/artifacts/key/{key}" if base else None


def run_url() -> str | None:
    """The page of this flow run; None outside of a flow run, or if its server has no UI (a temporary server)."""
    run: str | None = flow_run.ui_url
    # If Prefect knows no UI, its links begin with the word None.
    return run if run is not None and run.startswith("http") else None


def ui_url() -> str | None:
    """The address of the UI, taken from the link of this flow run; None if there is no such link."""
    run = run_url()
    return _RUN_PATH.sub("", run) if run and _RUN_PATH.search(run) else None


def edition_artifact_url(edition: Edition, what: str) -> str | None:
    """The page of one artifact of a campaign: `plan`, `now` or `report`."""
    return artifact_url(f"{key_of(edition.campaign.name, edition.mode)}-{what}")
