"""Unpaired surrogates: text that is not Unicode, which Foundation refuses together with the payload around it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from live_activity.core.formatting import quoted

Path = tuple[str, ...]


def invalid_unicode(value: object) -> Iterator[tuple[Path, str]]:
    """Every text and key inside a value that is invalid Unicode: its path and a message."""
    pending: list[tuple[Path, object]] = [((), value)]
    while pending:
        path, part = pending.pop()
        if isinstance(part, str):
            if (place := _unpaired(part)) is not None:
                message = f"{_shown(part)} contains invalid Unicode (an unpaired surrogate)"
                yield path, f"{message} at position {place + 1}; {_FIX}"
        elif isinstance(part, Mapping):
            for key, inner in part.items():
                if isinstance(key, str) and (place := _unpaired(key)) is not None:
                    yield (
                        path,
                        f"the key {_shown(key)} contains invalid Unicode (an unpaired surrogate); {_FIX}",
                    )
                elif isinstance(inner, str | Mapping | list | tuple):
                    pending.append(((*path, str(key)), inner))
        elif isinstance(part, list | tuple):
            pending += [
                ((*path, f"[{index}]"), inner)
                for index, inner in enumerate(part)
                if isinstance(inner, str | Mapping | list | tuple)
            ]


_FIX = "write the whole character"


def _unpaired(text: str) -> int | None:
    if text.isascii():
        return None
    try:
        text.encode()
    except UnicodeEncodeError as error:
        return error.start
    return None


def _shown(text: str) -> str:
    return (
        quoted(text).encode("ascii", "backslashreplace").decode()
        if _unpaired(text) is not None
        else quoted(text)
    )
