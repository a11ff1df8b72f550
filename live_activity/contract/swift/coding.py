"""The keys and the raw values that a declaration chooses for its coding."""

from __future__ import annotations

from live_activity.contract.swift.builtins import OTHER_RAW_TYPES, builtin
from live_activity.contract.swift.builtins import raw_type as scalar_of_raw_type
from live_activity.contract.swift.declarations import Declaration
from live_activity.contract.swift.enums import coding_key_names
from live_activity.contract.swift.library import Library, all_of
from live_activity.contract.swift.lookup import Lookup, Scope
from live_activity.contract.swift.spelling import Named, named
from live_activity.contract.types import INTEGERS, Scalar, SwiftType

# The raw values that the standard library decodes a RawRepresentable type from; others are decoded like any struct.
_SINGLE_VALUES = frozenset({*INTEGERS, "Double", "Float", "Bool", "String"})


class Coding:
    """Looks up, in one library, what declarations say about their own coding."""

    def __init__(self, library: Library, lookup: Lookup) -> None:
        self._library = library
        self._lookup = lookup

    def raw_initializers(self, declaration: Declaration) -> frozenset[str]:
        """The initializers with a rawValue that are written by hand, as they begin: init or init?."""
        return frozenset(
            word for source in all_of([declaration], self._library) for word in source.raw_initializers
        )

    def raw_type(self, declaration: Declaration, scope: Scope) -> tuple[bool, str | None]:
        """Whether an enum has a known raw type, and the scalar that Swift decodes it from, if it does."""
        for spelling in declaration.inherits:
            if isinstance(spelling, Named):
                name = self._lookup.final_name(spelling, scope)
                if raw := scalar_of_raw_type(name):
                    return True, raw
                if name in OTHER_RAW_TYPES:
                    return True, None
        return False, None

    def raw_value(self, declaration: Declaration, scope: Scope) -> SwiftType | None:
        """What a RawRepresentable type is decoded from, where that is a single value."""
        written = Named(named("Self").parts + named("RawValue").parts)
        # How to decode is chosen where the type is declared, without knowing what its generic parameters stand for.
        scope = Scope(scope.around, scope.file, dict.fromkeys(scope.bound))
        name = self._lookup.final_name(written, scope)
        kind = builtin(name, ()) if name else None
        is_single = isinstance(kind, Scalar) and kind.name in _SINGLE_VALUES and name != "CGFloat"
        return kind if is_single else None

    def keys_of(self, declaration: Declaration, name: str) -> Declaration | None:
        """The enum of coding keys that a type declares under this name."""
        self._library.need(name, inside=declaration.name)
        written = Named(named("Self").parts + named(name).parts)
        found = self._lookup.declared(written, Scope(declaration.path, declaration.file))
        return next((one for one in found.declared if one.kind == "enum"), None) if found else None

    def coding_keys(self, declaration: Declaration, name: str) -> dict[str, str] | None:
        """The key of each property that the enum of coding keys names; None where the type declares no such enum."""
        keys = self.keys_of(declaration, name)
        if keys is None:
            return None
        _, raw = self.raw_type(keys, Scope(keys.path, keys.file))
        return coding_key_names(keys, has_text=raw == "String")
