"""DataFrames as files: a campaign is played from them, and recovered from them when its Python session has ended."""

from __future__ import annotations

import hashlib
import json
import math
import os
import re
import tempfile
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import partial
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

from live_activity.core.findings import invalid
from live_activity.core.times import in_utc
from live_activity.tables.file import name_of
from live_activity.tables.table import Table
from live_activity.tables.table_row import Cell

FOLDER = "frames"
_DIGITS = 24
# The age at which a stored segment is deleted: where its edition is over, and where no edition names it.
_JUST_STORED, _FORGOTTEN = timedelta(hours=1), timedelta(days=30)
_NAME = re.compile(rf"(?P<kind>segment|activities|timeline|exclude)-[0-9a-f]{{{_DIGITS}}}\.(jsonl|parquet)")
# Columns in which text spells an object, as in a CSV; JSON lines take it for text.
_OBJECTS = frozenset({"content_state", "attributes"})


def store_timeline(table: Table, *, zone: ZoneInfo, storage: str) -> str:
    """Stores a timeline as JSON lines, named by its content; returns its path or URL.

    Text, numbers, booleans, objects and arrays are JSON's own; times are RFC 3339 text in UTC, read in `zone` where
    they have none; a `timedelta` is the time since the start. Empty cells are null.
    Raises `InvalidInput` that names column and row where a value has no such form, and where the file cannot be
    written.
    """
    return _store_lines(
        _lines(table, None, partial(_timeline_value, zone)), "timeline", table, storage=storage
    )


def store_segment(table: Table, *, columns: Sequence[str], storage: str, kind: str = "segment") -> str:
    """Stores these columns of a segment, where the table has them; returns its path or URL.

    `kind` may be `activities` or `exclude`. Columns of text or of integers alone become Parquet, which is staged
    fastest, others JSON lines.

    Cells that are neither text nor a number are stored so that a segment rejects them as `not_text`. Columns that the
    campaign does not use are not stored. Raises `InvalidInput` as `store_timeline` does.
    """
    names = [name for name in dict.fromkeys(columns) if name in table.columns or name in table.doubled]
    # A segment without its first column is stored whole, so that the error names the columns that it has.
    chosen = names if columns[0] in names else None
    if chosen is not None and not table.doubled:
        with tempfile.TemporaryFile() as file:
            if _write_parquet(table, chosen, file):
                return _store(file, kind, ".parquet", table, storage=storage)
    return _store_lines(_lines(table, chosen, _segment_value), kind, table, storage=storage)


def stored_kind(name: str) -> str | None:
    """The kind of a stored DataFrame by its file's name, such as `segment` or `timeline`; None for other files."""
    found = _NAME.fullmatch(name)
    return found["kind"] if found else None


def is_stored_frame(path: str) -> bool:
    """Whether a path or URL is that of a stored DataFrame."""
    *_, folder, name = ("", *re.split(r"[/\\]", path))
    return folder == FOLDER and stored_kind(name) is not None


def discard_segments(
    storage: str, *, over: Collection[str | None], used: Collection[str | None], now: datetime
) -> None:
    """Deletes stored segments, which hold ids of people: those of editions that are `over`, and forgotten ones.

    One that was stored within the last hour is kept, since its edition may be about to begin; one that no edition
    names (`used`) is forgotten after 30 days.
    """
    import fsspec

    folder = _join(storage, FOLDER)
    filesystem, inner = fsspec.core.url_to_fs(folder)
    try:
        names = [name_of(str(place)) for place in filesystem.ls(inner, detail=False)]
    except OSError:
        return
    for name in names:
        path = _join(folder, name)
        if stored_kind(name) in (None, "timeline") or path in used:
            continue
        modified = filesystem.modified(f"{inner}/{name}")
        age = now - (modified if modified.tzinfo is not None else modified.replace(tzinfo=UTC))
        if age > (_JUST_STORED if path in over else _FORGOTTEN):
            with suppress(FileNotFoundError):
                filesystem.rm_file(f"{inner}/{name}")


def _lines(
    table: Table, names: Sequence[str] | None, value_of: Callable[[Cell, str], Any]
) -> Iterator[bytes]:
    """A line for each row, with these columns; with all of them where `names` is None."""
    for name in table.doubled:
        if names is None or name in names:
            raise table.doubled_name(name)
    for chunk in table.column_chunks(table.columns if names is None else names, 10_000):
        for place, cells in enumerate(zip(*chunk.columns.values(), strict=True)):
            record: dict[str, Any] = {}
            for name, cell in zip(chunk.columns, cells, strict=True):
                try:
                    record[name] = value_of(cell, name)
                except ValueError as error:
                    row = chunk.first + place
                    raise invalid(
                        "wrong_value", str(error), where=table.where, row=row, column=name
                    ) from None
            yield json.dumps(record, ensure_ascii=False, allow_nan=False).encode("utf-8", "strict") + b"\n"


def _timeline_value(zone: ZoneInfo, cell: Cell, column: str) -> Any:
    if isinstance(cell, str) and column in _OBJECTS and cell.lstrip().startswith("{"):
        with suppress(ValueError):
            return json.loads(cell)
    return _json_value(cell, zone)


def _segment_value(cell: Cell, _column: str) -> Any:
    if cell is None or isinstance(cell, bool):
        return cell
    if isinstance(cell, float | Decimal) and not math.isfinite(cell):
        return [str(cell)]
    if isinstance(cell, str | int | float | Decimal):
        return _json_value(cell, ZoneInfo("UTC"))
    return [str(cell)]


def _json_value(cell: Any, zone: ZoneInfo) -> Any:
    if isinstance(cell, str):
        if any("\ud800" <= character <= "\udfff" for character in cell):
            raise ValueError("contains invalid Unicode (unpaired surrogate); read the text as UTF-8")
        return str(cell)
    if isinstance(cell, float | Decimal) and not math.isfinite(cell):
        raise ValueError(f"is {cell}, which is not a number that a phone could show; replace it")
    if isinstance(cell, Decimal):
        return int(cell) if cell == cell.to_integral_value() else float(cell)
    if isinstance(cell, timedelta):
        return _duration(cell)
    if isinstance(cell, datetime):
        return in_utc(cell, zone=zone).isoformat().replace("+00:00", "Z")
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, dict):
        return {name: _json_value(part, zone) for name, part in cell.items()}
    if isinstance(cell, list):
        return [_json_value(part, zone) for part in cell]
    return cell


def _duration(length: timedelta) -> str:
    """The time since the start as timelines write it, such as +01:30:00."""
    if length < timedelta(0):
        raise ValueError(f"-{-length} is before the start, when nothing can be sent; make it 0 or more")
    minutes, seconds = divmod(length.days * 86_400 + length.seconds, 60)
    fraction = f".{length.microseconds:06}" if length.microseconds else ""
    return f"+{minutes // 60:02}:{minutes % 60:02}:{seconds:02}{fraction}"


def _write_parquet(table: Table, names: Sequence[str], file: BinaryIO) -> bool:
    """Writes the columns as Parquet; False where cells are of types that only JSON lines tell apart."""
    import pyarrow
    from pyarrow import parquet

    writer: Any = None
    try:
        for chunk in table.arrow_chunks(names):
            arrays = {name: _plain_array(cells) for name, cells in chunk.columns.items()}
            if any(array is None for array in arrays.values()):
                return False
            rows = pyarrow.table(arrays)
            if writer is None:
                writer = parquet.ParquetWriter(file, rows.schema)
            if rows.schema != writer.schema:
                return False
            writer.write_table(rows)
    finally:
        if writer is not None:
            writer.close()
    return writer is not None


def _plain_array(cells: Any) -> Any:
    """The cells as an Arrow array of text or integers; None where there are others."""
    import pyarrow

    if isinstance(cells, pyarrow.Array):
        types = pyarrow.types
        if types.is_integer(cells.type):
            return cells
        text = types.is_string(cells.type) or types.is_large_string(cells.type)
        return cells.cast(pyarrow.large_string()) if text else None
    if all(cell is None or isinstance(cell, str) for cell in cells):
        with suppress(UnicodeEncodeError):
            return pyarrow.array(cells, pyarrow.large_string())
    return None


def _store_lines(lines: Iterator[bytes], what: str, table: Table, *, storage: str) -> str:
    with tempfile.TemporaryFile() as file:
        # A row's line is one more than its number, as in Parquet: where the header of a CSV would be.
        file.write(b"\n")
        file.writelines(lines)
        return _store(file, what, ".jsonl", table, storage=storage)


def _store(file: BinaryIO, what: str, ending: str, table: Table, *, storage: str) -> str:
    """Stores a written file under a name made of its content; returns its path or URL."""
    file.seek(0)
    digest = hashlib.sha256()
    while block := file.read(1 << 20):
        digest.update(block)
    file.seek(0)
    name = f"{what}-{digest.hexdigest()[:_DIGITS]}{ending}"
    folder = _join(storage, FOLDER)
    try:
        _copy(file, folder, name)
    except OSError as error:
        why = f"cannot be stored in {storage}: {error.strerror or error}; set LIVE_ACTIVITY_STORAGE"
        raise invalid("storage_unwritable", why, where=table.where) from None
    return _join(folder, name)


def _copy(file: BinaryIO, folder: str, name: str) -> None:
    """Copies the file as a whole or not at all. A file of that name has the same content; its time is renewed."""
    import shutil

    import fsspec

    filesystem, inner = fsspec.core.url_to_fs(folder)
    target = f"{inner}/{name}"
    filesystem.makedirs(inner, exist_ok=True)
    if "://" in folder and not folder.startswith("file://"):
        with filesystem.open(target, "wb") as stored:
            shutil.copyfileobj(file, stored)
        return
    handle, part = tempfile.mkstemp(dir=inner, prefix=".part-")
    try:
        with os.fdopen(handle, "wb") as stored:
            shutil.copyfileobj(file, stored)
            stored.flush()
            os.fsync(stored.fileno())
        os.replace(part, target)
    except BaseException:
        with suppress(OSError):
            os.remove(part)
        raise


def _join(folder: str, name: str) -> str:
    return f"{folder.rstrip('/')}/{name}" if "://" in folder else os.path.join(os.path.abspath(folder), name)
