"""Reads a contract from what the app team hands over: a Swift file, a folder of them, or a JSON Schema."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from live_activity.contract.contract import Contract
from live_activity.contract.from_schema import named_type, read_schema
from live_activity.contract.swift.reading import DeclaredType, attributes_types, read_swift
from live_activity.contract.types import SwiftType, unchecked_parts
from live_activity.core.findings import Finding, invalid
from live_activity.core.formatting import quoted
from live_activity.core.suggestions import did_you_mean


def read_contract(path: str | Path, activity_type: str) -> Contract:
    """The contract of the type with exactly this name.

    `path` is a .swift file, a folder that is searched with everything below it, or a .json JSON Schema.
    Raises WrongInput, with every problem in words that say the mend.
    """
    source = _existing(path)
    try:
        if source.suffix == ".json":
            return _from_schema(source, activity_type)
        swift = read_swift(source, activity_type)
    except OSError as error:
        raise invalid("contract", f"cannot be read: {error.strerror}", where=source.name) from None
    unchecked = _unchecked(swift.state, swift.attributes, where=source.name)
    return Contract(activity_type, swift.attributes, swift.state, (*swift.findings, *unchecked))


def list_types(path: str | Path) -> tuple[DeclaredType, ...]:
    """The types that a contract can be read of: what conforms to ActivityAttributes, by file and line.

    Raises WrongInput where there is none.
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
    except OSError as error:
        raise invalid("contract", f"cannot be read: {error.strerror}", where=source.name) from None


def only_type(path: str | Path) -> str:
    """The one activity type that a contract can be read of.

    Raises WrongInput where there is none, or more than one, with their names.
    """
    found = list_types(path)
    if len(found) > 1:
        names = ", ".join(each.name for each in found)
        told = f"has {len(found)} activity types ({names}); choose one with --type"
        raise invalid("which_type", told, where=Path(path).name)
    return found[0].name


def _from_schema(source: Path, activity_type: str) -> Contract:
    found = read_schema(_load(source), where=source.name)
    if found.name not in (None, activity_type):
        message = f"this schema is of {found.name}, not of {activity_type}; hand over the right one, or mend the name"
        raise invalid("schema", message, where=source.name)
    unchecked = _unchecked(found.state, found.attributes, where=source.name)
    return Contract(activity_type, found.attributes, found.state, (*found.findings, *unchecked))


def _load(source: Path) -> object:
    try:
        found: object = json.loads(source.read_text("utf-8-sig"))
    except json.JSONDecodeError as error:
        message = f"line {error.lineno} is no JSON: {error.msg[:1].lower()}{error.msg[1:]}; mend it"
        raise invalid("schema", message, where=source.name) from None
    except (UnicodeDecodeError, RecursionError):
        raise invalid("schema", "is no JSON in UTF-8; save it as that", where=source.name) from None
    return found


def _unchecked(state: SwiftType, attributes: SwiftType, *, where: str) -> Iterator[Finding]:
    for path, kind in (*unchecked_parts(state, "state"), *unchecked_parts(attributes, "attributes")):
        message = f"{kind.name} cannot be checked from the declaration: {kind.why}"
        yield Finding(severity="warning", code="unchecked", message=message, where=where, column=path)


def _existing(path: str | Path) -> Path:
    source = Path(path)
    if not source.exists():
        folder = source.parent
        names = sorted(one.name for one in folder.iterdir()) if folder.is_dir() else []
        hint = (
            did_you_mean(source.name, names)
            or "; hand over a .swift file, a folder of them, or a JSON Schema"
        )
        raise invalid("contract", f"{quoted(source.name)} is not there{hint}", where=source.name)
    if source.is_file() and source.suffix not in (".swift", ".json"):
        message = f"{quoted(source.name)} is neither Swift nor JSON Schema; hand over a .swift file, a folder, or .json"
        raise invalid("contract", message, where=source.name)
    return source
