"""From declarations to what a phone's decoder reads: names are looked up and Swift's Codable rules applied."""

from __future__ import annotations

from live_activity.contract.swift.builtins import MODULES, builtin, dictionary, scalar_name
from live_activity.contract.swift.conformance import Conformances
from live_activity.contract.swift.declarations import Alias, Declaration
from live_activity.contract.swift.enums import coding_key_names, read_enum
from live_activity.contract.swift.fields import decoded_properties
from live_activity.contract.swift.library import Library
from live_activity.contract.swift.lookup import DEEPEST, Lookup, Scope
from live_activity.contract.swift.spelling import Member, Named, Spelling, named
from live_activity.contract.types import (
    INTEGERS,
    SCALARS,
    Field,
    OptionalType,
    Recursive,
    Scalar,
    StructType,
    SwiftType,
    Unchecked,
)
from live_activity.core.findings import Finding

_REWRITTEN = {"Observable": "@Observable renames what is stored", "Model": "@Model writes its own coding"}
_PLAIN_ATTRIBUTES = frozenset(
    {"available", "MainActor", "frozen", "objc", "objcMembers", "nonobjc", "dynamicMemberLookup", "Sendable",
     "dynamicCallable", "propertyWrapper", "preconcurrency", "usableFromInline", "_spi", "DebugDescription",
     "resultBuilder", "globalActor", "main", *_REWRITTEN}
)  # fmt: skip
# What the standard library reads a RawRepresentable of as its raw value; of any other it is read as it is stored.
_SINGLE_VALUES = frozenset({*INTEGERS, "Double", "Float", "Bool", "String"})
_DECODABLE = frozenset({"Codable", "Decodable", "ActivityAttributes"})
_NOT_DECODABLE = (
    frozenset(
        {
            "Hashable",
            "Equatable",
            "Sendable",
            "Identifiable",
            "CaseIterable",
            "Comparable",
            "CustomStringConvertible",
            "Error",
            "Encodable",
        }
    )
    | SCALARS
)


class Resolver:
    """Resolves the types of one library, and gathers what is wrong with the Swift itself on the way."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self.lookup = Lookup(library)
        self.conformances = Conformances(library)
        self.findings: list[Finding] = []
        self.used: list[Declaration] = []
        self._inside: list[str] = []
        self._depth = 0

    def resolve(self, spelling: Spelling | None, scope: Scope) -> SwiftType:
        """What a type means where it is written; `Unchecked` with the reason where that cannot be known."""
        if spelling is None:
            return Unchecked("?", "its type is not written, and its value does not show it")
        if isinstance(spelling, Member):
            return self._member(spelling, scope)
        if not isinstance(spelling, Named):
            return Unchecked(str(spelling), "it is not Decodable")
        if self._depth > DEEPEST:
            return Unchecked(str(spelling), "its typealiases lead in a circle")
        self._depth += 1
        try:
            return self._named(spelling, scope)
        finally:
            self._depth -= 1

    def tell(self, code: str, message: str, declaration: Declaration, *, error: bool = False) -> None:
        """Keeps a finding about the Swift itself, once."""
        severity = "error" if error else "warning"
        finding = Finding.model_validate(
            {"severity": severity, "code": code, "message": message, "where": declaration.place}
        )
        if finding not in self.findings:
            self.findings.append(finding)

    def _named(self, spelling: Named, scope: Scope) -> SwiftType:
        last = spelling.parts[-1]
        if len(spelling.parts) == 1 and last.name in scope.bound:
            return scope.bound[last.name]
        arguments = tuple(self.resolve(argument, scope) for argument in last.arguments)
        found = self.lookup.find(spelling, scope)
        if isinstance(found, Alias):
            inner = Scope(found.path[:-1], found.file, _bind(found.parameters, arguments))
            return self.resolve(found.target, inner)
        if found:
            return self._of(found, arguments)
        names = [part.name for part in spelling.parts]
        if len(names) > 1 and names[0] not in MODULES:
            return Unchecked(str(spelling), "it is not declared in the files at hand")
        if last.name == "Dictionary" and (
            keys := self.lookup.declared(next(iter(last.arguments), None), scope)
        ):
            keyed = "CodingKeyRepresentable" in self.conformances.named(keys[0])
            return dictionary(arguments[0], arguments[1], keyed=keyed)
        return builtin(last.name, arguments)

    def _member(self, spelling: Member, scope: Scope) -> SwiftType:
        """The type of `Base.name`: a case of an enum, or a static property."""
        owners = self.lookup.declared(spelling.base, scope)
        for owner in owners:
            if any(case.name == spelling.name for case in owner.cases):
                return self._of([owner], ())
            for source in (owner, *self.library.extensions_of(owner)):
                for prop in source.properties:
                    if prop.is_static and prop.name == spelling.name:
                        return self.resolve(prop.type, Scope(owner.path, source.file))
        base = builtin(spelling.base.parts[-1].name, ()) if not owners else None
        return base if isinstance(base, Scalar) else self.resolve(None, scope)

    def _of(self, found: list[Declaration], arguments: tuple[SwiftType, ...]) -> SwiftType:
        kinds = [self.nominal(one, arguments) for one in found]
        if any(kind != kinds[0] for kind in kinds):
            places = " and ".join(one.place for one in found)
            return Unchecked(found[0].name, f"it is declared differently in {places}")
        return kinds[0]

    def nominal(self, declaration: Declaration, arguments: tuple[SwiftType, ...] = ()) -> SwiftType:
        """A struct, class, actor or enum of the library with its generic arguments."""
        name = ".".join(declaration.path)
        if arguments:
            name += f"<{', '.join(_argument_name(argument) for argument in arguments)}>"
        if declaration.kind == "protocol":
            return Unchecked(name, "it is a protocol")
        if name in self._inside:
            return Recursive(name)
        if declaration not in self.used:
            self.used.append(declaration)
            self._tell_of_codable(declaration)
        if why := self._written_by_hand(declaration):
            return Unchecked(name, why)
        bound = {**self._outer_parameters(declaration), **_bind(declaration.parameters, arguments)}
        scope = Scope(declaration.path, declaration.file, bound)
        if declaration.kind == "enum":
            return self._enum(declaration, name, scope)
        self._inside.append(name)
        try:
            return self._raw_struct(declaration, name, scope) or self._struct(declaration, name, scope)
        finally:
            self._inside.pop()

    def _outer_parameters(self, declaration: Declaration) -> dict[str, SwiftType]:
        """The generic parameters of the types around a type: which arguments they have is not written inside."""
        depths = range(1, len(declaration.path))
        around = (self.library.at(declaration.path[:depth], file=declaration.file) for depth in depths)
        outer = [one for found in around if isinstance(found, list) for one in found]
        return {name: kind for one in outer for name, kind in _bind(one.parameters, ()).items()}

    def _raw_initializers(self, declaration: Declaration) -> frozenset[str]:
        sources = (declaration, *self.library.extensions_of(declaration))
        return frozenset(word for source in sources for word in source.raw_initializers)

    def _written_by_hand(self, declaration: Declaration) -> str | None:
        if source := self.conformances.reads_itself(declaration):
            return f"its init(from:) is written by hand ({source.place})"
        return next((why for name, why in _REWRITTEN.items() if name in declaration.attributes), None)

    def _tell_of_codable(self, declaration: Declaration) -> None:
        for macro in sorted(declaration.attributes - _PLAIN_ATTRIBUTES):
            self.tell(
                "swift_macro",
                f"@{macro} may write an init(from:) of its own for {declaration.name}, which cannot be seen here",
                declaration,
            )
        names = self.conformances.named(declaration)
        if not names & _DECODABLE and names <= _NOT_DECODABLE:
            self.tell(
                "swift_not_codable",
                f"{declaration.name} is not declared Codable, so the app cannot compile as it stands here; "
                "hand over the file that says so, or add Codable",
                declaration,
            )

    def _enum(self, declaration: Declaration, name: str, scope: Scope) -> SwiftType:
        if broken := next(declaration.broken(), None):
            return Unchecked(name, f"line {broken.start_point.row + 1} of {declaration.file} is no Swift")
        if self._raw_initializers(declaration):
            return Unchecked(name, "its init(rawValue:) is written by hand")
        raw = self._raw_type(declaration, scope)
        if raw is None and "RawRepresentable" in self.conformances.named(declaration):
            return Unchecked(name, "its raw values are written by hand")
        return read_enum(declaration, name=name, raw=raw, keys=self._coding_keys(declaration))

    def _raw_type(self, declaration: Declaration, scope: Scope) -> str | None:
        for spelling in declaration.inherits:
            if not isinstance(spelling, Named):
                continue
            found = self.lookup.find(spelling, scope)
            if isinstance(found, Alias):
                kind = self.resolve(spelling, scope)
                if isinstance(kind, Scalar):
                    return kind.name
            elif not found and (scalar := scalar_name(spelling.parts[-1].name)):
                return scalar
        return None

    def _raw_struct(self, declaration: Declaration, name: str, scope: Scope) -> SwiftType | None:
        """A struct that is RawRepresentable is read as its raw value (the standard library's own init)."""
        if not {"RawRepresentable", "OptionSet"} & self.conformances.named(declaration):
            return None
        if "init?" in self._raw_initializers(declaration):
            return Unchecked(name, "its init?(rawValue:) is written by hand and can refuse values")
        raw = next((prop for prop in declaration.properties if prop.name == "rawValue"), None)
        kind = self.resolve(raw.type if raw else named("RawValue"), scope)
        return kind if isinstance(kind, Scalar) and kind.name in _SINGLE_VALUES else None

    def _struct(self, declaration: Declaration, name: str, scope: Scope) -> StructType:
        parent = self.conformances.superclass(declaration)
        if parent is not None:
            # Only an inherited init(from:) can read a subclass, and it reads what the superclass stores.
            inherited = self.nominal(parent)
            return StructType(name, inherited.fields if isinstance(inherited, StructType) else ())
        keys = self._coding_keys(declaration)
        fields = []
        for prop in decoded_properties(declaration, keys, tell=self.tell):
            kind = (
                Unchecked(f"@{prop.wrapper}", f"@{prop.wrapper} decides how it is read")
                if prop.wrapper
                else self.resolve(prop.type, scope)
            )
            bound = isinstance(prop.type, Named) and str(prop.type) in scope.bound
            may_be_missing = prop.wrapper is not None or (isinstance(kind, OptionalType) and not bound)
            fields.append(Field(keys[prop.name] if keys else prop.name, kind, may_be_missing))
        return StructType(name, tuple(fields))

    def _coding_keys(self, declaration: Declaration) -> dict[str, str] | None:
        path = (*declaration.path, "CodingKeys")
        found = self.library.at(path, file=declaration.file)
        if isinstance(found, Alias):
            found = self.lookup.declared(found.target, Scope(found.path[:-1], found.file))
        keys = next((one for one in found or [] if one.kind == "enum"), None)
        if keys is None:
            return None
        raw = self._raw_type(keys, Scope(keys.path, keys.file))
        return coding_key_names(keys, has_text=raw == "String")


def _bind(parameters: tuple[str, ...], arguments: tuple[SwiftType, ...]) -> dict[str, SwiftType]:
    unbound: SwiftType
    bound = dict(zip(parameters, arguments, strict=False))
    for name in parameters[len(arguments) :]:
        unbound = Unchecked(name, "it is a generic parameter")
        bound[name] = unbound
    return bound


def _argument_name(kind: SwiftType) -> str:
    match kind:
        case OptionalType(wrapped):
            return f"{_argument_name(wrapped)}?"
        case Scalar(name) | StructType(name) | Unchecked(name) | Recursive(name):
            return name
    return getattr(kind, "name", None) or f"[{type(kind).__name__}]"
