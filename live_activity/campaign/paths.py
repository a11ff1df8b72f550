"""Resolves the paths of a campaign: relative to its file, or to the inputs folder."""

from __future__ import annotations

import os
from pathlib import Path

from live_activity.campaign.model import Campaign
from live_activity.tables.python_function import is_python

PATHS = (
    "segment",
    "activities",
    "timeline",
    "contract",
    "card",
    "template",
    "texts",
    "test_segment",
    "exclude",
)


def resolved(campaign: Campaign, base: str) -> Campaign:
    """The campaign with its relative paths resolved against `base` (a folder, or an fsspec URL)."""
    moved = {name: join(base, path) for name in PATHS if isinstance(path := getattr(campaign, name), str)}
    return campaign.model_copy(update=moved)


def join(base: str, path: str) -> str:
    """The path resolved against `base`; absolute paths, URLs and Python functions stay as they are."""
    if "://" in path or is_python(path):
        return path
    path = os.path.expanduser(path)
    if os.path.isabs(path):
        return path
    if "://" in base:
        return f"{base.rstrip('/')}/{path}"
    return str(Path(base) / path)
