"""From declarations to what a phone's decoder reads: names are looked up and Swift's Codable rules applied."""

from __future__ import annotations

from live_activity.contract.names import name_of
from live_activity.contract.swift.builtins import MODULES, builtin, dictionary
from live_activity.contract.swift.codable import DECODABLE, REWRITTEN, report_coding
from live_activity.contract.swift.coding import Coding
from live_activity.contract.swift.conformance import Conformances
from live_activity.contract.swift.declarations import Declaration
from live_activity.contract.swift.enums import read_bare_enum, read_raw_enum
from live_activity.contract.swift.fields import decoded_properties
from live_activity.contract.swift.hints import decoding_of
from live_activity.contract.swift.library import Library, all_of
from live_activity.contract.swift.lookup import DEEPEST, Binding, Bound, Found, Lookup, Scope
from live_activity.contract.swift.properties import Property
from live_activity.contract.swift.spelling import Member, Named, Spelling, named
from live_activity.contract.types import (
    Field,
    OptionalType,
    Recursive,
    Scalar,
    StructType,
    SwiftType,
    Unchecked,
    VendorIdentifier,
)
from live_activity.core.findings import Finding

_MOST_TYPES = 5_000
_LONGEST_NAME = 80


class Resolver:
    """Resolves the types of one library, and collects findings about the Swift itself on the way."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self.conformances = Conformances(library)
        self.lookup = Lookup(library, self.conformances)
        self._coding = Coding(library, self.lookup)
        self.findings: list[Finding] = []
        self.used: list[Declaration] = []
        self._inside: list[str] = []
        self._depth = 0
        self._count = 0

    def resolve(self, spelling: Spelling | None, scope: Scope) -> SwiftType:
        """What a type means where it is written; `Unchecked` with the reason where that is not known."""
        if spelling is None:
            return Unchecked("?", "its type is not written, and its default value does not show it")
        if isinstance(spelling, Member):
            return self._member(spelling, scope)
        if not isinstance(spelling, Named):
            return Unchecked(quoted_type(spelling), "it is not Decodable")
        self._count += 1
        if self._depth > DEEPEST:
            return Unchecked(spelling.parts[-1].name, "its types are nested too deeply, or form a cycle")
        if self._count > _MOST_TYPES:
            return Unchecked(
                spelling.parts[-1].name, f"more than {_MOST_TYPES:,} types are nested in this one"
            )
        self._depth += 1
        try:
            return self._named(spelling, scope)
        finally:
            self._depth -= 1

    def report(self, code: str, message: str, declaration: Declaration, *, error: bool = False) -> None:
        """Adds a finding about the Swift itself, once."""
        new = Finding.error if error else Finding.warning
        finding = new(code, message, where=declaration.place)
        if finding not in self.findings:
            self.findings.append(finding)

    def content_state(self, declaration: Declaration) -> SwiftType | None:
        """The ContentState of a Live Activity's attributes; None where the files at hand do not declare it."""
        self.library.need("ContentState", inside=declaration.name)
        found = self.lookup.find(
            Named(named("Self").parts + named("ContentState").parts),
            Scope(declaration.path, declaration.file),
        )
        return self._of(found) if found else None

    def nominal(self, declaration: Declaration, bound: Bound | None = None) -> SwiftType:
        """A struct, class, actor or enum of the library with its generic parameters bound."""
        bound = bound or {}
        bound = {
            name: bound.get(name) for name in (*self._outer_parameters(declaration), *declaration.parameters)
        }
        name = self._name(declaration, bound)
        if declaration.kind == "protocol":
            return Unchecked(name, "it is a protocol")
        if name in self._inside:
            return Recursive(name)
        if declaration not in self.used:
            self.used.append(declaration)
            report_coding(declaration, self.conformances.named(declaration), self.report)
        scope = Scope(declaration.path, declaration.file, bound)
        self._inside.append(name)
        try:
            if unchecked := self._written_by_hand(declaration, name, scope):
                return unchecked
            if declaration.kind == "enum":
                return self._enum(declaration, name, scope)
            return self._raw_struct(declaration, name, scope) or self._struct(declaration, name, scope)
        finally:
            self._inside.pop()

    def _named(self, spelling: Named, scope: Scope) -> SwiftType:
        last = spelling.parts[-1]
        names = [part.name for part in spelling.parts]
        if len(names) == 1 and last.name in scope.bound:
            binding = scope.bound[last.name]
            if binding is None:
                return Unchecked(last.name, "it is a generic parameter")
            return self.resolve(binding.spelling, binding.scope)
        found = self.lookup.find(spelling, scope)
        if found:
            return self._of(found)
        if len(names) > 1 and names[0] in scope.bound:
            return Unchecked(quoted_type(spelling), "it depends on a generic parameter")
        arguments = tuple(self.resolve(argument, scope) for argument in last.arguments)
        if last.name == "Dictionary" and len(arguments) == 2:
            return self._dictionary(last.arguments[0], arguments, scope)
        plain = names[1:] if len(names) > 1 and names[0] in MODULES else names
        return builtin(".".join(plain), arguments)

    def _dictionary(self, key: Spelling, arguments: tuple[SwiftType, ...], scope: Scope) -> SwiftType:
        found = self.lookup.declared(key, scope)
        if found is None:
            return builtin("Dictionary", arguments)
        keyed = "CodingKeyRepresentable" in self.conformances.named(found.declared[0])
        return dictionary(arguments[0], arguments[1], keyed=keyed)

    def _member(self, spelling: Member, scope: Scope) -> SwiftType:
        """The type of `Base.name`: a case of an enum, or a static property."""
        found = self.lookup.declared(spelling.base, scope)
        if found is None:
            base = self.resolve(spelling.base, scope)
            return base if isinstance(base, Scalar) else self.resolve(None, scope)
        for owner in found.declared:
            if any(case.name == spelling.name for case in owner.cases):
                return self._of(found)
            for source in all_of([owner], self.library):
                for prop in source.properties:
                    if prop.is_static and prop.name == spelling.name:
                        return self.resolve(prop.type, Scope(owner.path, source.file, found.bound))
        return self.resolve(None, scope)

    def _of(self, found: Found) -> SwiftType:
        if found.target:
            return self.resolve(*found.target)
        kinds = [self.nominal(one, found.bound) for one in found.declared]
        if any(kind != kinds[0] for kind in kinds):
            places = " and ".join(one.place for one in found.declared)
            return Unchecked(found.declared[0].name, f"it is declared differently in {places}")
        return kinds[0]

    def _outer_parameters(self, declaration: Declaration) -> list[str]:
        depths = range(1, len(declaration.path))
        around = (self.library.at(declaration.path[:depth], file=declaration.file) for depth in depths)
        return [
            name for found in around if isinstance(found, list) for one in found for name in one.parameters
        ]

    def _name(self, declaration: Declaration, bound: Bound) -> str:
        """The full name, with the types that the generic parameters stand for."""
        name = ".".join(declaration.path)
        known = [self.resolve(one.spelling, one.scope) for one in bound.values() if one]
        return f"{name}<{', '.join(map(name_of, known))}>" if known else name

    def _written_by_hand(self, declaration: Declaration, name: str, scope: Scope) -> Unchecked | None:
        if source := self.conformances.reads_itself(declaration):
            hint = self._hint(declaration, source, name, scope)
            return Unchecked(name, f"its init(from:) is written by hand ({source.place})", hint=hint)
        why = next((why for word, why in REWRITTEN.items() if word in declaration.attributes), None)
        if (
            why is None
            and (keys := self._coding.keys_of(declaration, "CodingKeys"))
            and any(
                prop.name == "stringValue"
                for each in all_of([keys], self.library)
                for prop in each.all_properties
            )
        ):
            why = "the stringValue of its CodingKeys is written by hand"
        return Unchecked(name, why) if why else None

    def _hint(
        self, declaration: Declaration, source: Declaration, name: str, scope: Scope
    ) -> SwiftType | None:
        if source.decoding_initializer is None:
            return None
        decoding = decoding_of(source.decoding_initializer)
        keys = self._coding.coding_keys(declaration, decoding.keys) or {}
        fields: dict[str, Field] = {}
        single = {call.type for call in decoding.calls if call.key is None}
        if len(single) > 1:
            return None  # one type after the other is tried, as by a type that holds any value
        for call in decoding.calls:
            kind = self.resolve(call.type, scope)
            if call.key is None:
                return kind
            key = keys.get(call.key, call.key)
            fields.setdefault(key, Field(key, kind, call.if_present))
        return StructType(name, tuple(fields.values())) if fields else None

    def _enum(self, declaration: Declaration, name: str, scope: Scope) -> SwiftType:
        if broken := next(declaration.broken(), None):
            return Unchecked(
                name, f"line {broken.start_point.row + 1} of {declaration.file} is not valid Swift"
            )
        if not declaration.cases:
            return Unchecked(name, "it has no cases")
        is_raw, raw = self._coding.raw_type(declaration, scope)
        if self._coding.raw_initializers(declaration) or (
            not is_raw and "RawRepresentable" in self.conformances.named(declaration)
        ):
            kind = Scalar(raw) if raw else self._coding.raw_value(declaration, scope)
            why = "its init(rawValue:) is written by hand"
            return Unchecked(name, why, required=kind if kind != Scalar("Date") else None)
        if raw:
            return read_raw_enum(declaration.cases, name=name, raw=raw)
        if not is_raw and any(case.raw is not None or case.has_unread_raw for case in declaration.cases):
            return Unchecked(name, "its raw values have a type that is not known here")
        return read_bare_enum(
            declaration.cases,
            name=name,
            resolve=lambda spelling: self._field(spelling, scope),
            keys_of=lambda keys: self._coding.coding_keys(declaration, keys),
        )

    def _raw_struct(self, declaration: Declaration, name: str, scope: Scope) -> SwiftType | None:
        """A RawRepresentable struct is decoded from its raw value (by the standard library's own init)."""
        if not {"RawRepresentable", "OptionSet"} & self.conformances.named(declaration):
            return None
        kind = self._coding.raw_value(declaration, scope)
        if kind is not None and "init?" in self._coding.raw_initializers(declaration):
            return Unchecked(
                name, "its init?(rawValue:) is written by hand and can refuse values", required=kind
            )
        return kind

    def _struct(self, declaration: Declaration, name: str, scope: Scope) -> SwiftType:
        parent = self.conformances.superclass(declaration)
        if parent is not None and self.conformances.named(parent) & DECODABLE:
            # A subclass inherits init(from:), which reads what the superclass stores and nothing else.
            inherited = self.nominal(parent)
            if isinstance(inherited, Unchecked):
                return Unchecked(name, inherited.why, inherited.required, inherited.hint)
            return StructType(name, inherited.fields if isinstance(inherited, StructType) else ())
        keys = self._coding.coding_keys(declaration, "CodingKeys")
        fields = []
        for prop in decoded_properties(declaration, keys, report=self.report):
            kind, may_be_missing = self._property(prop, scope)
            fields.append(Field(keys[prop.name] if keys else prop.name, kind, may_be_missing))
        return StructType(name, tuple(fields))

    def _property(self, prop: Property, scope: Scope) -> tuple[SwiftType, bool]:
        """The type of a property, and whether its key may be missing."""
        if prop.wrapper:
            wrapped = self._wrapped(prop, scope)
            if wrapped is not None:
                return wrapped
        return self._field(prop.type, scope)

    def _field(self, spelling: Spelling | None, scope: Scope) -> tuple[SwiftType, bool]:
        """A type, and whether its key may be missing: Swift calls decodeIfPresent only where it sees an Optional."""
        kind = self.resolve(spelling, scope)
        is_generic = isinstance(spelling, Named) and str(spelling) in scope.bound
        return kind, isinstance(kind, VendorIdentifier) or (isinstance(kind, OptionalType) and not is_generic)

    def _wrapped(self, prop: Property, scope: Scope) -> tuple[SwiftType, bool] | None:
        """What a property with a wrapper is decoded from: the wrapper; None where the attribute is not a wrapper."""
        wrapper = f"@{prop.wrapper}"
        found = self.lookup.declared(named(prop.wrapper or ""), scope)
        if found is None:
            return Unchecked(wrapper, f"{wrapper} decides how it is decoded"), True
        declaration = found.declared[0]
        if "propertyWrapper" not in declaration.attributes:
            return None
        overloads = self.library.extensions_named("KeyedDecodingContainer")
        if any(declaration.name in one.text for one in overloads):
            return Unchecked(wrapper, f"an extension of KeyedDecodingContainer decodes {wrapper}"), True
        if len(declaration.parameters) > 1:
            return Unchecked(wrapper, f"the generic parameters of {wrapper} are not written"), False
        if prop.type is None:
            return Unchecked(
                wrapper, "its type is not written, and its default value does not show it"
            ), False
        bound = dict.fromkeys(declaration.parameters, Binding(prop.type, scope))
        return self.nominal(declaration, bound), False


def quoted_type(spelling: Spelling) -> str:
    """A type as it is written, cut to one short line."""
    text = str(spelling)
    return text if len(text) <= _LONGEST_NAME else f"{text[: _LONGEST_NAME - 1]}…"
