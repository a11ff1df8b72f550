"""A flow's parameters are the fields of a model: the form in the UI, the YAML file and the flow are declared once."""

from __future__ import annotations

import copy
import functools
import inspect
from collections.abc import Callable, Coroutine
from typing import Annotated, Any, TypeVar, cast, get_args

from prefect import get_run_logger
from prefect.client.schemas.objects import State
from prefect.runtime import deployment
from prefect.states import Failed
from pydantic import BaseModel, TypeAdapter
from pydantic.fields import FieldInfo

from live_activity.findings import WrongInput

Answer = TypeVar("Answer")
Doing = TypeVar("Doing", bound=Callable[..., Any])


def in_words(doing: Doing) -> Doing:
    """Gives a function's parameters, in the form, the titles and descriptions that their `Field`s hold."""
    signature = inspect.signature(doing, eval_str=True)
    named = [_in_words(each) for each in signature.parameters.values()]
    doing.__signature__ = signature.replace(parameters=named)  # type: ignore[attr-defined]  # read by inspect
    doing.__annotations__ = {**doing.__annotations__, **{each.name: each.annotation for each in named}}
    return doing


def asks_for(
    model: type[BaseModel], read: Callable[[dict[str, Any]], BaseModel]
) -> Callable[[Callable[..., Coroutine[Any, Any, Answer]]], Callable[..., Coroutine[Any, Any, Answer]]]:
    """Gives a function that takes one model a parameter for each of the model's fields, in their order.

    Other parameters of the function that have a default come first, as they stand. `read` makes the model from
    what was filled in, and raises what a reader of the run is to see.
    """

    def made(
        doing: Callable[..., Coroutine[Any, Any, Answer]],
    ) -> Callable[..., Coroutine[Any, Any, Answer]]:
        own = list(inspect.signature(doing, eval_str=True).parameters.values())[1:]

        @functools.wraps(doing)
        async def asked(**values: Any) -> Answer:
            mine = {each.name: values.pop(each.name) for each in own if each.name in values}
            try:
                return await doing(read(values), **mine)
            except WrongInput as wrong:
                if deployment.id is None:
                    raise
                return cast(Answer, _told(wrong))

        fields = [
            inspect.Parameter(
                name,
                inspect.Parameter.KEYWORD_ONLY,
                default=inspect.Parameter.empty if field.is_required() else field.default,
                annotation=_worded(field.annotation, field),
            )
            for name, field in model.model_fields.items()
        ]
        own_kept = [_in_words(each.replace(kind=inspect.Parameter.KEYWORD_ONLY)) for each in own]
        asked.__signature__ = inspect.Signature([*own_kept, *fields])  # type: ignore[attr-defined]  # read by inspect
        del asked.__wrapped__  # else inspect would look behind the signature
        asked.__annotations__ = {each.name: each.annotation for each in [*own_kept, *fields]}
        return asked

    return made


def _told(wrong: WrongInput) -> State[Any]:
    # Whoever filled in a form reads lines, not a traceback.
    for finding in wrong.findings:
        get_run_logger().error(str(finding))
    return Failed(message="\n".join(str(finding) for finding in wrong.findings))


class _MayBeEmpty:
    """An optional parameter as a form shows it best: one field of its type, which may be left empty.

    "Text or null" becomes a choice between two types. A default of null is sent for an empty field and then refused
    as no text; where no default is told, Prefect lets the field be empty.
    """

    def __init__(self, kind: Any) -> None:
        self._schema = TypeAdapter(kind).json_schema()

    def __get_pydantic_json_schema__(self, core: Any, handler: Any) -> dict[str, Any]:
        return _WithoutDefault(self._schema)


class _WithoutDefault(dict[str, Any]):
    def __setitem__(self, key: str, value: Any) -> None:
        if key != "default":
            super().__setitem__(key, value)


def _in_words(parameter: inspect.Parameter) -> inspect.Parameter:
    kind, *told = get_args(parameter.annotation) or (parameter.annotation,)
    field = next((each for each in told if isinstance(each, FieldInfo)), None)
    if field is None:
        return parameter
    return parameter.replace(annotation=_worded(kind, field))


def _worded(kind: Any, field: FieldInfo) -> Any:
    # Prefect titles a parameter with its name and describes it with its docstring; only what is extra stays.
    words = {"title": field.title, "description": field.description}
    worded = copy.copy(field)
    worded.json_schema_extra = {key: word for key, word in words.items() if word is not None}
    worded._attributes_set = {**field._attributes_set, "json_schema_extra": worded.json_schema_extra}
    given = [each for each in get_args(kind) if each is not type(None)]
    if len(given) == 1 and type(None) in get_args(kind):
        return Annotated[kind, worded, _MayBeEmpty(given[0])]
    return Annotated[kind, worded]
