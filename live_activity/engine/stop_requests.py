"""Stop requests as the ledger has them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from live_activity.decision.state import StopRequest


def stop_request_of(written: Mapping[str, Any] | None) -> StopRequest | None:
    """The recorded stop request; None where there is none."""
    if written is None:
        return None
    return StopRequest(
        written["why"],
        datetime.fromisoformat(written["at"]),
        title=written.get("title"),
        message=written.get("message"),
    )
