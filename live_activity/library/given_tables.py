"""A campaign as a program gives it: a path, keys or a `Campaign`, with tables that are files or DataFrames."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from live_activity.campaign.model import Campaign, Mode, read_campaign
from live_activity.campaign.paths import join, resolved
from live_activity.campaign.read_file import campaign_of, read_campaign_file, ready_to_play
from live_activity.core.findings import invalid
from live_activity.core.source_access import SourceAccess
from live_activity.tables.stored_frame import store_segment, store_timeline

if TYPE_CHECKING:
    import pandas as pd

CampaignLike: TypeAlias = "str | os.PathLike[str] | Mapping[str, Any] | Campaign"
TableLike: TypeAlias = "str | os.PathLike[str] | pd.DataFrame | Iterable[Mapping[str, Any]]"
PeopleLike: TypeAlias = "TableLike | Iterable[object]"


def read_given(
    campaign: CampaignLike,
    mode: Mode,
    *,
    segment: TableLike | None,
    activities: TableLike | None,
    timeline: TableLike | None,
    exclude: PeopleLike | None,
    storage: str,
) -> tuple[Campaign, SourceAccess]:
    """The campaign with the tables that were given, stored where they are not files, and the access to its tables.

    Raises `InvalidInput`.
    """
    # A test goes to the few people that are given here as its segment.
    in_test = ("test_segment",) if mode == "test" else ()
    given: dict[str, Any] = {}
    frames: list[tuple[tuple[str, ...], Any]] = []
    tables: tuple[tuple[tuple[str, ...], Any], ...] = (
        (("segment", *in_test), segment),
        (("activities", *in_test), activities),
        (("timeline",), timeline),
        (("exclude",), exclude),
    )
    if (segment is None) != (activities is None):
        # The given table replaces the campaign's table of the other kind.
        given["segment" if segment is None else "activities"] = None
    for keys, table in tables:
        if isinstance(table, str | os.PathLike):
            given |= dict.fromkeys(keys, join(os.getcwd(), os.fspath(table)))
        elif table is not None:
            # The campaign's keys are validated before its tables are stored.
            given |= dict.fromkeys(keys, f"{keys[0]}.jsonl")
            frames.append((keys, table))
    asked, access = _with_keys(campaign, mode, given)
    stored: dict[str, str] = {}
    for keys, table in frames:
        stored |= dict.fromkeys(keys, _store(keys[0], table, asked, storage=storage))
    return asked.model_copy(update=stored), access


def _with_keys(campaign: CampaignLike, mode: Mode, given: Mapping[str, Any]) -> tuple[Campaign, SourceAccess]:
    base = base_of(campaign)
    if isinstance(campaign, Campaign):
        # Keys that have their default are left out: that of `id_column` depends on which of the tables is given.
        own = campaign.model_dump(exclude_defaults=True)
        chosen = resolved(read_campaign({**own, **given}, where="campaign"), base)
        return ready_to_play(chosen, mode, where="campaign", base=base)
    if isinstance(campaign, Mapping):
        _expect_plain_values(campaign)
        return campaign_of({**campaign, **given}, mode, where="campaign", base=base)
    if isinstance(campaign, str | os.PathLike):
        return read_campaign_file(Path(campaign).expanduser(), mode, given=given)
    what = f"is of the type {type(campaign).__name__}; give the path of a campaign file, a dict or a Campaign"
    raise invalid("not_a_campaign", what, where="campaign")


def _expect_plain_values(campaign: Mapping[str, Any]) -> None:
    """Raises `InvalidInput` where a key names a table and its value is a DataFrame."""
    for key, value in campaign.items():
        if hasattr(value, "columns"):
            what = (
                f"is a DataFrame; give it as the argument {key}="
                if key in ("segment", "activities", "timeline", "exclude")
                else "is a DataFrame; this key takes the path of a file"
            )
            raise invalid("wrong_value", what, where="campaign", column=key)


def name_of(campaign: CampaignLike) -> str:
    """The name of a campaign before its keys are validated; for a file, the file's name without its ending."""
    if isinstance(campaign, str | os.PathLike):
        return Path(campaign).stem
    name = campaign.get("name") if isinstance(campaign, Mapping) else getattr(campaign, "name", None)
    return name if isinstance(name, str) and name else "campaign"


def base_of(campaign: CampaignLike) -> str:
    """The folder to which the campaign's paths are relative: that of its file, else the working directory."""
    if isinstance(campaign, str | os.PathLike):
        return str(Path(campaign).expanduser().parent.resolve())
    return os.getcwd()


def _store(key: str, table: Any, campaign: Campaign, *, storage: str) -> str:
    from live_activity.tables.dataframe import check_index, ids_to_frame, rows_to_table

    if key == "exclude":
        table = ids_to_frame(table, campaign.id_column)
    opened = rows_to_table(table, where=f"{key} DataFrame")
    check_index(opened, "at" if key == "timeline" else campaign.id_column)
    if key == "timeline":
        return store_timeline(opened, zone=campaign.zone, storage=storage)
    columns = (campaign.id_column, *(campaign.split_by if key != "exclude" else ()))
    return store_segment(opened, columns=columns, storage=storage, kind=key)
