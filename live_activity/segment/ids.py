"""A person's id: text, with nothing changed but the space around it."""

from __future__ import annotations

import math
import re
from decimal import Decimal
from typing import Literal

from live_activity.tables import Cell

LONGEST = 255

Fault = Literal["no_id", "not_text", "too_long", "control_characters"]

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
# Spreadsheets and floating-point numbers are exact for 15 digits.
_EXACT = 10**15
# No number of more digits is an id, and Python refuses to write those of thousands of digits.
_MOST_DIGITS = 10**LONGEST


def text_of(cell: Cell) -> str | None:
    """The cell as text: whole numbers without a fraction, an empty cell as an empty text; None where it is not text.

    Booleans, fractions, dates, nested values and text with unpaired surrogates cannot be a person's id.
    """
    if isinstance(cell, str):
        text = cell.strip()
        return text if text.isascii() or not _SURROGATE.search(text) else None
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return ""
    if isinstance(cell, bool):
        return None
    if isinstance(cell, int):
        return str(cell) if -_MOST_DIGITS < cell < _MOST_DIGITS else None
    if isinstance(cell, Decimal) and cell.adjusted() > LONGEST:
        return None
    if isinstance(cell, float | Decimal) and math.isfinite(cell) and cell == int(cell):
        return str(int(cell))
    return None


def fault_of(text: str | None) -> Fault | None:
    """Why the text cannot be an id; None where it can."""
    if text is None:
        return "not_text"
    if not text:
        return "no_id"
    if len(text) > LONGEST:
        return "too_long"
    # Most ids are printable, which is quicker to check.
    return "control_characters" if not text.isprintable() and _CONTROL.search(text) else None


def is_inexact(cell: Cell) -> bool:
    """Whether the cell is a floating-point number of 16 digits and more, of which the last may be lost."""
    return isinstance(cell, float) and abs(cell) >= _EXACT
