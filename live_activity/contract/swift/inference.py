"""The type of a property that is written without one, from its default value: `var x = 3` is an Int."""

from __future__ import annotations

from tree_sitter import Node

from live_activity.contract.swift import literals
from live_activity.contract.swift.spelling import (
    Member,
    Named,
    Other,
    Part,
    Spelling,
    Tuple,
    named,
    plain_name,
    read_type,
    text_of,
)
from live_activity.contract.types import DECIMALS, INTEGERS

_FAILABLE_LABELS = frozenset({"string", "rawValue", "uuidString", "base64Encoded", "exactly"})
_FROM_TEXT = frozenset({*INTEGERS, *DECIMALS, "Bool"}) - {"Decimal"}
# Foundation's own members by which apps give an id or a time its default.
_MEMBERS = {
    "uuidString": "String",
    "timeIntervalSince1970": "Double",
    "timeIntervalSinceReferenceDate": "Double",
    "addingTimeInterval": "Date",
}
_ARITHMETIC = ("additive_expression", "multiplicative_expression")
_TRUTH = frozenset(
    {"comparison_expression", "equality_expression", "conjunction_expression", "disjunction_expression"}
)
_NUMBERS = frozenset({*INTEGERS, *DECIMALS})


def inferred(node: Node) -> Spelling | None:
    """The type of an expression as Swift's compiler would infer it; None where it is not obvious."""
    kind = node.type
    if kind in literals.INTEGERS:
        return named("Int")
    if kind == "real_literal":
        return named("Double")
    if kind in literals.STRINGS:
        return named("String")
    if kind == "boolean_literal":
        return named("Bool")
    if kind in _TRUTH:
        return named("Bool")
    if kind in _ARITHMETIC:
        return _arithmetic(node)
    reader = _READERS.get(kind)
    return reader(node) if reader else None


def _signed(node: Node) -> Spelling | None:
    sign, target = node.child_by_field_name("operation"), node.child_by_field_name("target")
    if sign is None or target is None:
        return None
    if text_of(sign) == "!":
        return named("Bool")
    return inferred(target) if text_of(sign) in ("-", "+", "~") else None


def _arithmetic(node: Node) -> Spelling | None:
    sides = [side for name in ("lhs", "rhs") if (side := node.child_by_field_name(name)) is not None]
    kinds = [inferred(side) for side in sides]
    if len(set(kinds)) == 1:
        return kinds[0]
    literals_only = [kind for side, kind in zip(sides, kinds, strict=True) if _is_number(side)]
    if len(literals_only) == 2:
        return named("Double")
    # `Double(3) / 2`: a literal takes the type of the other side.
    other = next((kind for side, kind in zip(sides, kinds, strict=True) if not _is_number(side)), None)
    is_whole = literals_only == [named("Int")]
    takes = literals_only and isinstance(other, Named) and str(other) in (_NUMBERS if is_whole else DECIMALS)
    return other if takes else None


def _is_number(node: Node) -> bool:
    if node.type in _ARITHMETIC:
        return all(_is_number(child) for child in node.named_children)
    return isinstance(literals.literal_value(node), int | float)


def _array(node: Node) -> Spelling | None:
    element = _common(node.children_by_field_name("element"))
    return named("Array", element) if element else None


def _dictionary(node: Node) -> Spelling | None:
    key, value = (_common(node.children_by_field_name(side)) for side in ("key", "value"))
    return named("Dictionary", key, value) if key and value else None


def _common(nodes: list[Node]) -> Spelling | None:
    values = [node for node in nodes if text_of(node) != "nil"]
    kinds = {inferred(node) for node in values}
    if kinds == {named("Int"), named("Double")}:
        kinds = {named("Double")}
    kind = kinds.pop() if len(kinds) == 1 else None
    return named("Optional", kind) if kind is not None and len(values) < len(nodes) else kind


def _call(node: Node) -> Spelling | None:
    callee = node.children[0]
    if callee.type == "navigation_expression" and (known := _MEMBERS.get(_last_name(callee))):
        return named(known)
    if callee.type in ("array_literal", "dictionary_literal"):
        return _part(callee)
    if callee.type == "navigation_expression" and _last_name(callee) == "random":
        target = callee.child_by_field_name("target")
        base = written_type(target) if target is not None else None
        return base if base is not None and str(base) in _NUMBERS | {"Bool"} else None
    if callee.type == "navigation_expression" and _last_name(callee) == "init":
        target = callee.child_by_field_name("target")
        made = written_type(target) if target else None
    else:
        made = _part(callee)
    return _optional_if_failable(node, made)


def _constructor(node: Node) -> Spelling | None:
    made = node.child_by_field_name("constructed_type")
    return _optional_if_failable(node, read_type(made)) if made else None


def _optional_if_failable(node: Node, made: Spelling | None) -> Spelling | None:
    if not isinstance(made, Named):
        return made
    if made == named("Optional"):
        value = next(iter(_arguments(node)), None)
        kind = inferred(value) if value else None
        return named("Optional", kind) if kind else None
    if not made.parts[-1].name[:1].isupper():
        return None  # a function, whose result is not written here
    labels = {text_of(label) for label in _labels(node)}
    is_failable = bool(labels & _FAILABLE_LABELS) or (not labels and _reads_text(node, made))
    return named("Optional", made) if is_failable else made


def _reads_text(node: Node, made: Named) -> bool:
    """Whether this is `Int("3")` or the like, which is nil where the text spells no number."""
    is_text = [argument.type in literals.STRINGS for argument in _arguments(node)] == [True]
    return is_text and made.parts[-1].name in _FROM_TEXT


def _call_arguments(node: Node) -> list[Node]:
    suffixes = [child for child in node.named_children if child.type in ("call_suffix", "constructor_suffix")]
    lists = [part for suffix in suffixes for part in suffix.named_children if part.type == "value_arguments"]
    return [argument for one in lists for argument in one.named_children if argument.type == "value_argument"]


def _arguments(node: Node) -> list[Node]:
    values = [argument.child_by_field_name("value") for argument in _call_arguments(node)]
    return [value for value in values if value is not None]


def _labels(node: Node) -> list[Node]:
    labels = [argument.child_by_field_name("name") for argument in _call_arguments(node)]
    return [label for label in labels if label is not None]


def written_type(node: Node) -> Spelling | None:
    """A type that is written as an expression: `Int`, `[String]`, `[String: Int]`, `A.B`."""
    if node.type in ("simple_identifier", "type_identifier"):
        return named(plain_name(node))
    if node.type in ("user_type", "array_type", "dictionary_type", "optional_type", "tuple_type"):
        return read_type(node)
    if node.type == "navigation_expression":
        target = node.child_by_field_name("target")
        base = written_type(target) if target else None
        return Named((*base.parts, Part(_last_name(node)))) if isinstance(base, Named) else None
    if node.type == "array_literal":
        elements = _parts(node, "element")
        return named("Array", elements[0]) if len(elements) == 1 and elements[0] else None
    if node.type == "dictionary_literal":
        key, value = _parts(node, "key"), _parts(node, "value")
        return named("Dictionary", key[0], value[0]) if key and value and key[0] and value[0] else None
    return None


def _parts(node: Node, field: str) -> list[Spelling | None]:
    return [_part(part) for part in node.children_by_field_name(field) if part.is_named]


def _part(node: Node) -> Spelling | None:
    """A type inside brackets: the grammar puts the `?` of `[Int?]()` beside it."""
    kind = written_type(node)
    following = node.next_sibling
    while kind is not None and following is not None and text_of(following) == "?":
        kind, following = named("Optional", kind), following.next_sibling
    return kind


def _last_name(node: Node) -> str:
    suffix = node.child_by_field_name("suffix")
    name = suffix.child_by_field_name("suffix") if suffix else None
    return plain_name(name) if name else ""


def _navigation(node: Node) -> Spelling | None:
    if known := _MEMBERS.get(_last_name(node)):
        return named(known)
    targets = node.children_by_field_name("target")
    base = written_type(targets[0]) if targets else None
    if not isinstance(base, Named):
        return None
    if len(targets) > 1:  # `Int?.none`
        return named("Optional", base)
    if _last_name(node) == "self":
        return Other(text_of(node))
    return Member(base, _last_name(node))


def _postfix(node: Node) -> Spelling | None:
    target = node.child_by_field_name("target")
    return _unwrapped(inferred(target)) if target else None


def _cast(node: Node) -> Spelling | None:
    kind = node.child_by_field_name("name")
    return read_type(kind) if kind else None


def _ternary(node: Node) -> Spelling | None:
    sides = [node.child_by_field_name(side) for side in ("if_true", "if_false")]
    return _common([side for side in sides if side])


def _coalesced(node: Node) -> Spelling | None:
    value = node.child_by_field_name("value")
    return _unwrapped(inferred(value)) if value else None


def _unwrapped(kind: Spelling | None) -> Spelling | None:
    if isinstance(kind, Named) and kind.parts[-1].name == "Optional" and kind.parts[-1].arguments:
        return kind.parts[-1].arguments[0]
    return kind


def _parenthesis(node: Node) -> Spelling | None:
    kinds = [inferred(value) for value in node.children_by_field_name("value")]
    if len(kinds) == 1:
        return kinds[0]
    elements = tuple(kind for kind in kinds if kind)
    return Tuple(elements, text_of(node)) if len(elements) == len(kinds) else None


def _range(node: Node) -> Spelling | None:
    bounds = [node.child_by_field_name(side) for side in ("start", "end")]
    operator = node.child_by_field_name("op")
    bound = _common([side for side in bounds if side]) if all(bounds) else None
    if bound is None or operator is None:
        return None
    return named("ClosedRange" if text_of(operator) == "..." else "Range", bound)


_READERS = {
    "prefix_expression": _signed,
    "array_literal": _array,
    "dictionary_literal": _dictionary,
    "call_expression": _call,
    "constructor_expression": _constructor,
    "navigation_expression": _navigation,
    "postfix_expression": _postfix,
    "as_expression": _cast,
    "ternary_expression": _ternary,
    "nil_coalescing_expression": _coalesced,
    "tuple_expression": _parenthesis,
    "range_expression": _range,
}
