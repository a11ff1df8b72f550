"""Reads campaign files, and campaigns that a program gives as keys: validated, with resolved paths."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from live_activity.campaign.model import Campaign, Mode, read_campaign
from live_activity.campaign.paths import resolved
from live_activity.campaign.placeholders import fill_placeholders
from live_activity.campaign.preset_keys import DEPLOYMENT_KEYS
from live_activity.core.source_access import SourceAccess
from live_activity.core.yaml_file import read_yaml
from live_activity.tables.python_function import access_to_functions


def read_campaign_file(
    file: Path, mode: Mode, *, given: Mapping[str, Any] | None = None
) -> tuple[Campaign, SourceAccess]:
    """The campaign of a file, its paths relative to the file, and what opens its tables. Raises `InvalidInput`.

    `given` are keys that replace the file's own, or are added to them.
    """
    written = read_yaml(file, what="campaign file")
    values = {key: value for key, value in written.items() if key not in DEPLOYMENT_KEYS}
    return campaign_of({**values, **(given or {})}, mode, where=file.name, base=str(file.parent.resolve()))


def campaign_of(
    values: Mapping[str, Any], mode: Mode, *, where: str, base: str
) -> tuple[Campaign, SourceAccess]:
    """The campaign that these keys ask for, its paths relative to `base`. Raises `InvalidInput`.

    Functions that it names as tables may be called, so it must never be given what somebody typed into a form.
    """
    campaign = resolved(read_campaign(dict(values), where=where), base)
    return ready_to_play(campaign, mode, where=where, base=base)


def ready_to_play(campaign: Campaign, mode: Mode, *, where: str, base: str) -> tuple[Campaign, SourceAccess]:
    """The campaign with its placeholders filled, and access to the functions that it names as tables."""
    tables = (campaign.timeline, campaign.segment, campaign.activities, campaign.test_segment)
    access = access_to_functions(tables, folder=base)
    return fill_placeholders(campaign, mode, now=datetime.now(UTC), where=where), access
