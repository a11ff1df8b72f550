"""What a spreadsheet writes into a cell whose formula failed, or has no result yet."""

from __future__ import annotations

import re
from typing import Final

# Excel, Google Sheets and LibreOffice; some of them in the languages that they are used in.
_WORDS: Final = frozenset(
    {
        "#N/A", "#NV", "#N/D", "#YOK", "#GETTING_DATA", "#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!",
        "#SPILL!", "#CALC!", "#ERROR!", "#BUSY!", "#FIELD!", "#BLOCKED!", "#CONNECT!", "#UNKNOWN!", "#EXTERNAL!",
        "#PYTHON!", "#TIMEOUT!", "Loading...", "Loading\N{HORIZONTAL ELLIPSIS}",
    }
)  # fmt: skip
_OTHER: Final = re.compile(r"#[^\W\d_][^\s#]{0,14}[!?]|#{3,}|Err:\d{3}|#N/A [A-Z].{0,60}")


def is_spreadsheet_error(text: str) -> bool:
    """Whether the text is an error such as `#REF!`, `#N/A` or `Loading...`, or a number too wide for its column."""
    return text[:1] in ("#", "L", "E") and (text in _WORDS or _OTHER.fullmatch(text) is not None)
