"""Types that a type has without declaring them: associated types of its protocols, `ID` and `RawValue`."""

from __future__ import annotations

from live_activity.contract.swift.builtins import OTHER_RAW_TYPES, raw_type
from live_activity.contract.swift.conformance import Conformances
from live_activity.contract.swift.declarations import Alias, Declaration
from live_activity.contract.swift.library import Library, all_of
from live_activity.contract.swift.spelling import Named, Spelling

_DERIVED = {"ID": "id", "RawValue": "rawValue"}


class AssociatedTypes:
    """Looks up associated types in one library."""

    def __init__(self, library: Library, conformances: Conformances) -> None:
        self._library = library
        self._conformances = conformances

    def of(self, declaration: Declaration, name: str) -> list[Declaration] | Alias | None:
        """What `Type.name` means where the type itself does not declare it."""
        self._library.need(name, inside=declaration.name)
        for protocol in self._conformances.inherited(declaration):
            self._library.need(name, inside=protocol.name)
            if found := self._library.at((*protocol.path, name), file=protocol.file):
                return found
            if target := protocol.associated.get(name):
                return Alias((*protocol.path, name), (), target, protocol.file, hidden=False)
        return self._derived(declaration, name)

    def _derived(self, declaration: Declaration, name: str) -> Alias | None:
        target: Spelling | None = None
        if name == "RawValue" and declaration.kind == "enum":
            inherited = [one for one in declaration.inherits if isinstance(one, Named)]
            plain = [one for one in inherited if raw_type(str(one)) or str(one) in OTHER_RAW_TYPES]
            target = next(iter((*plain, *inherited)), None)
        for source in all_of([declaration], self._library):
            property_name = _DERIVED.get(name)
            target = target or next(
                (each.type for each in source.all_properties if each.name == property_name), None
            )
        if target is None and name == "RawValue":
            target = next(
                (one.raw_parameter for one in all_of([declaration], self._library) if one.raw_parameter), None
            )
        return (
            Alias((*declaration.path, name), (), target, declaration.file, hidden=False) if target else None
        )
