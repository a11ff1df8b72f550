"""What a type conforms to, through its extensions, protocols of the app, typealiases and superclass."""

from __future__ import annotations

from collections.abc import Iterator

from live_activity.contract.swift.declarations import Alias, Declaration, Path
from live_activity.contract.swift.library import Library, all_of
from live_activity.contract.swift.spelling import Composition, Named, Spelling

ATTRIBUTES = "ActivityAttributes"

VENDOR_PROTOCOLS = {
    "InsiderLiveActivitiesAttributes": "InsiderLiveActivities",
    "OneSignalLiveActivityAttributes": "OneSignalLiveActivities",
    "LiveActivityAttributes": "AEPMessagingLiveActivity",
}
"""Protocols of SDKs that refine ActivityAttributes, with their modules, which are shipped as binaries."""

_FOREIGN_PROTOCOLS = frozenset(
    [
        "Codable",
        "Decodable",
        "Encodable",
        "Hashable",
        "Equatable",
        "Sendable",
        "Identifiable",
        "CaseIterable",
        "Comparable",
        "Error",
        "RawRepresentable",
        "OptionSet",
        "SetAlgebra",
        "CustomStringConvertible",
        "CustomDebugStringConvertible",
        "LosslessStringConvertible",
        "CodingKeyRepresentable",
        "CodingKey",
        "ExpressibleByStringLiteral",
        "ExpressibleByIntegerLiteral",
        "ObservableObject",
        "Observable",
        "View",
        "Widget",
        "WidgetBundle",
        "App",
        "AnyObject",
        "NSObject",
        "NSCoding",
        "NSSecureCoding",
        "NSCopying",
        "LocalizedError",
        "CustomNSError",
        "Copyable",
        "Escapable",
        "BitwiseCopyable",
        "Strideable",
        "AdditiveArithmetic",
        "Numeric",
        "SendableMetatype",
        "AppEntity",
        "AppEnum",
        "Transferable",
        "PersistentModel",
        "UIViewController",
        "UIView",
    ]
)


class Conformances:
    """Looks up what the types of one library conform to."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._named: dict[tuple[Path, str], list[tuple[str, tuple[Declaration, ...]]]] = {}

    def named(self, declaration: Declaration) -> frozenset[str]:
        """The names of everything that a type inherits from, directly or indirectly."""
        return frozenset(name for name, _ in self._all(declaration))

    def inherited(self, declaration: Declaration) -> list[Declaration]:
        """The protocols and superclasses of a type that the library declares."""
        return [one for _, found in self._all(declaration) for one in found]

    def undeclared(self, declaration: Declaration) -> set[str]:
        """The names that a type inherits from and that the library does not declare."""
        return {name for name, _ in self._all(declaration) if not self._library.declares(name)}

    def unknown_protocols(self, declaration: Declaration) -> list[str]:
        """The protocols that are neither declared at hand nor known ones of Swift or Apple."""
        return sorted(self.undeclared(declaration) - _FOREIGN_PROTOCOLS - {ATTRIBUTES, *VENDOR_PROTOCOLS})

    def superclass(self, declaration: Declaration) -> Declaration | None:
        """The class that a class inherits from, where the library declares it."""
        if declaration.kind != "class":
            return None
        return next((one for one in self.inherited(declaration) if one.kind == "class"), None)

    def reads_itself(self, declaration: Declaration) -> Declaration | None:
        """Where an `init(from: Decoder)` of the type is written by hand: in it, an extension or a protocol."""
        protocols = [one for one in self.inherited(declaration) if one.kind == "protocol"]
        return next(
            (one for one in all_of([declaration, *protocols], self._library) if one.reads_itself), None
        )

    def attributes_types(self) -> list[Declaration]:
        """Every type of the library that conforms to ActivityAttributes, by file and line."""
        for name in self._library.index.conforming((ATTRIBUTES, *VENDOR_PROTOCOLS)):
            self._library.need(name)
        found = [one for one in self._library.types() if self.is_attributes(one)]
        return sorted(found, key=lambda one: (one.file, one.line))

    def is_attributes(self, declaration: Declaration) -> bool:
        """Whether a type (not a protocol) is the attributes of a Live Activity."""
        if declaration.kind not in ("struct", "class", "actor", "enum"):
            return False
        return ATTRIBUTES in self.named(declaration) or self.vendor_protocol(declaration) is not None

    def vendor_protocol(self, declaration: Declaration) -> str | None:
        """The protocol of a vendor's SDK that a type conforms to."""
        return next(iter(sorted(self.undeclared(declaration) & VENDOR_PROTOCOLS.keys())), None)

    def _all(self, declaration: Declaration) -> list[tuple[str, tuple[Declaration, ...]]]:
        key = (declaration.path, declaration.place)
        if key not in self._named:
            self._named[key] = list(self._walk(declaration, set()))
        return self._named[key]

    def _walk(
        self, declaration: Declaration, seen: set[Path]
    ) -> Iterator[tuple[str, tuple[Declaration, ...]]]:
        if declaration.path in seen:
            return
        seen.add(declaration.path)
        for one in all_of([declaration], self._library):
            for spelling in one.inherits:
                yield from self._follow(spelling, one, seen)

    def _follow(
        self, spelling: Spelling, declaration: Declaration, seen: set[Path]
    ) -> Iterator[tuple[str, tuple[Declaration, ...]]]:
        if isinstance(spelling, Composition):
            for member in spelling.members:
                yield from self._follow(member, declaration, seen)
        if not isinstance(spelling, Named):
            return
        name = spelling.parts[-1].name
        found = self._find(spelling, declaration)
        yield name, tuple(found) if isinstance(found, list) else ()
        if isinstance(found, Alias):
            if found.path not in seen:
                seen.add(found.path)
                yield from self._follow(found.target, declaration, seen)
        elif found:
            for one in found:
                yield from self._walk(one, seen)

    def _find(self, spelling: Named, declaration: Declaration) -> list[Declaration] | Alias | None:
        names = tuple(part.name for part in spelling.parts)
        if not self._library.declares(names[-1]):
            return None
        if len(names) > 1 and (nested := self._library.at(names, file=declaration.file)):
            return nested
        return self._library.look_up(names[-1], around=declaration.path[:-1], file=declaration.file)
