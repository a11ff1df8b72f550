"""Collects every code that a finding may have, from the syntax trees of the modules."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("live_activity", "flows", "tasks", "deployments")
CODE = re.compile(r"[a-z][a-z0-9_]*")
_LEVELS = frozenset({"error", "warning", "info"})
_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Forwarder:
    """Where the code is among the arguments of a function or a class that makes findings.

    `least` is the number of arguments that a call has at least.
    """

    position: int
    least: int

    def code_of(self, call: ast.Call) -> ast.expr | None:
        """Returns the code in a call; None if the call is of something else with the same name."""
        if any(isinstance(argument, ast.Starred) for argument in call.args):
            return None
        named = next((each.value for each in call.keywords if each.arg == "code"), None)
        if named is not None or len(call.args) + len(call.keywords) < self.least:
            return named
        return call.args[self.position] if len(call.args) > self.position else None


_INVALID = Forwarder(position=0, least=2)


@dataclass
class Module:
    """One module: its syntax tree, and the meaning of its names."""

    path: Path
    tree: ast.Module

    @classmethod
    def read(cls, path: Path) -> Module:
        return cls(path, ast.parse(path.read_text("utf-8")))

    @cached_property
    def constants(self) -> dict[str, str]:
        """The string constants of the module by their names."""
        found = {}
        for node in self.tree.body:
            targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
            for target, value in _bound(targets, getattr(node, "value", None)):
                if isinstance(value, ast.Constant) and isinstance(value.value, str):
                    found[target.id] = value.value
        return found

    @cached_property
    def imports(self) -> dict[str, str]:
        """The modules of imported names, by the name."""
        return {
            alias.asname or alias.name: node.module
            for node in ast.walk(self.tree)
            if isinstance(node, ast.ImportFrom) and node.module
            for alias in node.names
        }

    @cached_property
    def makers(self) -> frozenset[str]:
        """Other names of `Finding.error` and the like: parameters, `new = Finding.error if bad else Finding.info`."""
        found = set()
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Assign) and all(map(_is_maker, _choices(node.value))):
                found |= {target.id for target in node.targets if isinstance(target, ast.Name)}
            if isinstance(node, ast.arg) and node.annotation is not None and _makes_findings(node.annotation):
                found.add(node.arg)
        return frozenset(found)

    @cached_property
    def forwarders(self) -> dict[str, Forwarder]:
        """The functions with a parameter `code` and the classes with a field `code`, by their names."""
        if not {"Finding", "Severity"} & set(self.imports):
            return {}
        found = {}
        for node in ast.walk(self.tree):
            names: list[str] = []
            optional = 0
            if isinstance(node, _Function):
                names = [each.arg for each in (*node.args.posonlyargs, *node.args.args)]
                names = names[1:] if names[:1] in (["self"], ["cls"]) else names
                optional = len(node.args.defaults)
            elif isinstance(node, ast.ClassDef):
                fields = [each for each in node.body if isinstance(each, ast.AnnAssign)]
                names = [each.target.id for each in fields if isinstance(each.target, ast.Name)]
                optional = sum(each.value is not None for each in fields)
            if "code" in names and isinstance(node, _Function | ast.ClassDef):
                found[node.name] = Forwarder(names.index("code"), len(names) - optional)
        return found


@dataclass
class Collector:
    """Collects the codes of packages; `computed` maps an expression to the codes that it can have."""

    computed: Mapping[str, tuple[str, ...]]
    root: Path = ROOT
    codes: dict[str, list[str]] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)

    @cached_property
    def modules(self) -> dict[str, Module]:
        """Modules by their dotted names, without the sandbox, whose codes are those of the API."""
        files = (file for name in PACKAGES for file in sorted((self.root / name).rglob("*.py")))
        return {
            ".".join(file.relative_to(self.root).with_suffix("").parts): Module.read(file)
            for file in files
            if "sandbox" not in file.parts and file.name != "findings.py"
        }

    def collect(self) -> Collector:
        for module in self.modules.values():
            for node, function in _inside_functions(module.tree):
                for code in self._codes_in(node, module):
                    self._resolve(
                        code, module, function, f"{module.path.relative_to(self.root)}:{node.lineno}"
                    )
        return self

    def _codes_in(self, node: ast.AST, module: Module) -> Iterator[ast.expr]:
        if isinstance(node, ast.Call):
            forwarder = self._forwarder(node.func, module)
            code = forwarder.code_of(node) if forwarder is not None else None
            if code is not None:
                yield code
            if isinstance(node.func, ast.Attribute) and node.func.attr == "refuse":
                yield from (code for each in node.args for code in _refusals(each))
            if isinstance(node.func, ast.Attribute) and node.func.attr == "model_copy":
                yield from (code for each in node.keywords for code in _changed_codes(each.value))
        elif isinstance(node, _Function) and node.returns and "Refusal" in ast.unparse(node.returns):
            for inner in ast.walk(node):
                if isinstance(inner, ast.Return) and inner.value is not None:
                    yield from _refusals(inner.value)

    def _forwarder(self, called: ast.expr, module: Module) -> Forwarder | None:
        if _is_maker(called) or (isinstance(called, ast.Name) and called.id in module.makers | {"invalid"}):
            return _INVALID
        if isinstance(called, ast.Name) and called.id == "Finding":
            return Forwarder(position=99, least=1)
        name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
        if name in module.forwarders:
            return module.forwarders[name]
        if name.startswith("_"):
            return None
        package = module.path.relative_to(self.root).parts[:2]
        return next(
            (
                other.forwarders[name]
                for other in self.modules.values()
                if name in other.forwarders and other.path.relative_to(self.root).parts[:2] == package
            ),
            None,
        )

    def _resolve(self, code: ast.expr, module: Module, function: _Function | None, place: str) -> None:
        for each in _choices(code):
            text = ast.unparse(each)
            if isinstance(each, ast.Constant) and isinstance(each.value, str):
                self._add(each.value, place)
            elif isinstance(each, ast.Name) and (constant := self._constant(each.id, module)) is not None:
                self._add(constant, place)
            elif text in self.computed:
                for value in self.computed[text]:
                    self._add(value, place)
            elif not _is_collected_elsewhere(text, function, module):
                self.unknown.append(f"{place}: {text}")

    def _constant(self, name: str, module: Module) -> str | None:
        if name in module.constants:
            return module.constants[name]
        origin = self.modules.get(module.imports.get(name, ""))
        return origin.constants.get(name) if origin is not None else None

    def _add(self, code: str, place: str) -> None:
        if CODE.fullmatch(code) is None:
            self.unknown.append(f"{place}: {code!r}")
        else:
            self.codes.setdefault(code, []).append(place)


def _is_maker(node: ast.expr) -> bool:
    """Returns whether an expression is `Finding.error`, `Finding.warning` or `Finding.info`."""
    return (
        isinstance(node, ast.Attribute)
        and node.attr in _LEVELS
        and isinstance(node.value, ast.Name)
        and node.value.id == "Finding"
    )


def _makes_findings(annotation: ast.expr) -> bool:
    return ast.unparse(annotation) == "Callable[..., Finding]"


def _choices(node: ast.expr) -> Iterator[ast.expr]:
    """Yields the possible values of a conditional expression."""
    if isinstance(node, ast.IfExp):
        yield from _choices(node.body)
        yield from _choices(node.orelse)
    else:
        yield node


def _refusals(node: ast.expr) -> Iterator[ast.expr]:
    """Yields the code of each pair of a code and a message."""
    for each in _choices(node):
        if isinstance(each, ast.Tuple) and len(each.elts) == 2:
            yield each.elts[0]


def _changed_codes(node: ast.expr) -> Iterator[ast.expr]:
    """Yields the code among the changed fields of `model_copy`."""
    if isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant) and key.value == "code":
                yield value


def _bound(targets: Sequence[ast.expr | None], value: ast.expr | None) -> Iterator[tuple[ast.Name, ast.expr]]:
    """Yields the names of an assignment, each with its value: `A = "a"`, `A, B = "a", "b"`."""
    for target in targets:
        if isinstance(target, ast.Name) and value is not None:
            yield target, value
        elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
            for each, part in zip(target.elts, value.elts, strict=False):
                yield from _bound([each], part)


def _is_collected_elsewhere(text: str, function: _Function | None, module: Module) -> bool:
    """Returns whether a code comes from a place that is collected: a field of a problem or refusal, a forwarder."""
    if text == "code":
        return function is not None and function.name in module.forwarders
    return text in ("self.code", "refusal[0]")


def _inside_functions(tree: ast.Module) -> Iterator[tuple[ast.Call | _Function, _Function | None]]:
    """Yields every call and function of a module, with the enclosing function."""
    todo: list[tuple[ast.AST, _Function | None]] = [(tree, None)]
    while todo:
        node, function = todo.pop()
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Call | _Function):
                yield child, function
            todo.append((child, child if isinstance(child, _Function) else function))
