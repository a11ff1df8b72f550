"""The card file of a campaign (`card: FILE.yaml`): which field is shown at which place of a card."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from live_activity.cards.model import LayoutName
from live_activity.contract import Contract
from live_activity.contract.cells import type_at
from live_activity.contract.types import SwiftType, inner_types
from live_activity.core.findings import Finding, InvalidInput
from live_activity.core.formatting import quoted
from live_activity.core.suggestions import did_you_mean
from live_activity.core.validation_messages import validation_message
from live_activity.core.yaml_file import read_yaml

PLACES: dict[LayoutName, tuple[str, ...]] = {
    "score": ("home", "away", "home_score", "away_score", "clock"),
    "journey": ("from", "to", "departs", "arrives", "eta", "headline", "progress"),
    "count": ("number", "unit", "numbers", "trend", "progress"),
    "generic": ("progress",),
}
"""The places of each layout; `status`, `rows` and `hide` belong to all layouts."""


def _text(value: object) -> object:
    if isinstance(value, bool | int | float):
        raise ValueError(f"is read as {value!r}; put it in quotes to make it text")
    return value


_Name = Annotated[str, BeforeValidator(_text), Field(min_length=1, max_length=200)]
_Words = Annotated[str, BeforeValidator(_text), Field(max_length=200)]


class CardFile(BaseModel):
    """Which field is shown where. A field is `state.NAME`, `attributes.NAME`, or a name that is looked for in both."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    layout: LayoutName | None = None
    heading: _Words | None = None
    status: _Name | None = None
    home: _Name | None = None
    away: _Name | None = None
    home_score: _Name | None = None
    away_score: _Name | None = None
    clock: _Name | None = None
    origin: _Name | None = Field(None, alias="from")
    destination: _Name | None = Field(None, alias="to")
    departs: _Name | None = None
    arrives: _Name | None = None
    eta: _Name | None = None
    headline: _Name | None = None
    progress: _Name | None = None
    number: _Name | None = None
    unit: _Name | None = None
    trend: _Name | None = None
    numbers: list[_Name] | None = None
    rows: list[_Name] | None = None
    hide: list[_Name] = []
    labels: dict[_Name, _Words] = {}
    values: dict[_Name, _Words] = {}

    def field_at(self, place: str) -> str | None:
        """The field at a place, by the place's name in the file."""
        attribute = {"from": "origin", "to": "destination"}.get(place, place)
        found = getattr(self, attribute)
        return found if isinstance(found, str) else None

    @property
    def layout_asked(self) -> LayoutName | None:
        """The layout that is named, or the only one that has all the places that are named."""
        if self.layout is not None:
            return self.layout
        named = self._places()
        fits = [layout for layout, places in PLACES.items() if named and named.issubset(places)]
        return fits[0] if len(fits) == 1 else None

    def _places(self) -> set[str]:
        known = {place for places in PLACES.values() for place in places}
        return {place for place in known if self.field_at(place) or (place == "numbers" and self.numbers)}

    def wrong_places(self) -> Iterator[tuple[str, str]]:
        """Places that do not belong to the layout, each with what is wrong."""
        named = self._places()
        if self.layout is not None:
            for place in sorted(named.difference(PLACES[self.layout])):
                right = " or ".join(layout for layout, places in PLACES.items() if place in places)
                yield place, f"is not a place of the layout {self.layout}; it belongs to {right}"
        elif named and not any(named.issubset(places) for places in PLACES.values()):
            yield (
                "layout",
                f"no layout has all of {', '.join(sorted(named))}; name the layout, and keep its places "
                "(score, journey, count or generic)",
            )

    def fields(self) -> Iterator[tuple[str, str]]:
        """Each key that names a field, with the field."""
        for key in type(self).model_fields:
            value = getattr(self, key)
            shown = {"origin": "from", "destination": "to"}.get(key, key)
            if key in ("layout", "heading", "values"):
                continue
            if isinstance(value, str):
                yield shown, value
            elif isinstance(value, list | dict):
                for name in value:
                    yield shown, name


def read_card_file(path: str) -> CardFile:
    """The card file at a path. Raises `InvalidInput`, with a line for each problem."""
    where = Path(path).name
    written = read_yaml(Path(path), what="card file")
    names = {field.alias or name: name for name, field in CardFile.model_fields.items()}
    findings = [
        _wrong(f"there is no such key{did_you_mean(key, names) or '; take it out'}", where, key)
        for key in written
        if key not in names
    ]
    try:
        found = CardFile.model_validate({key: value for key, value in written.items() if key in names})
    except ValidationError as error:
        for problem in error.errors(include_input=False, include_url=False):
            key = ".".join(str(part) for part in problem["loc"])
            findings.append(_wrong(validation_message(problem), where, key))
    else:
        findings += [_wrong(message, where, key) for key, message in found.wrong_places()]
    if findings:
        raise InvalidInput(findings)
    return found


def card_file_findings(
    card: CardFile, *, where: str, contract: Contract | None, seen: Iterable[str] = ()
) -> list[Finding]:
    """An error for each field that the file names and that does not exist, with the nearest name.

    The contract says which fields exist; without one, they are the fields that were seen in the content.
    """
    seen = list(seen)
    if contract is None and not seen:
        return []
    known = _names(contract) if contract is not None else seen
    whose = "the app's type" if contract is not None else "the timeline"
    findings = []
    for key, name in card.fields():
        if _exists(name, contract, known):
            continue
        near = did_you_mean(name, known) or did_you_mean(name, [each.partition(".")[2] for each in known])
        findings.append(
            _wrong(f"{whose} has no field {quoted(name)}{near or '; correct the name'}", where, key)
        )
    return findings


def _exists(name: str, contract: Contract | None, known: Iterable[str]) -> bool:
    if name in known or any(each.partition(".")[2] == name for each in known):
        return True
    if contract is None:
        return False
    source, _, rest = name.partition(".")
    path = (rest if source in ("state", "attributes") else name).split(".")
    roots = {"state": [contract.state], "attributes": [contract.attributes]}
    return any(
        type_at(root, path) is not None for root in roots.get(source, [contract.state, contract.attributes])
    )


def _names(contract: Contract) -> list[str]:
    return [*_below(contract.state, "state", 0), *_below(contract.attributes, "attributes", 0)]


def _below(kind: SwiftType, path: str, depth: int) -> Iterator[str]:
    for inner_path, inner in inner_types(kind, path):
        if inner_path != path and "(" not in inner_path and "[" not in inner_path and "*" not in inner_path:
            yield inner_path
        if depth < 6:
            yield from _below(inner, inner_path, depth + 1)


def _wrong(message: str, where: str, key: str) -> Finding:
    column = key if key.isprintable() else repr(key)
    return Finding.error("card_wrong", message, where=where, column=column)
