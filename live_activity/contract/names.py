"""Short names of types, as Swift spells them."""

from __future__ import annotations

from live_activity.contract.types import (
    ArrayType,
    DictionaryType,
    OptionalType,
    RangeType,
    SwiftType,
)


def name_of(kind: SwiftType) -> str:
    """The name of a type: `Int`, `[Score]`, `[String: Int?]`."""
    match kind:
        case OptionalType(wrapped):
            return f"{name_of(wrapped)}?"
        case ArrayType(element, unique):
            return f"Set<{name_of(element)}>" if unique else f"[{name_of(element)}]"
        case DictionaryType(key, value):
            return f"[{name_of(key)}: {name_of(value)}]"
        case RangeType(bound, closed):
            return f"{'ClosedRange' if closed else 'Range'}<{name_of(bound)}>"
        case _:
            return kind.name
