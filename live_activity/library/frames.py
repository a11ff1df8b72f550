"""The dtypes that the frames of a report and of the ledger have, whatever is in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from live_activity.ledger import queries

# What pandas takes for text: `str` from pandas 3 on, `object` before.
TEXT = pd.Series([""]).dtype
TIME = "datetime64[us, UTC]"


def typed_frame(rows: Iterable[Mapping[str, Any]], dtypes: Mapping[str, Any]) -> pd.DataFrame:
    """A frame with these columns, whose dtypes do not depend on which values are missing."""
    return pd.DataFrame(list(rows), columns=list(dtypes), dtype=object).astype(dict(dtypes))


def findings_frame(rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """A row a finding: severity, code, message, where, row and column."""
    return typed_frame(rows, {**dict.fromkeys(queries.FINDING_COLUMNS, TEXT), "row": "Int64"})
