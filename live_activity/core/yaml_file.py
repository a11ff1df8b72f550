"""YAML as people mean it: `007`, `no` and `15:00` stay text (DESIGN, The campaign file)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.resolver import VersionedResolver

from live_activity.core.findings import invalid
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


_MENDS = {
    "'\\t'": "put spaces in place of the tab",
    "unexpected end of stream": "close the quote, or the bracket, that is open",
    "stream end": "close the bracket that is open",
    "another document": "take out the line of ---, and what is behind it",
    "constructor for the tag": "take out the word that begins with !",
    "undefined alias": "write the value itself, or put it in quotes",
    "mapping values are not allowed": "put a value that holds a colon in quotes",
    "cannot start any token": "put the value in quotes",
}


class _JsonSpelling(VersionedResolver):
    """YAML 1.2's JSON schema, with everything else as text: ruamel's 1.2 still reads 007 as 7 and dates as dates."""

    @property
    def versioned_resolver(self) -> Any:
        table: dict[str, list[tuple[str, re.Pattern[str]]]] = {None: []}  # type: ignore[dict-item]  # ruamel's own shape
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
        text = path.read_text("utf-8-sig")
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
    reader = YAML(typ="safe", pure=True)
    reader.Resolver = _JsonSpelling
    try:
        found = reader.load(text)
    except DuplicateKeyError as error:
        key = re.search(r'duplicate key "([^"]*)"', str(error))
        named = f"the key {key[1]!r}" if key else "a key"
        raise invalid(
            "yaml_duplicate_key", f"{named} stands twice{_line(error)}; keep one", where=where
        ) from None
    except YAMLError as error:
        told = error.problem if isinstance(error, MarkedYAMLError) and error.problem else _first_line(error)
        told = f"{told}{_mend(told)}"
        raise invalid("yaml_broken", f"is not YAML{_line(error)}: {told}", where=where) from None
    except Exception as error:
        # The reader meets a wrong tag or a bottomless nesting with whatever error comes of it.
        told = "it is nested too deeply" if isinstance(error, RecursionError) else _first_line(error)
        raise invalid("yaml_broken", f"is not YAML: {told}", where=where) from None
    if found is None:
        raise invalid("yaml_empty", f"is empty; a {what} is lines of 'key: value'", where=where)
    if not isinstance(found, dict) or not all(isinstance(key, str) for key in found):
        raise invalid("yaml_no_mapping", f"is not lines of 'key: value', as a {what} is", where=where)
    return found


def _mend(problem: str) -> str:
    """What helps against the reader's usual complaints, in the words of whoever wrote the file."""
    return next((f"; {mend}" for complaint, mend in _MENDS.items() if complaint in problem), "")


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
