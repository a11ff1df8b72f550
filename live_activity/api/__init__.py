"""The client of the Live Activities API: calls, answers, errors and the pace."""

from live_activity.api.answers import Added, Pushed, Removed, Skipped
from live_activity.api.backoff import delay
from live_activity.api.client import Client
from live_activity.api.devices import TargetDevice
from live_activity.api.errors import (
    AlreadyStarted,
    ApiError,
    NeverLeft,
    NobodyEligible,
    NotFound,
    OutcomeUnknown,
    ProductDisabled,
    RateLimited,
    RefusedRequest,
    Repeat,
    ServerFault,
    ServiceUnavailable,
    TokensNotSynced,
    Unauthorized,
)
from live_activity.api.pacing import Pace
from live_activity.api.redaction import redacted

__all__ = [
    "Added",
    "AlreadyStarted",
    "ApiError",
    "Client",
    "NeverLeft",
    "NobodyEligible",
    "NotFound",
    "OutcomeUnknown",
    "Pace",
    "ProductDisabled",
    "Pushed",
    "RateLimited",
    "RefusedRequest",
    "Removed",
    "Repeat",
    "ServerFault",
    "ServiceUnavailable",
    "Skipped",
    "TargetDevice",
    "TokensNotSynced",
    "Unauthorized",
    "delay",
    "redacted",
]
