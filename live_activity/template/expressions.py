"""Expressions in Jinja2: compiled once, sandboxed, strict about what is not there, with values of their own types."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Protocol

from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, Undefined, UndefinedError, nodes
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from live_activity.names import did_you_mean
from live_activity.quoting import quoted

# What an expression may make by multiplying: a slip such as 'x' * 10 ** 9 must not fill the memory.
_LARGEST = 100_000
_SHOWN = 120
_MISSING = re.compile(r"^'([^']*)' is undefined$")


class ExpressionError(ValueError):
    """What is wrong with an expression, with the expression itself, in one line."""


class Value(Protocol):
    """Something in a template that has a value for each source row."""

    def __call__(self, names: Mapping[str, Any]) -> Any:
        """The value with these names. Raises `ExpressionError`."""
        ...


class _Environment(ImmutableSandboxedEnvironment):
    intercepted_binops = frozenset(["*", "**"])

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        sizes = [len(side) for side in (left, right) if isinstance(side, str | list | tuple)]
        numbers = [abs(side) for side in (left, right) if isinstance(side, int | float)]
        too_large = sizes and numbers and sizes[0] * numbers[0] > _LARGEST
        if too_large or (operator == "**" and numbers and max(numbers) > 1_000):
            raise SecurityError("it would become too large")
        return super().call_binop(context, operator, left, right)


def environment(filters: Mapping[str, Any]) -> ImmutableSandboxedEnvironment:
    """Where the expressions of one template live: Jinja2's own filters and tests, and these."""
    made = _Environment(undefined=StrictUndefined, autoescape=False, extensions=["jinja2.ext.do"])
    made.filters.update(filters)
    return made


def constant(value: Any) -> Value:
    """What needs no names: a number, true, a list of constants."""
    return lambda names: value


def compiled(value: Any, jinja: ImmutableSandboxedEnvironment, *, bare: bool = False) -> Value:
    """What a template writes at one place; lists and mappings are looked into.

    A text that is one `{{ expression }}` keeps the expression's type, as does a `bare` one without the braces;
    every other text is text. Raises `ExpressionError` where it is not written in Jinja2.
    """
    if isinstance(value, Mapping):
        parts = {str(name): compiled(part, jinja) for name, part in value.items()}
        return lambda names: {name: part(names) for name, part in parts.items()}
    if isinstance(value, list):
        items = [compiled(part, jinja) for part in value]
        return lambda names: [item(names) for item in items]
    if not isinstance(value, str):
        return constant(value)
    if "{{" not in value and "{%" not in value and "{#" not in value:
        return _expression(value, value, jinja) if bare else constant(value)
    try:
        body = jinja.parse(value).body
    except TemplateSyntaxError as error:
        raise ExpressionError(f"cannot be read as Jinja2: {error.message} (in {_short(value)})") from None
    return _expression(_inside(value), value, jinja) if _is_one_expression(body) else _text(value, jinja)


def _is_one_expression(body: list[nodes.Node]) -> bool:
    written = [part for node in body if isinstance(node, nodes.Output) for part in node.nodes]
    telling = [
        part for part in written if not (isinstance(part, nodes.TemplateData) and not part.data.strip())
    ]
    return (
        all(isinstance(node, nodes.Output) for node in body)
        and len(telling) == 1
        and not isinstance(telling[0], nodes.TemplateData)
    )


def _inside(text: str) -> str:
    inner = text.strip().removeprefix("{{").removesuffix("}}")
    return inner.removeprefix("-").removesuffix("-")


def _expression(inner: str, shown: str, jinja: ImmutableSandboxedEnvironment) -> Value:
    try:
        evaluate = jinja.compile_expression(inner.strip(), undefined_to_none=False)
    except TemplateSyntaxError as error:
        raise ExpressionError(f"cannot be read as Jinja2: {error.message} (in {_short(shown)})") from None

    def value(names: Mapping[str, Any]) -> Any:
        with _Telling(shown, names):
            found = evaluate(names)
            if isinstance(found, Undefined):
                str(found)  # a strict undefined says what it lacks when it is looked at
            return found

    return value


def _text(text: str, jinja: ImmutableSandboxedEnvironment) -> Value:
    template = jinja.from_string(text)

    def value(names: Mapping[str, Any]) -> str:
        with _Telling(text, names):
            return template.render(names).strip()

    return value


class _Telling:
    """Around an evaluation: whatever goes wrong becomes one line with the expression."""

    def __init__(self, shown: str, names: Mapping[str, Any]) -> None:
        self._shown = shown
        self._names = names

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: BaseException | None, traceback: Any) -> None:
        if error is None or not isinstance(error, Exception):
            return
        raise ExpressionError(f"{self._words(error)} (in {_short(self._shown)})") from None

    def _words(self, error: Exception) -> str:
        first = (str(error).splitlines() or [""])[0]
        missing = _MISSING.match(first) if isinstance(error, UndefinedError) else None
        if missing is not None:
            near = did_you_mean(missing[1], self._names)
            return f"there is no {missing[1]!r}{near or '; it is no column of the source'}"
        if isinstance(error, ValueError | TemplateError) and first:
            return first
        return f"{type(error).__name__}: {first}" if first else type(error).__name__


def _short(text: str) -> str:
    return quoted(" ".join(text.split()), most=_SHOWN)
