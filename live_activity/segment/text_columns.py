"""The cells of a chunk as text: Arrow strings without the space around them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from live_activity.segment.ids import is_inexact, text_of
from live_activity.segment.plain_ids import trimmed, views
from live_activity.tables import Cell
from live_activity.tables.parquet import python_values

# Longer text is not an id; the file of rejects shows this much of it.
_LONGEST_SHOWN = 1_000


class TextColumn:
    """`texts` are the cells as text, empty where a cell is empty or not text.

    `not_text` are the places of cells that are not text, and `raw` their contents; `inexact` are the places of numbers
    that may have lost digits.
    """

    def __init__(
        self, texts: Any, not_text: Sequence[int], raw: Sequence[str], inexact: Sequence[int]
    ) -> None:
        self.texts = texts
        self.not_text = not_text
        self.raw = raw
        self.inexact = inexact


def text_column(cells: Any) -> TextColumn:
    """The text of cells: a list of Python values, or an Arrow array."""
    if isinstance(cells, list):
        return _of_python(cells)
    strings = _of_arrow(cells)
    if strings is None:
        return _of_python(python_values(cells))
    return TextColumn(trimmed(strings), (), (), ())


def _of_arrow(cells: Any) -> Any:
    """The values of an array that are text or whole numbers, as strings; None for all other types."""
    import pyarrow
    from pyarrow import types

    kind = cells.type
    if types.is_dictionary(kind):
        if not _is_string(kind.value_type):
            return None
        # A long value that many rows repeat would fill the memory.
        values = _clipped(cells.dictionary)
        cells = pyarrow.DictionaryArray.from_arrays(cells.indices, values).dictionary_decode()
        kind = cells.type
    if not (_is_string(kind) or types.is_integer(kind) or types.is_null(kind)):
        return None
    if not types.is_string(kind):
        cells = cells.cast(pyarrow.string())
    if cells.null_count:
        cells = cells.fill_null("")
    letters, _ = views(cells)
    if len(letters) and letters.max() >= 0x80:
        # Text in Parquet may be invalid UTF-8. Raises ArrowInvalid.
        cells.validate(full=True)
    return _clipped(cells)


def _clipped(strings: Any) -> Any:
    """The strings, cut where they are far longer than any id."""
    from pyarrow import compute

    longest = compute.max(compute.binary_length(strings)).as_py() or 0
    return (
        strings if longest <= 4 * _LONGEST_SHOWN else compute.utf8_slice_codeunits(strings, 0, _LONGEST_SHOWN)
    )


def _is_string(kind: Any) -> bool:
    from pyarrow import types

    return bool(types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind))


def _of_python(cells: Sequence[Cell]) -> TextColumn:
    import pyarrow

    texts = [text_of(cell) for cell in cells]
    bad = [place for place, text in enumerate(texts) if text is None]
    inexact = [place for place, cell in enumerate(cells) if is_inexact(cell)]
    array = pyarrow.array([(text or "")[:_LONGEST_SHOWN] for text in texts], pyarrow.string())
    return TextColumn(array, bad, [_shown(cells[place]) for place in bad], inexact)


def _shown(cell: Cell) -> str:
    """The content of a cell that is not text; unpaired surrogates cannot be written as they are."""
    try:
        text = str(cell)
    except ValueError:
        # Python does not write numbers of thousands of digits.
        text = "(a number of too many digits)"
    return text[:_LONGEST_SHOWN].encode("utf-8", "backslashreplace").decode()


def replaced(texts: Any, column: TextColumn) -> Any:
    """The texts, with the contents of the cells that are not text, for the file of rejects."""
    if not len(column.not_text):
        return texts
    import pyarrow

    values = np.array(texts.to_pylist(), object)
    values[list(column.not_text)] = list(column.raw)
    return pyarrow.array(values.tolist(), pyarrow.string())
