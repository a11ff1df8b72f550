"""Reads a contract from a Swift file, a folder of them, or a JSON Schema."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from live_activity.contract.contract import Contract
from live_activity.contract.from_schema import named_type, read_schema
from live_activity.contract.names import name_of
from live_activity.contract.swift.reading import DeclaredType, attributes_types, read_swift
from live_activity.contract.types import StructType, SwiftType, unchecked_parts, unwrapped
from live_activity.core.content import unique_keys
from live_activity.core.findings import Finding, InvalidInput, invalid
from live_activity.core.formatting import count_of, quoted
from live_activity.core.suggestions import did_you_mean

_MOST_UNCHECKED = 100


def read_contract(path: str | Path, activity_type: str) -> Contract:
    """The contract of the type with exactly this name.

    `path` is a .swift file, a folder that is searched with everything below it, or a .json JSON Schema.
    Raises InvalidInput with every problem and how to fix it.
    """
    source = _existing(path)
    try:
        if source.suffix == ".json":
            return _from_schema(source, activity_type)
        swift = read_swift(source, activity_type)
    except RecursionError:
        raise _too_deep(source) from None
    except OSError as error:
        raise invalid("contract", f"cannot be read: {error.strerror}", where=source.name) from None
    unchecked = _unchecked(swift.state, swift.attributes, where=source.name)
    return Contract(activity_type, swift.attributes, swift.state, (*swift.findings, *unchecked))


def list_types(path: str | Path) -> tuple[DeclaredType, ...]:
    """The types that a contract can be read for: what conforms to ActivityAttributes, by file and line.

    Raises InvalidInput where there is none.
    """
    source = _existing(path)
    try:
        if source.suffix == ".json":
            schema = _load(source)
            name = named_type(schema) if isinstance(schema, dict) else None
            if name is None:
                message = 'names no activity type; give it a "title" that is the name of the app\'s type'
                raise invalid("schema", message, where=source.name)
            return (DeclaredType(name, source.name, 1),)
        return attributes_types(source)
    except RecursionError:
        raise _too_deep(source) from None
    except OSError as error:
        raise invalid("contract", f"cannot be read: {error.strerror}", where=source.name) from None


def only_type(path: str | Path) -> str:
    """The one activity type that a contract can be read for.

    Raises InvalidInput where there is none, or more than one, with their names.
    """
    found = list_types(path)
    names = list(
        dict.fromkeys(each.name for each in found)
    )  # an app and its widget often declare the same type
    if len(names) > 1:
        message = f"has {len(names)} activity types ({', '.join(names)}); choose one with --type"
        raise invalid("which_type", message, where=Path(path).name)
    return names[0]


def _from_schema(source: Path, activity_type: str) -> Contract:
    found = read_schema(_load(source), where=source.name)
    if found.name not in (None, activity_type):
        message = (
            f"this schema is of {found.name}, not of {activity_type}; give the right one, or correct the name"
        )
        raise invalid("schema", message, where=source.name)
    unchecked = _unchecked(found.state, found.attributes, where=source.name)
    return Contract(activity_type, found.attributes, found.state, (*found.findings, *unchecked))


def _load(source: Path) -> object:
    try:
        found: object = json.loads(source.read_text("utf-8-sig"), object_pairs_hook=unique_keys)
    except json.JSONDecodeError as error:
        message = f"line {error.lineno} is not valid JSON: {error.msg[:1].lower()}{error.msg[1:]}; correct it"
        raise invalid("schema", message, where=source.name) from None
    except UnicodeDecodeError:
        raise invalid("schema", "is not JSON in UTF-8; save it as that", where=source.name) from None
    except RecursionError:
        raise _too_deep(source) from None
    except ValueError as error:
        raise invalid("schema", f"is not valid JSON: {error}; correct it", where=source.name) from None
    return found


def _too_deep(source: Path) -> InvalidInput:
    message = "is nested too deeply to be read; give a file with the Live Activity's types alone"
    return invalid("too_deep", message, where=source.name)


def _unchecked(state: SwiftType, attributes: SwiftType, *, where: str) -> Iterator[Finding]:
    parts = [*unchecked_parts(state, "state"), *unchecked_parts(attributes, "attributes")]
    if len(parts) > _MOST_UNCHECKED:
        message = (
            f"{count_of(len(parts), 'field')} cannot be fully checked; the first {_MOST_UNCHECKED} are listed"
        )
        yield Finding.warning("unchecked", message, where=where)
    for path, kind in parts[:_MOST_UNCHECKED]:
        extent = "can only be checked in part" if kind.required else "cannot be checked"
        message = f"{kind.name} {extent} from the declaration: {kind.why}{_hinted(kind.hint)}"
        yield Finding.warning("unchecked", message, where=where, column=path)


def _hinted(hint: SwiftType | None) -> str:
    """The keys and types that a hand-written initializer seems to read."""
    if hint is None:
        return ""
    if not isinstance(hint, StructType):
        return f"; it seems to read one value: {name_of(hint)}"
    fields = (
        f"{field.key}: {name_of(unwrapped(field.type))}{'?' if field.may_be_missing else ''}"
        for field in hint.fields
    )
    return f"; it seems to read {', '.join(fields)}"


def _existing(path: str | Path) -> Path:
    source = Path(path)
    if not source.exists():
        folder = source.parent
        names = sorted(one.name for one in folder.iterdir()) if folder.is_dir() else []
        hint = did_you_mean(source.name, names) or "; give a .swift file, a folder of them, or a JSON Schema"
        raise invalid("contract", f"{quoted(source.name)} does not exist{hint}", where=source.name)
    if source.is_file() and source.suffix not in (".swift", ".json"):
        message = (
            f"{quoted(source.name)} is neither Swift nor JSON Schema; give a .swift file, a folder, or .json"
        )
        raise invalid("contract", message, where=source.name)
    return source
