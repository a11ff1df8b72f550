"""A client for the Live Activities API: calls, answers, errors and the rate limiter. Usable alone."""

from live_activity.api.backoff import delay
from live_activity.api.client import Client
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
    WrongAddress,
)
from live_activity.api.models import Added, Pushed, Removed, Skipped
from live_activity.api.rate_limiter import RateLimiter, Slot
from live_activity.api.redaction import redacted
from live_activity.api.target_device import TargetDevice

__all__ = [
    "Added",
    "AlreadyStarted",
    "ApiError",
    "Client",
    "NeverLeft",
    "NobodyEligible",
    "NotFound",
    "OutcomeUnknown",
    "ProductDisabled",
    "Pushed",
    "RateLimited",
    "RateLimiter",
    "RefusedRequest",
    "Removed",
    "Repeat",
    "ServerFault",
    "ServiceUnavailable",
    "Skipped",
    "Slot",
    "TargetDevice",
    "TokensNotSynced",
    "Unauthorized",
    "WrongAddress",
    "delay",
    "redacted",
]
