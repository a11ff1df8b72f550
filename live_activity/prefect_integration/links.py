"""Addresses in the Prefect UI: the pages of a run's artifacts."""

from __future__ import annotations

import re

from prefect.runtime import flow_run

from live_activity.engine.edition import Edition
from live_activity.prefect_integration.artifacts import key_of

_RUN_PATH = re.compile(r"/(?:flow-)?runs/flow-run/.*")


def artifact_url(key: str) -> str | None:
    """The page of the artifacts of that key, the newest first; None outside of a flow run."""
    run: str | None = flow_run.ui_url
    if not run or not _RUN_PATH.search(run):
        return None
    return f"{_RUN_PATH.sub('', run)}/artifacts/key/{key}"


def edition_artifact_url(edition: Edition, what: str) -> str | None:
    """The page of one artifact of a campaign: `plan`, `now` or `report`."""
    return artifact_url(f"{key_of(edition.campaign.name, edition.mode)}-{what}")
