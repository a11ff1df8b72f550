"""Expressions in Jinja2: compiled once, sandboxed, strict about what is not there, with values of their own types."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, ItemsView, Iterable, Iterator, KeysView, Mapping, ValuesView
from contextlib import contextmanager
from typing import Any, Protocol

from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, Undefined, UndefinedError, nodes
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from live_activity.core.formatting import quoted
from live_activity.core.suggestions import did_you_mean

# What an expression may make of one value: a slip such as 'x' * 10 ** 9 must not fill the memory.
_LARGEST = 100_000
# How often the loops of one text may turn, all together: a slip must not hold up the campaign.
_MOST_TURNS = 1_000_000
# What makes its value as wide as a number says; `%` and `format` write the number into a text.
_WIDENING = ("center", "ljust", "rjust", "zfill", "expandtabs", "indent", "batch", "slice")
_WIDTH = re.compile(r"%[-+ #0]*[\d.]*(?:\d{6}|\*)")
_SHOWN = 120
_MISSING = re.compile(r"^(?:'dict object' has no attribute )?'([^']*)'(?: is undefined)?$")


class ExpressionError(ValueError):
    """What is wrong with an expression, with the expression itself, in one line.

    `inside` is where it stands in what it is a part of, such as `.headline` of a content_state.
    """

    inside = ""


@contextmanager
def inside_of(part: str) -> Iterator[None]:
    """Around a part of a mapping or list: what goes wrong there says where it stands."""
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


class Environment(ImmutableSandboxedEnvironment):
    """A sandbox that also bounds what a slip may cost: sizes of values, and turns of loops (`turns`)."""

    intercepted_binops = frozenset(["*", "**", "%"])
    turns = 0

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        if operator == "%":
            if isinstance(left, str) and _WIDTH.search(left):
                raise SecurityError("it would become too large")
            return super().call_binop(context, operator, left, right)
        sizes = [len(side) for side in (left, right) if isinstance(side, str | list | tuple)]
        numbers = [abs(side) for side in (left, right) if isinstance(side, int | float)]
        too_large = sizes and numbers and sizes[0] * numbers[0] > _LARGEST
        if too_large or (operator == "**" and numbers and max(numbers) > 1_000):
            raise SecurityError("it would become too large")
        return super().call_binop(context, operator, left, right)

    def call(self, context: Any, obj: Any, /, *args: Any, **kwargs: Any) -> Any:
        name = getattr(obj, "__name__", "")
        # The sandbox wraps the methods that format.
        text = getattr(getattr(obj, "__wrapped__", obj), "__self__", None)
        if isinstance(text, str):
            if name in _WIDENING:
                _narrow(*args, *kwargs.values())
            elif name in ("format", "format_map"):
                _narrow(*(int(width) for width in re.findall(r"\d{6,}", text)))
        return super().call(context, obj, *args, **kwargs)

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        found = super()._parse(source, name, filename)
        for loop in found.find_all(nodes.For):
            loop.iter = nodes.Filter(loop.iter, "_counted", [], [], None, None)
        return found

    def counted(self, items: Iterable[Any]) -> Iterator[Any]:
        for item in items:
            self.turns += 1
            if self.turns > _MOST_TURNS:
                raise SecurityError(f"its loops turn more than {_MOST_TURNS:,} times")
            yield item


def _narrow(*numbers: Any) -> None:
    if any(isinstance(number, int | float) and number > _LARGEST for number in numbers):
        raise SecurityError("it would become too large")


def _bounded(name: str, doing: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(doing)
    def bounded(*args: Any, **kwargs: Any) -> Any:
        _narrow(*args, *kwargs.values())
        return doing(*args, **kwargs)

    return bounded if name in _WIDENING else doing


def environment(filters: Mapping[str, Any]) -> Environment:
    """Where the expressions of one template live: Jinja2's own filters and tests, and these."""
    # Nothing is worked out ahead: what is wrong with an expression is told with the row that it fails for.
    made = Environment(
        undefined=StrictUndefined, autoescape=False, optimized=False, extensions=["jinja2.ext.do"]
    )
    for nonsense in ("lipsum", "cycler", "joiner"):
        del made.globals[nonsense]
    made.filters = {name: _bounded(name, doing) for name, doing in made.filters.items()}
    made.filters.update(filters, _counted=made.counted)
    return made


def constant(value: Any) -> Value:
    """What needs no names: a number, true, a list of constants."""
    return lambda names: value


def compiled(value: Any, jinja: Environment, *, bare: bool = False) -> Value:
    """What a template writes at one place; lists and mappings are looked into.

    A text that is one `{{ expression }}` keeps the expression's type, as does a `bare` one without the braces;
    every other text is text. Raises `ExpressionError` where it is not written in Jinja2.
    """
    if isinstance(value, Mapping):
        parts = {str(name): _part(f".{name}", part, jinja) for name, part in value.items()}
        return lambda names: {name: part(names) for name, part in parts.items()}
    if isinstance(value, list):
        items = [_part(f"[{number}]", part, jinja) for number, part in enumerate(value)]
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


def _part(place: str, written: Any, jinja: Environment) -> Value:
    with inside_of(place):
        made = compiled(written, jinja)

    def value(names: Mapping[str, Any]) -> Any:
        with inside_of(place):
            return made(names)

    return value


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


def _expression(inner: str, shown: str, jinja: Environment) -> Value:
    try:
        evaluate = jinja.compile_expression(inner.strip(), undefined_to_none=False)
    except TemplateSyntaxError as error:
        raise ExpressionError(f"cannot be read as Jinja2: {error.message} (in {_short(shown)})") from None

    def value(names: Mapping[str, Any]) -> Any:
        with _Telling(shown, names):
            found = evaluate(names)
            # What gives its elements only once would be empty for whoever looks at it next.
            found = list(found) if isinstance(found, Iterator) else found
            _look_at(found)
            return found

    return value


def _look_at(value: Any) -> None:
    """A strict undefined says what it lacks when it is looked at, and it may stand deep inside."""
    if isinstance(value, Undefined):
        str(value)
    elif isinstance(value, Mapping):
        for part in value.values():
            _look_at(part)
    elif isinstance(value, list | tuple):
        for part in value:
            _look_at(part)
    elif isinstance(value, KeysView | ValuesView | ItemsView | range | set):
        raise TypeError(f"it gives a {type(value).__name__}, which is no value; write '| list' behind it")


def _text(text: str, jinja: Environment) -> Value:
    template = jinja.from_string(text)

    def value(names: Mapping[str, Any]) -> str:
        jinja.turns = 0
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
            known = (
                "it is no column of the source"
                if first.endswith("undefined")
                else "nothing there has that name"
            )
            return f"there is no {missing[1]!r}{near or f'; {known}'}"
        if isinstance(error, ValueError | TemplateError) and first:
            return first
        return f"{type(error).__name__}: {first}" if first else type(error).__name__


def _short(text: str) -> str:
    return quoted(" ".join(text.split()), most=_SHOWN)
