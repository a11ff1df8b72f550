"""Reads YAML as people mean it: `007`, `no` and `15:00` stay text."""

from __future__ import annotations

import re
import stat
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    Event,
    NodeEvent,
    ScalarEvent,
)
from ruamel.yaml.resolver import VersionedResolver

from live_activity.core.findings import InvalidInput, invalid
from live_activity.core.suggestions import nearest_file

_PLAIN = (
    ("tag:yaml.org,2002:null", re.compile(r"(?:~|null|)$"), ("~", "n", "")),
    ("tag:yaml.org,2002:bool", re.compile(r"(?:true|false)$"), ("t", "f")),
    ("tag:yaml.org,2002:int", re.compile(r"-?(?:0|[1-9][0-9]*)$"), tuple("-0123456789")),
    (
        "tag:yaml.org,2002:float",
        re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?$"),
        tuple("-0123456789"),
    ),
)


# Generous for a campaign, a template or a query that somebody wrote by hand.
MOST_BYTES = 1024 * 1024
MOST_DEPTH = 50
# Values of the whole file, those that aliases repeat counted each time.
MOST_VALUES = 20_000
MOST_DIGITS = 100

# Deep nesting by brackets alone; all other nesting is counted.
_BRACKETS = re.compile(r"(?:[\[{]\s*){51}")
_NUMBER = re.compile(r"-?[0-9]+")
_FIXES = {
    "'\\t'": "put spaces in place of the tab",
    "unexpected end of stream": "close the quote, or the bracket, that is open",
    "stream end": "close the bracket that is open",
    "another document": "take out the line of ---, and what is behind it",
    "constructor for the tag": "take out the word that begins with !",
    "undefined alias": "write the value itself, or put it in quotes",
    "mapping values are not allowed": "put a value that holds a colon in quotes",
    "cannot start any token": "put the value in quotes",
    "unhashable key": "put a value that begins with {{ in quotes",
    "expected <block end>": "put a value that begins with a brace, a bracket or a quote in quotes as a whole",
    "but got '['": "put a value that begins with {{ in quotes",
}


class _JsonSpelling(VersionedResolver):
    """YAML 1.2's JSON schema, with everything else as text: ruamel's 1.2 still reads 007 as 7 and dates as dates."""

    @property
    def versioned_resolver(self) -> Any:
        table: dict[str | None, list[tuple[str, re.Pattern[str]]]] = {None: []}
        for tag, pattern, firsts in _PLAIN:
            for first in firsts:
                table.setdefault(first, []).append((tag, pattern))
        return table


def read_yaml(path: Path, *, what: str) -> dict[str, Any]:
    """The mapping in a YAML file; `what` says in a word what the file is, for the errors.

    Raises `InvalidInput` with one line: a file that is not there, not UTF-8, not YAML, or no mapping of keys.
    """
    where = path.name
    try:
        text = _text_of(path, what=what)
    except InvalidInput:
        raise
    except FileNotFoundError:
        raise invalid("file_missing", f"there is no such {what}{_nearest(path)}", where=str(path)) from None
    except IsADirectoryError:
        raise invalid("file_unreadable", f"is a folder; name the {what} in it", where=str(path)) from None
    except UnicodeDecodeError as error:
        raise invalid(
            "file_unreadable", f"is not UTF-8 text (byte {error.start}); save it as UTF-8", where=where
        ) from None
    except OSError as error:
        raise invalid("file_unreadable", f"cannot be read: {error.strerror}", where=str(path)) from None
    try:
        _check_bounds(text, where=where)
        found = _reader().load(text)
    except InvalidInput:
        raise
    except DuplicateKeyError as error:
        key = re.search(r'duplicate key "([^"]*)"', str(error))
        named = f"the key {key[1]!r}" if key else "a key"
        raise invalid(
            "yaml_duplicate_key", f"{named} stands twice{_line(error)}; keep one", where=where
        ) from None
    except YAMLError as error:
        why = error.problem if isinstance(error, MarkedYAMLError) and error.problem else _first_line(error)
        raise invalid("yaml_broken", f"is not YAML{_line(error)}: {why}{_fix(why)}", where=where) from None
    except Exception as error:
        # For a wrong tag the reader may raise any error.
        why = "it is nested too deeply" if isinstance(error, RecursionError) else _first_line(error)
        raise invalid("yaml_broken", f"is not YAML: {why}", where=where) from None
    if found is None:
        raise invalid("yaml_empty", f"is empty; a {what} is lines of 'key: value'", where=where)
    if not isinstance(found, dict) or not all(isinstance(key, str) for key in found):
        raise invalid("yaml_no_mapping", f"is not lines of 'key: value', as a {what} is", where=where)
    return found


def _reader() -> YAML:
    reader = YAML(typ="safe", pure=True)
    reader.Resolver = _JsonSpelling
    return reader


def _text_of(path: Path, *, what: str) -> str:
    """The file's text. Raises `InvalidInput` where it is not a file, or too long; OSError and UnicodeDecodeError."""
    # Opening a named pipe without a writer would block.
    mode = path.stat().st_mode
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(path)
    if not stat.S_ISREG(mode):
        raise invalid("file_unreadable", f"is not a file; name the {what} as a file", where=str(path))
    with path.open("rb") as file:
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        what = f"is larger than {MOST_BYTES // 1024:,} KB; a {what} is much shorter"
        raise invalid("file_too_large", what, where=path.name)
    return content.decode("utf-8-sig")


def _check_bounds(text: str, *, where: str) -> None:
    """Raises `InvalidInput` where the text is nested too deeply, or where aliases or numbers make it too large.

    Looks at the events of the reader one by one, so it stops before anything grows.
    """
    if _BRACKETS.search(text):
        # The reader itself would take time that grows with the square of the depth.
        raise invalid("yaml_too_deep", f"is nested more than {MOST_DEPTH:,} deep; write it flat", where=where)
    sizes: dict[str, int] = {}
    open_nodes: list[tuple[str | None, int]] = []
    values = 0
    for event in _reader().parse(text):
        if isinstance(event, CollectionStartEvent):
            open_nodes.append((event.anchor, values))
            if len(open_nodes) > MOST_DEPTH:
                what = f"is nested more than {MOST_DEPTH:,} deep{_at(event)}; write it flat"
                raise invalid("yaml_too_deep", what, where=where)
        if isinstance(event, CollectionEndEvent):
            anchor, before = open_nodes.pop()
            if anchor:
                sizes[anchor] = values - before
        if isinstance(event, AliasEvent):
            if any(anchor == event.anchor for anchor, _ in open_nodes):
                what = f"*{event.anchor}{_at(event)} stands inside what it repeats; write the value itself"
                raise invalid("yaml_alias", what, where=where)
            values += sizes.get(event.anchor, 0)
        elif isinstance(event, ScalarEvent):
            if event.anchor:
                sizes[event.anchor] = 1
            if event.style is None and len(event.value) > MOST_DIGITS and _NUMBER.fullmatch(event.value):
                what = f"has a number of {len(event.value):,} digits{_at(event)}; put it in quotes to make it text"
                raise invalid("yaml_number", what, where=where)
        if isinstance(event, NodeEvent):
            values += 1
        if values > MOST_VALUES:
            what = f"has more than {MOST_VALUES:,} values, with those that aliases repeat; write fewer"
            raise invalid("yaml_too_large", what, where=where)


def _at(event: Event) -> str:
    return f" in line {event.start_mark.line + 1}" if event.start_mark is not None else ""


def _fix(problem: str) -> str:
    """How to fix the usual YAML errors."""
    return next((f"; {fix}" for complaint, fix in _FIXES.items() if complaint in problem), "")


def _line(error: YAMLError) -> str:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    return f" in line {mark.line + 1}" if mark is not None else ""


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), "it cannot be read")


def _nearest(path: Path) -> str:
    folder = path.parent
    if not folder.is_dir():
        return f"; there is no folder {folder} either"
    return nearest_file(path.name, [entry.name for entry in folder.iterdir() if entry.is_file()])
