"""The sandbox that expressions run in, with bounds: a mistake must not fill the memory or delay the campaign."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from jinja2 import Undefined, nodes
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from live_activity.template.missing import Missing

# How large one value may become: a mistake such as 'x' * 10 ** 9 must not fill the memory.
LARGEST = 100_000
# The limits of one text: iterations of its loops, calls of functions, and the size of copied text and lists.
MOST_TURNS, MOST_CALLS, MOST_WORK = 1_000_000, 50_000, 50_000_000
# Filters and methods whose value is as wide as a number says.
_WIDENING = frozenset(
    ["center", "ljust", "rjust", "zfill", "expandtabs", "indent", "batch", "slice", "to_bytes", "tojson"]
)
# A conversion of `%`: its name, flags, width and precision.
_CONVERSION = re.compile(r"%(?:\([^)]*\))?[-+ #0]*(\d+|\*)?(?:\.(\d+|\*))?")
_BRACED_NUMBER = re.compile(r"\d{6,}")
_NESTED_FIELD = re.compile(r"\{[^{}]*\{")
_MOST_DECIMALS = 100
NOT_CALLED = "it gives a function and not a value; write parentheses after its name, as in name.upper()"
_TOO_LARGE = "it would become too large"


class BoundedEnvironment(ImmutableSandboxedEnvironment):
    """A sandbox that bounds the sizes of values and the work of one text; `begin` is called before each."""

    intercepted_binops = frozenset(["*", "**", "%", "+"])

    def __init__(self, filters: Mapping[str, Callable[..., Any]]) -> None:
        # Nothing is evaluated ahead: what is wrong with an expression is reported with the row that it fails for.
        super().__init__(
            undefined=Missing,
            autoescape=False,
            optimized=False,
            extensions=["jinja2.ext.do"],
            finalize=self._output,
        )
        self.begin()
        for name in ("lipsum", "cycler", "joiner"):
            del self.globals[name]
        self.filters = {name: _bounded_filter(name, each) for name, each in self.filters.items()}
        self.filters.update(filters)
        self.filters.update(
            _counted=self._counted, _concat=self._concat, sum=self._sum, join=self._join, format=self._format
        )

    @property
    def filter_names(self) -> list[str]:
        """The filters that a template may use."""
        return [name for name in self.filters if not name.startswith("_")]

    def begin(self) -> None:
        """Resets what was counted; called before each evaluation."""
        self._turns = self._calls = self._work = 0

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        if operator == "%" and isinstance(left, str):
            self._check_conversions(left, right)
        elif operator == "+" and isinstance(left, str | list | tuple):
            self._spend(_length(left) + _length(right))
        elif operator == "*":
            self._check_product(left, right)
        elif operator == "**" and any(
            isinstance(side, int | float) and abs(side) > 1_000 for side in (left, right)
        ):
            raise SecurityError(_TOO_LARGE)
        return super().call_binop(context, operator, left, right)

    def call(self, context: Any, obj: Any, /, *args: Any, **kwargs: Any) -> Any:
        self._calls += 1
        if self._calls > MOST_CALLS:
            raise SecurityError(f"it calls functions and macros more than {MOST_CALLS:,} times")
        name = getattr(obj, "__name__", "")
        # The sandbox wraps the methods that format.
        value = getattr(getattr(obj, "__wrapped__", obj), "__self__", None)
        if name in _WIDENING:
            _check_numbers(*args, *kwargs.values())
        if isinstance(value, str):
            if name in ("format", "format_map"):
                self._check_fields(value, args, kwargs)
            elif name == "join" and args:
                return self._join(args[0], value)
            elif name == "replace":
                self._check_replacement(value, *args)
        return super().call(context, obj, *args, **kwargs)

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        found = super()._parse(source, name, filename)
        for loop in found.find_all(nodes.For):
            loop.iter = nodes.Filter(loop.iter, "_counted", [], [], None, None, lineno=loop.lineno)
        _replace_concatenations(found)
        return found

    def _turn(self) -> None:
        self._turns += 1
        if self._turns > MOST_TURNS:
            raise SecurityError(f"its loops run more than {MOST_TURNS:,} times")

    def _spend(self, size: int) -> None:
        self._work += size
        if size > LARGEST or self._work > MOST_WORK:
            raise SecurityError(_TOO_LARGE)

    def _output(self, value: Any) -> Any:
        if isinstance(value, str | list | tuple | dict):
            self._work += len(value)
            if self._work > MOST_WORK:
                raise SecurityError(_TOO_LARGE)
        elif callable(value) and not isinstance(value, Undefined):
            raise ValueError(NOT_CALLED)
        return value

    def _counted(self, items: Iterable[Any]) -> Iterator[Any]:
        for item in items:
            self._turn()
            yield item

    def _concat(self, parts: list[Any]) -> str:
        texts = [str(part) for part in parts]
        self._spend(sum(map(len, texts)))
        return "".join(texts)

    def _sum(self, items: Iterable[Any], attribute: str | int | None = None, start: Any = 0) -> Any:
        from jinja2.filters import make_attrgetter

        values = map(make_attrgetter(self, attribute), items) if attribute is not None else items
        total = start
        for value in values:
            self._turn()
            if isinstance(total, str | list | tuple):
                self._spend(_length(total) + _length(value))
            total = total + value
        return total

    def _join(self, items: Iterable[Any], separator: str = "", attribute: str | int | None = None) -> str:
        from jinja2.filters import make_attrgetter

        values = map(make_attrgetter(self, attribute), items) if attribute is not None else items
        texts: list[str] = []
        size = 0
        for value in values:
            self._turn()
            texts.append(str(value))
            size += len(texts[-1]) + len(separator)
            if size > LARGEST:
                raise SecurityError(_TOO_LARGE)
        self._spend(size)
        return str(separator).join(texts)

    def _format(self, value: Any, *args: Any, **kwargs: Any) -> str:
        text = str(value)
        self._check_conversions(text, kwargs or args)
        result: str = text % (kwargs or args)
        return result

    def _check_conversions(self, text: str, values: Any) -> None:
        for width, decimals in _CONVERSION.findall(text):
            for number in (width, decimals):
                if number == "*":
                    _check_numbers(*_numbers_in(values))
                elif number and int(number[:7]) > LARGEST:
                    raise SecurityError(_TOO_LARGE)

    def _check_fields(self, text: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
        if any(int(number[:7]) > LARGEST for number in _BRACED_NUMBER.findall(text)):
            raise SecurityError(_TOO_LARGE)
        if _NESTED_FIELD.search(text):
            _check_numbers(*_numbers_in([*args, *kwargs.values()]))

    def _check_product(self, left: Any, right: Any) -> None:
        for sized, number in ((left, right), (right, left)):
            if isinstance(sized, str | list | tuple) and isinstance(number, int):
                self._spend(len(sized) * max(number, 0))
        if isinstance(left, int) and isinstance(right, int):
            self._spend((left.bit_length() + right.bit_length()) // 8)

    def _check_replacement(self, text: str, *args: Any) -> None:
        if len(args) >= 2 and all(isinstance(each, str) for each in args[:2]):
            self._spend(len(text) + text.count(args[0]) * len(args[1]))


def _replace_concatenations(node: nodes.Node) -> None:
    """Replaces `a ~ b` by a filter, as Jinja2 has no way to intercept that operator."""
    for name, value in node.iter_fields():
        if isinstance(value, list):
            for child in value:
                if isinstance(child, nodes.Node):
                    _replace_concatenations(child)
            setattr(node, name, [_without_concatenation(child) for child in value])
        elif isinstance(value, nodes.Node):
            _replace_concatenations(value)
            setattr(node, name, _without_concatenation(value))


def _without_concatenation(node: Any) -> Any:
    if not isinstance(node, nodes.Concat):
        return node
    parts = nodes.List(node.nodes, lineno=node.lineno)
    return nodes.Filter(
        parts, "_concat", [], [], None, None, lineno=node.lineno, environment=node.environment
    )


def _bounded_filter(name: str, filter_: Callable[..., Any]) -> Callable[..., Any]:
    if name not in (*_WIDENING, "round", "replace"):
        return filter_

    @functools.wraps(filter_)
    def bounded(*args: Any, **kwargs: Any) -> Any:
        if name == "replace":
            texts = [str(each) for each in args if isinstance(each, str)]
            if len(texts) >= 3 and len(texts[0]) + texts[0].count(texts[1]) * len(texts[2]) > LARGEST:
                raise SecurityError(_TOO_LARGE)
        elif name == "round":
            if any(
                type(number) is int and number > _MOST_DECIMALS for number in (*args[1:], *kwargs.values())
            ):
                raise SecurityError(_TOO_LARGE)
        else:
            _check_numbers(*args[1:], *kwargs.values())
        return filter_(*args, **kwargs)

    return bounded


def _check_numbers(*numbers: Any) -> None:
    if any(isinstance(number, int | float) and abs(number) > LARGEST for number in numbers):
        raise SecurityError(_TOO_LARGE)


def _numbers_in(value: Any) -> Iterator[int | float]:
    if isinstance(value, int | float):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _numbers_in(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _numbers_in(part)


def _length(value: Any) -> int:
    return len(value) if isinstance(value, str | list | tuple) else 0
