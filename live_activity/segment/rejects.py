"""The file of rejected rows: `line,insider_id,reason`, in the table's order."""

from __future__ import annotations

from typing import Any, BinaryIO

from live_activity.segment.plain_ids import views

HEADER = b"line,insider_id,reason\n"
_SPECIAL = b'",\r\n'
_QUOTED = f"[{_SPECIAL.decode()}]"


class RejectsFile:
    """Writes rejects as they come, a block at once."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._file.write(HEADER)

    def write(self, lines: Any, ids: Any, reasons: Any) -> None:
        """Writes some rejects: lines (NumPy), ids as written (an Arrow array, empty where unknown), reasons."""
        import pyarrow
        from pyarrow import compute

        if not len(lines):
            return
        letters = views(ids)[0].tobytes()
        if any(sign in letters for sign in _SPECIAL):
            special = compute.match_substring_regex(ids, _QUOTED)
            doubled = compute.replace_substring(ids, '"', '""')
            ids = compute.if_else(special, compute.binary_join_element_wise('"', doubled, '"', ""), ids)
        texts = compute.binary_join_element_wise(
            pyarrow.array(lines).cast(pyarrow.string()),
            ids,
            compute.binary_join_element_wise(reasons, "\n", ""),
            ",",
        )
        letters, _ = views(texts)
        self._file.write(letters)
