"""The fields of an object by their dotted paths, as the columns of a timeline name them."""

from __future__ import annotations

from collections.abc import Iterator

from live_activity.contract.types import Field, StructType, SwiftType, unwrapped


def dotted_fields(kind: SwiftType, path: str = "") -> Iterator[tuple[str, Field]]:
    """The fields of an object, those inside objects too, each with its path below `path`."""
    inner = unwrapped(kind)
    if not isinstance(inner, StructType):
        return
    for field in inner.fields:
        name = f"{path}.{field.key}" if path else field.key
        yield name, field
        yield from dotted_fields(field.type, name)


def dotted_types(kind: SwiftType) -> dict[str, SwiftType]:
    """The type of each field by its dotted path, without its optional."""
    return {path: unwrapped(field.type) for path, field in dotted_fields(kind)}
