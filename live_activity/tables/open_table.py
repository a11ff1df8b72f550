"""Opens a table by the format that its name says."""

from __future__ import annotations

from collections.abc import Sequence

from live_activity.core.findings import invalid
from live_activity.core.source_access import PUBLIC_ACCESS, SourceAccess
from live_activity.tables.csv_table import DelimitedTable
from live_activity.tables.file import TableFile, name_of
from live_activity.tables.formats import FORMATS, format_of
from live_activity.tables.json_tables import JsonArrayTable, JsonLinesTable
from live_activity.tables.parquet import ParquetTable
from live_activity.tables.python_function import is_python, open_python
from live_activity.tables.row_blocks import RowBlock
from live_activity.tables.table import Table
from live_activity.tables.text import Text
from live_activity.tables.workbook import WorkbookTable


def open_table(
    path: str,
    *,
    where: str | None = None,
    content: bytes | None = None,
    kind: str | None = None,
    charset: str | None = None,
    before: Sequence[RowBlock] = (),
    access: SourceAccess = PUBLIC_ACCESS,
) -> Table:
    """Opens the table at a local path, at any fsspec URL, or of a function (`python:package.module:function`).

    `where` is its name in findings, else the file's own.

    The format is the name's ending (`.csv`, `.tsv`, `.json`, `.jsonl`, `.ndjson`, `.parquet`, `.xlsx`; text also with
    `.gz` after it), or what a URL's query names (`?format=csv`). The whole file is read where that is
    needed to know its encoding or its columns. `content` is the file's bytes where they were read already, and `kind`
    the format that the server names, which counts where the path names none; `charset` is the encoding that HTTP
    names. `before` are the blocks of rows of an earlier reading, with which this one will be compared. `access` holds
    what a table needs that is not open to everybody.
    Raises `InvalidInput` where it is missing or not a table.
    """
    if content is None and is_python(path):
        return open_python(path, access=access)
    name = where or name_of(path)
    # Whether it is there comes first: a name with a mistake in its ending is answered with the right one.
    source = TableFile(path, where=name, content=content, charset=charset, access=access)
    source.check_is_no_web_page()
    kind, compressed = format_of(path, named=kind or source.kind)
    if kind is None:
        known = ", ".join(f".{each}" for each in FORMATS)
        raise invalid(
            "unknown_format", f"its name ends in none of {known}; save it as one of them", where=name
        )
    if kind == "parquet":
        return ParquetTable(source)
    if kind == "xlsx":
        return WorkbookTable(source)
    if kind == "json":
        # Programs write an array of any length as one line.
        return JsonArrayTable(
            Text(source, compressed=compressed, charset=charset, has_long_lines=True), before=before
        )
    text = Text(source, compressed=compressed, charset=charset)
    if kind in ("jsonl", "ndjson"):
        return JsonLinesTable(text, before=before)
    return DelimitedTable(text, delimiter="\t" if kind == "tsv" else None)
