"""Fits values to the columns of both databases, so that data from outside never makes an entry fail."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, CursorResult, String

from live_activity.ledger.errors import LedgerUnwritable

_LARGEST = 2**31 - 1
_LONGEST_TEXT = 10_000


def inserted_key(done: CursorResult[Any]) -> int:
    """The id of the entry that was inserted."""
    if done.inserted_primary_key is None:
        raise LedgerUnwritable("the ledger cannot be written: it gave the new entry no number")
    return int(done.inserted_primary_key[0])


def integer(value: int | None) -> int | None:
    """A number that fits an INTEGER column."""
    return None if value is None else max(-_LARGEST, min(value, _LARGEST))


def plain(value: str | None) -> str | None:
    """A text of bounded length without what PostgreSQL (NUL) or UTF-8 (lone surrogates) cannot hold."""
    if value is None:
        return None
    return value[:_LONGEST_TEXT].replace("\0", "").encode("utf-8", "replace").decode()


def short(value: str | None, column: Column[Any]) -> str | None:
    """A text cut to what its column holds."""
    length = column.type.length if isinstance(column.type, String) else None
    text = plain(value)
    return text[:length] if text is not None else None
