"""Expressions in Jinja2: compiled once, strict about what is missing, with values of their own types."""

from __future__ import annotations

import re
from collections.abc import ItemsView, Iterator, KeysView, Mapping, ValuesView
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from jinja2 import TemplateError, TemplateSyntaxError, Undefined, UndefinedError, nodes
from jinja2.exceptions import TemplateAssertionError

from live_activity.core.formatting import one_line
from live_activity.core.suggestions import did_you_mean
from live_activity.template.bounded_environment import NOT_CALLED, BoundedEnvironment

# So many characters of an expression are shown: all of it, or what is around the fault.
_SHOWN = 120
_MISSING = re.compile(r"^'([^']*)' is undefined$")
_NO_KEY = re.compile(r"^there is no '([^']*)' in it")
_MISUSED = re.compile(r"^(?:[\w.<>]*\.)?(?:do|_)*(\w+)\(\) (takes|got|missing) (.*)")
_JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
_SINGLE_BRACED = re.compile(r"\{ ?([^\W\d]\w*) ?\}")
_NO_SUCH = re.compile(r"^No (filter|test) named '([^']*)'")
_MIXED = re.compile(
    r"'(?:str|int|float)' and '(?:str|int|float)'|concatenate str|must be str|not \"(?:int|float)\""
)


class ExpressionError(ValueError):
    """What is wrong with an expression, with the expression around the fault, in one line.

    `inside` is its place in the value around it, such as `.headline` in a content_state.
    """

    inside = ""


@contextmanager
def inside_of(part: str) -> Iterator[None]:
    """Adds the place of a part of a mapping or list to an error in that part."""
    try:
        yield
    except ExpressionError as error:
        error.inside = part + error.inside
        raise


class Value(Protocol):
    """Something in a template that has a value for each source row."""

    def __call__(self, names: Mapping[str, Any]) -> Any:
        """The value with these names. Raises `ExpressionError`."""
        ...


@dataclass(frozen=True, slots=True)
class NumberComparison:
    """A name that an expression compares with a number, such as `score_h == 1`."""

    name: str
    shown: str


def constant(value: Any) -> Value:
    """A value that needs no names: a number, true, a list of constants."""
    return lambda names: value


def compiled(value: Any, jinja: BoundedEnvironment, *, bare: bool = False) -> Value:
    """Compiles what a template writes at one place, also inside lists and mappings.

    A text that is one `{{ expression }}` keeps the expression's type, as does a `bare` one without the braces;
    every other text is text. Raises `ExpressionError` where it is not valid Jinja2.
    """
    if isinstance(value, Mapping):
        parts = {str(name): _part(f".{name}", part, jinja) for name, part in value.items()}
        return lambda names: {name: part(names) for name, part in parts.items()}
    if isinstance(value, list):
        items = [_part(f"[{number}]", part, jinja) for number, part in enumerate(value)]
        return lambda names: [item(names) for item in items]
    if not isinstance(value, str):
        return constant(value)
    if not _has_jinja(value):
        return _expression(value, value, jinja) if bare else constant(value)
    try:
        body = jinja.parse(value).body
    except TemplateSyntaxError as error:
        raise _unreadable(error, value, jinja) from None
    return _expression(_inside(value), value, jinja) if _is_one_expression(body) else _text(value, jinja)


def number_comparisons(value: Any, jinja: BoundedEnvironment) -> tuple[NumberComparison, ...]:
    """The names that a condition compares by `==` with a number, without a filter; text never equals a number."""
    if not isinstance(value, str):
        return ()
    source = value if _has_jinja(value) else f"{{{{ {value} }}}}"
    try:
        tree = jinja.parse(source)
    except TemplateSyntaxError:
        return ()
    found = []
    for compare in tree.find_all(nodes.Compare):
        sides = [compare.expr, *(operand.expr for operand in compare.ops if operand.op == "eq")]
        if any(isinstance(side, nodes.Const) and type(side.value) in (int, float) for side in sides):
            found += [
                NumberComparison(side.name, _shown(value)) for side in sides if isinstance(side, nodes.Name)
            ]
    return tuple(found)


def shown_expressions(value: Any, column: str) -> Iterator[tuple[str, str]]:
    """The expressions of what a template writes in a column, by the column of each, as messages show them."""
    if isinstance(value, Mapping):
        for name, part in value.items():
            yield from shown_expressions(part, f"{column}.{name}")
    elif isinstance(value, str) and _has_jinja(value):
        yield column, _shown(value)


def single_braced(value: Any, column: str) -> Iterator[tuple[str, str]]:
    """The names between single braces, as in texts, which are not filled in here; each with its column."""
    if isinstance(value, Mapping):
        for name, part in value.items():
            yield from single_braced(part, f"{column}.{name}")
    elif isinstance(value, str):
        yield from ((column, name) for name in _SINGLE_BRACED.findall(_JINJA.sub("", value)))


def _has_jinja(text: str) -> bool:
    return any(mark in text for mark in ("{{", "{%", "{#"))


def _part(place: str, written: Any, jinja: BoundedEnvironment) -> Value:
    with inside_of(place):
        made = compiled(written, jinja)

    def value(names: Mapping[str, Any]) -> Any:
        with inside_of(place):
            return made(names)

    return value


def _is_one_expression(body: list[nodes.Node]) -> bool:
    written = [part for node in body if isinstance(node, nodes.Output) for part in node.nodes]
    parts = [part for part in written if not (isinstance(part, nodes.TemplateData) and not part.data.strip())]
    return (
        all(isinstance(node, nodes.Output) for node in body)
        and len(parts) == 1
        and not isinstance(parts[0], nodes.TemplateData)
    )


def _inside(text: str) -> str:
    inner = text.strip().removeprefix("{{").removesuffix("}}")
    return inner.removeprefix("-").removesuffix("-")


def _expression(inner: str, shown: str, jinja: BoundedEnvironment) -> Value:
    try:
        evaluate = jinja.compile_expression(inner.strip(), undefined_to_none=False)
    except TemplateSyntaxError as error:
        raise _unreadable(error, shown, jinja) from None

    def value(names: Mapping[str, Any]) -> Any:
        jinja.begin()
        with _explaining(shown, names):
            found = evaluate(names)
            # An iterator would be empty the next time that it is read.
            found = list(found) if isinstance(found, Iterator) else found
            return _resolved(found)

    return value


def _text(text: str, jinja: BoundedEnvironment) -> Value:
    try:
        template = jinja.from_string(text)
    except TemplateSyntaxError as error:
        raise _unreadable(error, text, jinja) from None

    def value(names: Mapping[str, Any]) -> str:
        jinja.begin()
        with _explaining(text, names):
            return template.render(names).strip()

    return value


def _resolved(value: Any) -> Any:
    """The value, with None where an `if` without an `else` does not hold.

    A strict undefined, which may be deep inside, raises an error with what is missing when it becomes text.
    """
    if isinstance(value, Undefined):
        return str(value) or None
    if isinstance(value, Mapping):
        return {name: _resolved(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_resolved(part) for part in value]
    if callable(value):
        raise ValueError(NOT_CALLED)
    if isinstance(value, KeysView | ValuesView | ItemsView | range | set):
        raise ValueError(f"it gives a {type(value).__name__}, which cannot be sent; write '| list' after it")
    return value


@contextmanager
def _explaining(shown: str, names: Mapping[str, Any]) -> Iterator[None]:
    """Turns any error of an evaluation into one line with the expression around the fault."""
    try:
        yield
    except Exception as error:  # Python's own as well: a division by zero, a method's wrong argument
        message, word = _explained(error, names)
        raise ExpressionError(f"{message} (in {_shown(shown, word=word, line=_line_of(error))})") from None


def _explained(error: Exception, names: Mapping[str, Any]) -> tuple[str, str | None]:
    """What went wrong, and the word of the expression that it is about."""
    first = (str(error).splitlines() or [""])[0]
    if isinstance(error, UndefinedError) and (missing := _MISSING.match(first)) is not None:
        near = did_you_mean(missing[1], [name for name in names if isinstance(name, str)])
        return f"there is no {missing[1]!r}{near or '; it is not a column of the source'}", missing[1]
    if isinstance(error, UndefinedError) and (no_key := _NO_KEY.match(first)) is not None:
        return first, no_key[1]
    if isinstance(error, RecursionError):
        return "it calls itself without an end", None
    if isinstance(error, TypeError) and _MIXED.search(first):
        return (
            f"text and numbers cannot be compared or added ({first}); cells of a CSV are text: write NAME | number",
            None,
        )
    if isinstance(error, TypeError) and (misused := _MISUSED.match(first)) is not None:
        named = "; write a name before each value, such as minutes=5" if misused[2] == "takes" else ""
        return f"{misused[1]} {misused[2]} {misused[3]}{named}", None
    if isinstance(error, ValueError | TemplateError) and first:
        return first, None
    return f"{type(error).__name__}: {first}" if first else type(error).__name__, None


def _unreadable(error: TemplateSyntaxError, text: str, jinja: BoundedEnvironment) -> ExpressionError:
    message, word = error.message or "", None
    if isinstance(error, TemplateAssertionError) and (found := _NO_SUCH.match(message)) is not None:
        kind, word = found[1], found[2]
        known = jinja.filter_names if kind == "filter" else list(jinja.tests)
        message = f"there is no {kind} {word!r}{did_you_mean(word, known) or ''}"
    else:
        message = f"cannot be read as Jinja2: {message}"
    return ExpressionError(f"{message} (in {_shown(text, word=word, line=error.lineno)})")


def _line_of(error: BaseException) -> int | None:
    """The line of the template's text on which an error arose."""
    line, frame = None, error.__traceback__
    while frame is not None:
        if frame.tb_frame.f_code.co_filename in ("<template>", "<unknown>"):
            line = frame.tb_lineno
        frame = frame.tb_next
    return line


def _shown(text: str, *, word: str | None = None, line: int | None = None) -> str:
    """The expression in quotes; of a long one what is around the word or the line that is wrong."""
    flat = " ".join(text.split())
    if len(flat) <= _SHOWN:
        return _quoted(flat)
    place = 0
    if word is not None and (found := re.search(rf"(?<!\w){re.escape(word)}(?!\w)", flat)) is not None:
        place = found.start()
    elif line is not None and line > 1:
        place = len(" ".join("\n".join(text.splitlines()[: line - 1]).split()))
    begin = max(0, min(place - _SHOWN // 3, len(flat) - _SHOWN))
    end = begin + _SHOWN
    return _quoted(f"{'…' if begin else ''}{flat[begin:end]}{'…' if end < len(flat) else ''}")


def _quoted(text: str) -> str:
    return one_line(repr(text))
