"""ActionSpec rules: which calls go wrong, and how (`PUT /sandbox/faults`, or a YAML file)."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    WithJsonSchema,
    field_validator,
    model_validator,
)
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from live_activity.core.findings import invalid
from live_activity.core.formatting import printable
from live_activity.sandbox.call_log import ENDPOINTS

Action = Literal[
    "reset_before",
    "reset_after",
    "delay",
    "timeout",
    "too_many",
    "unavailable",
    "server_error",
    "partial",
    "garbage",
]
Garbage = Literal["html", "truncated", "wrong_shape", "empty"]
_MOST_CALLS, _MOST_SECONDS, _MOST_RETRY_AFTER = 1_000_000_000, 3600, 1_000_000_000
TIMEOUT_SECONDS = 60.0
"""How long a call of a `timeout` without `seconds` waits."""


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """What a rule of an action takes as parameters, which of them it needs, and the endpoints at which it is played."""

    takes: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    endpoints: tuple[str, ...] = ENDPOINTS


ACTIONS: dict[Action, ActionSpec] = {
    "reset_before": ActionSpec(),
    "reset_after": ActionSpec(),
    "delay": ActionSpec(takes=("seconds",), needs=("seconds",)),
    "timeout": ActionSpec(takes=("seconds",)),
    "too_many": ActionSpec(takes=("retry_after",)),
    "unavailable": ActionSpec(),
    "server_error": ActionSpec(takes=("processed",)),
    "partial": ActionSpec(takes=("share",), endpoints=("register", "add-users")),
    "garbage": ActionSpec(takes=("kind",)),
}
"""Every action of a rule; `docs/sandbox.md` says what happens at each."""

_ALL_PARAMETERS = frozenset(name for spec in ACTIONS.values() for name in spec.takes)


def _whole(value: object) -> object:
    """Turns 2.0 into 2, as JSON makes no difference between them."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


_Count = Annotated[int, Field(strict=True, ge=1, le=_MOST_CALLS), BeforeValidator(_whole)]
_HEADER_TEXT = re.compile(r"^([!-~]([ -~]*[!-~])?)?$")
_RETRY_AFTER = {
    "anyOf": [
        {"type": "number", "minimum": 0, "maximum": _MOST_RETRY_AFTER},
        {"type": "string", "pattern": _HEADER_TEXT.pattern},
        {"type": "null"},
    ]
}


class Rule(BaseModel):
    """Which calls fail, and how.

    `calls` numbers the calls of the endpoint from 1 (one number, or a list), for `*` those of all endpoints together;
    `every: N` is each N-th; `rate` a share, drawn from `seed` and the call's number; without any of the three it is
    every call. Numbers begin when the rules are set. `times` bounds how often the rule is played. The first rule that
    fits is played.

    The parameters are keys of the rule itself, or are below the action: `do: {delay: {seconds: 2}}`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    endpoint: str = Field(default="*", description="`*` by default.")
    calls: tuple[_Count, ...] | None = Field(default=None, min_length=1)
    every: _Count | None = None
    rate: Annotated[float, Field(strict=True, ge=0, le=1)] | None = None
    seed: Annotated[int, Field(strict=True, ge=-(2**63), le=2**63), BeforeValidator(_whole)] = 0
    times: _Count | None = Field(default=None, description="How often at most.")
    do: Action
    seconds: Annotated[float, Field(strict=True, ge=0, le=_MOST_SECONDS)] | None = Field(
        default=None, description=f"Real time; {TIMEOUT_SECONDS:.0f} by default."
    )
    retry_after: Annotated[float | str | None, WithJsonSchema(_RETRY_AFTER)] = Field(
        default=1,
        description="Seconds, 1 by default; `date`: an HTTP date one second later; another text as it is; "
        "null: no header.",
    )
    processed: Annotated[bool, Field(strict=True)] = Field(
        default=False, description="Whether the call was processed; false by default."
    )
    share: Annotated[float, Field(strict=True, ge=0, le=1)] = Field(
        default=0.5, description="Of the people; 0.5 by default."
    )
    kind: Garbage = Field(default="html", description="`html` by default.")

    @model_validator(mode="before")
    @classmethod
    def _flat(cls, rule: Any) -> Any:
        if not isinstance(rule, dict) or not isinstance(action := rule.get("do"), dict):
            return rule
        if len(action) != 1:
            raise ValueError("do names one action, such as delay")
        ((name, parameters),) = action.items()
        if not isinstance(parameters, dict | None):
            raise ValueError(f"do.{name} holds the parameters of the action, such as seconds: 2")
        spec = ACTIONS.get(name)
        beside = set(rule) & _ALL_PARAMETERS
        if spec is not None and (wrong := beside or set(parameters or {}).difference(spec.takes)):
            names = printable(", ".join(sorted(map(str, wrong))))
            raise ValueError(f"{names} has no meaning {'beside' if beside else 'in'} do.{name}; remove it")
        return {**rule, "do": name, **(parameters or {})}

    @field_validator("calls", mode="before")
    @classmethod
    def _one_or_many(cls, calls: Any) -> Any:
        return [calls] if isinstance(calls, int | float) else calls

    @field_validator("retry_after", mode="before")
    @classmethod
    def _fits_a_header(cls, value: Any) -> Any:
        if isinstance(value, str):
            fits = _HEADER_TEXT.fullmatch(value) is not None
        else:
            fits = value is None or (type(value) in (int, float) and 0 <= value <= _MOST_RETRY_AFTER)
        if not fits:
            raise ValueError("a Retry-After is seconds up to 1e9, date, another text of plain ASCII, or null")
        return value

    @field_validator("endpoint")
    @classmethod
    def _known(cls, endpoint: str) -> str:
        name = endpoint.replace("_", "-")
        if name != "*" and name not in ENDPOINTS:
            raise ValueError(f"{endpoint!r} is not an endpoint; use one of {', '.join(ENDPOINTS)}, or *")
        return name

    @model_validator(mode="after")
    def _one_way(self) -> Rule:
        if sum(value is not None for value in (self.calls, self.every, self.rate)) > 1:
            raise ValueError("calls, every and rate exclude each other; keep one")
        spec = ACTIONS[self.do]
        unknown = (self.model_fields_set & _ALL_PARAMETERS).difference(spec.takes)
        if unknown:
            raise ValueError(f"{', '.join(sorted(unknown))} has no meaning for {self.do}; remove it")
        missing = [name for name in spec.needs if getattr(self, name) is None]
        if missing:
            raise ValueError(f"{self.do} needs {', '.join(missing)}")
        if self.endpoint not in ("*", *spec.endpoints):
            raise ValueError(f"{self.do} is for {' and '.join(spec.endpoints)}, not {self.endpoint}")
        return self

    def fits(self, number: int) -> bool:
        """Whether the rule is for the call with this number."""
        if self.calls is not None:
            return number in self.calls
        if self.every is not None:
            return number % self.every == 0
        if self.rate is not None:
            return random.Random(f"{self.seed}/{self.endpoint}/{number}").random() < self.rate
        return True

    @property
    def timeout_seconds(self) -> float:
        """How long a `timeout` waits for its client to leave."""
        return TIMEOUT_SECONDS if self.seconds is None else self.seconds

    @property
    def description(self) -> str:
        """The rule on one line: server error at update, calls 3, 4."""
        where = "every endpoint" if self.endpoint == "*" else self.endpoint
        when = ""
        if self.calls is not None:
            when = f", calls {', '.join(map(str, self.calls))}"
        elif self.every is not None:
            when = f", every {self.every}th call"
        elif self.rate is not None:
            when = f", {self.rate:.0%} of the calls"
        return f"{self.do.replace('_', ' ')} at {where}{when}"

    def as_json(self) -> dict[str, Any]:
        """The rule with the keys that were set."""
        return self.model_dump(mode="json", exclude_unset=True)


class WrongRules(Exception):
    """Rules that cannot be played; the message is one line that names the rule, counted from 1, and the key."""

    def __init__(self, message: str, *, rule: int | None = None, key: str | None = None) -> None:
        self.message = message
        self.rule = rule
        self.key = key
        place = ", ".join(part for part in (rule and f"rule {rule}", key) if part)
        super().__init__(f"{place}: {message}" if place else message)


def parse_rules(values: object) -> tuple[Rule, ...]:
    """The rules in a list, or in an object `{"rules": [...]}`. Raises `WrongRules`."""
    if isinstance(values, dict) and set(values) == {"rules"}:
        values = values["rules"]
    if not isinstance(values, list):
        raise WrongRules("faults are a list of rules, or {rules: [...]}")
    return tuple(_parse_rule(value, number) for number, value in enumerate(values, start=1))


def _parse_rule(value: object, number: int) -> Rule:
    try:
        return Rule.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        key = ".".join(str(part) for part in first["loc"]) or None
        message = first["msg"].removeprefix("Value error, ")
        raise WrongRules(message, rule=number, key=key) from None


def read_faults(path: Path) -> tuple[Rule, ...]:
    """The rules of a YAML file. Raises `InvalidInput` with one line."""
    try:
        values = YAML(typ="safe", pure=True).load(path.read_text("utf-8-sig"))
    except OSError as error:
        raise invalid("faults_unreadable", f"cannot be read: {error.strerror}", where=str(path)) from None
    except UnicodeDecodeError:
        raise invalid("faults_unreadable", "is not UTF-8 text; save it as UTF-8", where=path.name) from None
    except (YAMLError, ValueError, RecursionError) as error:
        problem = next(iter(str(getattr(error, "problem", None) or error).splitlines()), "it cannot be read")
        raise invalid("faults_invalid", f"is not YAML: {problem}", where=path.name) from None
    try:
        return parse_rules(values if values is not None else [])
    except WrongRules as error:
        raise invalid(
            "faults_invalid", error.message, where=path.name, row=error.rule, column=error.key
        ) from None


class Faults:
    """Plays rules: counts the calls of each endpoint and chooses the rule for each."""

    def __init__(self, rules: Iterable[Rule] = ()) -> None:
        self.rules = tuple(rules)
        self._numbers: Counter[str] = Counter()
        self._played: Counter[int] = Counter()

    def played(self) -> list[tuple[str, int]]:
        """Each rule in words, with how often it was played."""
        return [(rule.description, self._played[place]) for place, rule in enumerate(self.rules)]

    def next(self, endpoint: str) -> Rule | None:
        """The rule for a call that arrives now, which it counts; None if no rule fits."""
        self._numbers.update((endpoint, "*"))
        for place, rule in enumerate(self.rules):
            if rule.endpoint not in ("*", endpoint):
                continue
            if endpoint not in ACTIONS[rule.do].endpoints:
                continue
            if rule.times is not None and self._played[place] >= rule.times:
                continue
            if rule.fits(self._numbers[rule.endpoint]):
                self._played[place] += 1
                return rule
        return None
