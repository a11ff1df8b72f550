"""What the frames of a report and of the ledger have in common."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from live_activity.ledger import queries


def findings_frame(rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """A row a finding: severity, code, message, where, row and column."""
    frame = pd.DataFrame(list(rows), columns=list(queries.FINDING_COLUMNS))
    return frame.astype({"row": "Int64"})


def with_times(frame: pd.DataFrame, names: Iterable[str]) -> pd.DataFrame:
    """The frame with these columns as times in UTC."""
    for name in names:
        if name in frame.columns:
            frame[name] = pd.to_datetime(frame[name], utc=True)
    return frame
