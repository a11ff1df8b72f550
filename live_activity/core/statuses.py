"""The statuses of campaigns and of activities, as the ledger and the report have them, and which of them are final.

A status that is added to one of the types below counts as final, or not, wherever that matters.
"""

from __future__ import annotations

from typing import Literal, TypeGuard, get_args

# Nothing more is sent to an activity with such a status.
FinalActivityStatus = Literal[
    "ended", "expired", "nobody_eligible", "not_found", "rejected", "cancelled", "failed"
]
ActivityStatus = Literal["planned", "registered", "started"] | FinalActivityStatus

# Nothing more is sent for a campaign with such a status.
FinalCampaignStatus = Literal["ended", "missed", "rejected", "cancelled", "failed"]
CampaignStatus = Literal["checked", "awaiting_approval", "running"] | FinalCampaignStatus

# What a stop request may ask for: the status that the campaign and its activities end in.
StopStatus = Literal["ended", "rejected", "cancelled", "failed"]

# Activities are over, campaigns are finished.
OVER: frozenset[FinalActivityStatus] = frozenset(get_args(FinalActivityStatus))
FINISHED: frozenset[FinalCampaignStatus] = frozenset(get_args(FinalCampaignStatus))
# What the exit code reports as a failure.
UNSUCCESSFUL = FINISHED - {"ended"}


def is_over(status: str) -> TypeGuard[FinalActivityStatus]:
    """Whether nothing more is sent to an activity with this status."""
    return status in OVER
