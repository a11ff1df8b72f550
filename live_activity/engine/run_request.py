"""What a run is asked to play, and how."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from live_activity.api.account import Account
from live_activity.campaign.model import Campaign, Mode
from live_activity.core.source_access import PUBLIC_ACCESS, SourceAccess


@dataclass(frozen=True, slots=True)
class RunRequest:
    """A campaign to play, and how.

    `run` links to the flow run that plays it, `scheduled` is when a schedule wanted it to begin, `again` opens a new
    edition of one that is over, `speed` plays a rehearsal so many times faster than real time, `base` is where
    relative paths of steering commands begin, `edition_id` names the edition to continue, `agreed` says who approved
    the start beforehand, and `access` is what opens the tables.
    """

    campaign: Campaign
    mode: Mode
    flow_run_id: str | None = None
    run: str | None = None
    scheduled: datetime | None = None
    again: bool = False
    speed: float | None = None
    account: Account | None = None
    base: str = "."
    edition_id: str | None = None
    agreed: str | None = None
    access: SourceAccess = PUBLIC_ACCESS
