"""The formats of tables: how they are named, and which of them are read by lines."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

from live_activity.tables.file import is_url, name_of

# Only these are read with `.gz` after their name's ending.
_TEXT = ("csv", "tsv", "json", "jsonl", "ndjson")
FORMATS = (*_TEXT, "parquet", "xlsx")
MEDIA_TYPES = {
    "text/csv": "csv",
    "text/tab-separated-values": "tsv",
    "application/json": "json",
    "application/x-ndjson": "jsonl",
    "application/jsonl": "jsonl",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.apache.parquet": "parquet",
}


def format_of(path: str, *, named: str | None = None) -> tuple[str | None, bool]:
    """The format of the table at a path, and whether it is compressed with gzip.

    The name's ending counts first, then what a URL's query names, then `named`, the format that its server names; None
    where nothing names one.
    """
    name = name_of(path).lower()
    compressed = name.endswith(".gz")
    ending = name.removesuffix(".gz").rpartition(".")[2]
    if ending in _TEXT or (ending in FORMATS and not compressed):
        return ending, compressed
    asked = [value.lower() for _, value in parse_qsl(urlsplit(path).query)] if is_url(path) else []
    return next((value for value in asked if value in FORMATS), named), False


def is_read_by_lines(path: str, *, named: str | None = None) -> bool:
    """Whether the bytes of the table are lines of text, each with a row, so that the last one may be unfinished."""
    kind, compressed = format_of(path, named=named)
    return kind in _TEXT and kind != "json" and not compressed
