"""Declares a flow's parameters from the fields of a model, so that the form, the YAML file and the flow agree."""

from __future__ import annotations

import copy
import functools
import inspect
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, TypeVar, cast, get_args

from prefect import get_run_logger
from prefect.client.schemas.objects import State
from prefect.exceptions import Abort
from prefect.runtime import deployment, flow_run
from prefect.states import Failed
from pydantic import BaseModel, Field, TypeAdapter
from pydantic.fields import FieldInfo
from pydantic_core import CoreSchema
from pydantic_core.core_schema import any_schema

from live_activity.core.crash_report import Unforeseen, report_crash
from live_activity.core.findings import Finding, InvalidInput
from live_activity.ledger import LedgerUnwritable, LostLease, Owned
from live_activity.ledger.errors import owner_text
from live_activity.prefect_integration.final_states import owned_elsewhere
from live_activity.prefect_integration.form_order import form_order
from live_activity.prefect_integration.run_state import NO_PAUSE, is_prefects

# The `where` of findings about the form's own values.
FORM = "parameters"
# The bounds of a JSON Schema, in the words of a description.
_BOUNDS = {
    "minimum": "at least",
    "exclusiveMinimum": "more than",
    "maximum": "at most",
    "exclusiveMaximum": "less than",
}
TIME_HINT = "2026-07-19 20:00 in the campaign's time zone, or 2026-07-19T20:00:00Z."

# Errors whose own text says what is wrong.
_EXPECTED = (InvalidInput, Owned, LostLease, LedgerUnwritable)

Returned = TypeVar("Returned")
Doing = TypeVar("Doing", bound=Callable[..., Any])


def with_field_titles(doing: Doing) -> Doing:
    """Has the form show a function's parameters with the titles and descriptions of their `Field`s."""
    signature = inspect.signature(doing, eval_str=True)
    named = [_annotated(each) for each in signature.parameters.values()]
    doing.__signature__ = signature.replace(parameters=named)  # type: ignore[attr-defined]  # read by inspect
    doing.__annotations__ = {**doing.__annotations__, **{each.name: each.annotation for each in named}}
    return doing


def takes_form_of(
    model: type[BaseModel], read: Callable[[dict[str, Any], Mapping[str, Any]], Awaitable[BaseModel]]
) -> Callable[[Callable[..., Coroutine[Any, Any, Returned]]], Callable[..., Coroutine[Any, Any, Returned]]]:
    """Gives a function that takes one model a parameter for each of the model's fields, in the form's order.

    Other parameters of the function must have a default; they come first, unchanged. `read` takes the values that
    were filled in and those of the other parameters, and returns the model; what it raises is shown on the run's page.
    """

    def decorate(
        doing: Callable[..., Coroutine[Any, Any, Returned]],
    ) -> Callable[..., Coroutine[Any, Any, Returned]]:
        own = list(inspect.signature(doing, eval_str=True).parameters.values())[1:]

        @functools.wraps(doing)
        async def asked(**values: Any) -> Returned:
            mine = {each.name: values.pop(each.name) for each in own if each.name in values}
            try:
                return await doing(await read(_filled_in(values, model), mine), **mine)
            except Exception as error:
                if is_prefects(error):
                    raise
                if deployment.id is not None:
                    return cast(Returned, _final_state(error, model))
                if isinstance(error, _EXPECTED):
                    raise
                # Prefect logs the text of what is raised, which may contain a person's id.
                raise Unforeseen(report_crash(error)) from None

        _declare_parameters(asked, model, own)
        return asked

    return decorate


def _final_state(error: Exception, model: type[BaseModel]) -> State[Any]:
    """The state of a deployment's run that an error ended, with the lines that the run's page shows.

    Raises `Abort` if another process plays this same run.
    """
    match error:
        case InvalidInput():
            return failed_with_findings(error, model)
        case Owned() | LostLease():
            if _is_this_run(error.owner):
                line = f"{owner_text(error.owner or {})} plays this flow run; this process leaves it alone"
                # Only Resume starts a second process, and it may come before Suspend was answered.
                get_run_logger().warning("%s. %s", line, NO_PAUSE)
                raise Abort(line) from None
            get_run_logger().error(str(error))
            return owned_elsewhere(error)
        case LedgerUnwritable():
            line = str(error)
        case _:
            line = report_crash(error)
    get_run_logger().error(line)
    return Failed(message=line)


def _declare_parameters(
    asked: Callable[..., Any], model: type[BaseModel], own: Sequence[inspect.Parameter]
) -> None:
    """Gives a function the signature that the form is made from: its own parameters, then the model's fields."""
    declared = [_annotated(each.replace(kind=inspect.Parameter.KEYWORD_ONLY)) for each in own]
    for name in form_order(model.model_fields):
        field = model.model_fields[name]
        declared.append(
            inspect.Parameter(
                name,
                inspect.Parameter.KEYWORD_ONLY,
                default=inspect.Parameter.empty if field.is_required() else field.default,
                annotation=_as_filled_in(field.annotation, field),
            )
        )
    asked.__signature__ = inspect.Signature(declared)  # type: ignore[attr-defined]  # read by inspect
    del asked.__wrapped__  # type: ignore[attr-defined]  # else inspect would look behind the signature
    asked.__annotations__ = {each.name: each.annotation for each in declared}


def _is_this_run(owner: Mapping[str, Any] | None) -> bool:
    """Whether the owner is another process of this same flow run: Resume after Suspend starts one.

    Prefect would take any final state of this process for that of the run, which goes on.
    """
    link, run = (owner or {}).get("run"), flow_run.id
    return bool(link and run) and str(link).rstrip("/").endswith(f"/{run}")


def _filled_in(values: dict[str, Any], model: type[BaseModel]) -> dict[str, Any]:
    """The values without optional fields that were left empty: a form sends a field that was emptied as empty text."""
    optional = {name for name, field in model.model_fields.items() if not field.is_required()}
    return {name: value for name, value in values.items() if value != "" or name not in optional}


def failed_with_findings(invalid: InvalidInput, model: type[BaseModel] | None = None) -> State[Any]:
    """The state of a run with wrong input: its page shows one line for each finding, not a traceback."""
    lines = [_form_line(finding, model) for finding in invalid.findings]
    for line in lines:
        get_run_logger().error(line)
    return Failed(message="\n".join(lines))


def _form_line(finding: Finding, model: type[BaseModel] | None) -> str:
    """Names the field of a finding about the form by the title that the form shows; other findings stay as they are."""
    fields = model.model_fields if model is not None else {}
    field = fields.get((finding.column or "").partition(".")[0])
    if finding.where != FORM or field is None or not field.title:
        return str(finding)
    message = "is empty; fill it in" if finding.code == "missing_key" else finding.message
    return f"{field.title}: {message}"


class _AsFilledIn:
    """The annotation of a form field that accepts any value: the reader of the model reports what is wrong.

    Prefect would refuse the first value out of bounds, by the parameter's name, and not report the others. The bounds
    are in the description instead.
    """

    def __init__(self, kind: Any, *, may_be_empty: bool) -> None:
        left_out = {*_BOUNDS, "pattern", "minLength", "maxLength"}
        # The UI's date picker has a time zone of its own, which is not the campaign's.
        left_out.add("format")
        schema = {key: value for key, value in _schema(kind).items() if key not in left_out}
        self._schema = _WithoutDefault(schema) if may_be_empty else schema

    def __get_pydantic_core_schema__(self, kind: Any, handler: Any) -> CoreSchema:
        return any_schema()

    def __get_pydantic_json_schema__(self, core: Any, handler: Any) -> dict[str, Any]:
        return copy.copy(self._schema)


class _MayBeEmpty:
    """The annotation of an optional parameter: the form shows one field of its type, which may be left empty.

    A form would show "text or null" as a choice between two types. It would send a default of null for an empty field,
    which is then refused because it is not text; without a default, Prefect lets the field be empty.
    """

    def __init__(self, kind: Any) -> None:
        self._schema = TypeAdapter(kind).json_schema()

    def __get_pydantic_json_schema__(self, core: Any, handler: Any) -> dict[str, Any]:
        return _WithoutDefault(self._schema)


class _WithoutDefault(dict[str, Any]):
    def __setitem__(self, key: str, value: Any) -> None:
        if key != "default":
            super().__setitem__(key, value)

    def __copy__(self) -> _WithoutDefault:
        return _WithoutDefault(self)


def _annotated(parameter: inspect.Parameter) -> inspect.Parameter:
    kind, *metadata = get_args(parameter.annotation) or (parameter.annotation,)
    field = next((each for each in metadata if isinstance(each, FieldInfo)), None)
    if field is None:
        return parameter
    return parameter.replace(annotation=_titled_kind(kind, field))


def _titled_kind(plain: Any, field: FieldInfo) -> Any:
    kind = plain
    for bound in field.metadata:
        kind = Annotated[kind, bound]
    inner, may_be_empty = _without_none(plain)
    if may_be_empty:
        return Annotated[kind, _titled(field), _MayBeEmpty(inner)]
    return Annotated[kind, _titled(field)]


def _as_filled_in(kind: Any, field: FieldInfo) -> Any:
    inner, may_be_empty = _without_none(kind)
    for bound in field.metadata:
        inner = Annotated[inner, bound]
    hint = TIME_HINT if _without_none(kind)[0] is datetime else ""
    titled = _titled(field, hint=hint, bounds=_bounds_of(inner))
    return Annotated[Any, titled, _AsFilledIn(inner, may_be_empty=may_be_empty)]


def _schema(kind: Any) -> dict[str, Any]:
    return TypeAdapter(kind).json_schema()


def _bounds_of(kind: Any) -> str:
    """The bounds of a number as a sentence: At least 1, at most 3,600."""
    schema = _schema(kind)
    parts = [f"{words} {schema[key]:,}" for key, words in _BOUNDS.items() if key in schema]
    return f"{', '.join(parts).capitalize()}." if parts else ""


def _titled(field: FieldInfo, *, hint: str = "", bounds: str = "") -> Any:
    # Prefect overwrites a title with the parameter's name and a description with its docstring; extra keys stay.
    described = " ".join(part for part in (hint, field.description, bounds) if part) or None
    words = {"title": field.title, "description": described}
    return Field(json_schema_extra={key: word for key, word in words.items() if word is not None})


def _without_none(kind: Any) -> tuple[Any, bool]:
    given = [each for each in get_args(kind) if each is not type(None)]
    optional = len(given) == 1 and type(None) in get_args(kind)
    return (given[0], True) if optional else (kind, False)
