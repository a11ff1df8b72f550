"""Reports an unexpected error: one line for people, and a file with the details.

An error's own text and the values of variables may hold a person's id or a key: neither is written anywhere.
"""

from __future__ import annotations

import contextlib
import os
import platform
import tempfile
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from live_activity.core.settings import data_folder

_PACKAGE = Path(__file__).parents[1]
# How many of the newest files are kept, and how many frames of an error are written: a recursion has thousands.
_MOST_FILES, _MOST_FRAMES = 50, 100


class Unforeseen(Exception):
    """An unexpected error, as the one line that users read instead of its text."""


def report_crash(error: BaseException) -> str:
    """Writes the details into a file that only this user may read; returns the line for people, which names it."""
    if isinstance(error, Unforeseen):
        return str(error)
    line = f"failed unexpectedly: {type(error).__name__}{_place(error)}"
    file = _written("\n".join(_details(error)) + "\n")
    return f"{line}; details (no ids, no key) are in {file}" if file else line


def _details(error: BaseException) -> Iterator[str]:
    yield f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC, Python {platform.python_version()}, {platform.platform()}"
    seen: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in seen:
        seen.append(cause)
        cause = cause.__cause__ or cause.__context__
    for each in reversed(seen):
        yield f"\n{type(each).__module__}.{type(each).__qualname__}"
        frames = traceback.extract_tb(each.__traceback__)
        yield from (f"  {frame.filename}:{frame.lineno} {frame.name}" for frame in frames[-_MOST_FRAMES:])


def _place(error: BaseException) -> str:
    """The innermost place in this package that the error passed through; empty where there is none."""
    ours = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename).is_relative_to(_PACKAGE)
    ]
    return f" at {Path(ours[-1].filename).relative_to(_PACKAGE.parent)}:{ours[-1].lineno}" if ours else ""


def _written(text: str) -> Path | None:
    for folder in (data_folder() / "crashes", Path(tempfile.gettempdir())):
        with contextlib.suppress(OSError):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _make_room(folder)
            handle, name = tempfile.mkstemp(
                ".txt", f"live-activity-{datetime.now(UTC):%Y%m%dT%H%M%S}-", folder
            )
            with os.fdopen(handle, "w") as file:
                file.write(text)
            return Path(name)
    return None


def _make_room(folder: Path) -> None:
    for old in sorted(folder.glob("live-activity-*.txt"))[: -_MOST_FILES + 1]:
        old.unlink(missing_ok=True)
