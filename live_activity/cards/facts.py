"""Fields that have no place of their own: as facts below the body, and as the context of a score."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from live_activity.cards.count import parts_and_totals
from live_activity.cards.fields import Field, fields_of
from live_activity.cards.model import Fact, LayoutName
from live_activity.cards.places import Places
from live_activity.cards.text import clean
from live_activity.cards.values import Reader, fraction, number
from live_activity.cards.words import label_of

_RANKS = ("pos", "position", "rank", "place")


def facts_of(
    places: Places, reader: Reader, layout: LayoutName, *, title: str
) -> tuple[tuple[Fact, ...], str]:
    """The fields without a place of their own as facts, and the context: of a score, texts of the attributes."""
    if places.card.rows is not None:
        asked = [field for name in places.card.rows if (field := places.find(name)) is not None]
        return tuple(_fact(field, reader, bars=True) for field in asked), ""
    left = [field for field in places.free() if not _is_in_list(field, places)]
    context = ""
    if layout == "score":
        said = [reader.text(field) for field in left if field.source == "attributes" and field.kind == "text"]
        context = " · ".join(said[:2])
        left = [field for field in left if not (field.source == "attributes" and field.kind == "text")]
    facts: list[Fact] = []
    totals = parts_and_totals(places)
    left = [field for field in left if not any(field is total for _, total in totals)]
    labels = Counter(reader.label(field) for field in left if field.kind != "list")
    for field in left:
        total = next((total for part, total in totals if part is field), None)
        if field.kind == "list":
            facts += _listed(field, reader)
        elif total is not None:
            found = reader.measure(field)
            both = replace(found, value=f"{found.value}/{reader.measure(total).value}")
            facts.append(Fact(both.label, both.text))
        elif not _says_nothing(field, layout):
            fact = _fact(field, reader, bars=layout == "generic")
            if labels[fact.label] > 1 and len(field.path) > 1:
                parent = next((part for part in reversed(field.path[:-1]) if not part.isdigit()), "")
                fact = replace(fact, label=clean(label_of(f"{label_of(parent)} {fact.label}"), most=40))
            facts.append(fact)
    return tuple(fact for fact in facts if fact.value and not _is_said(fact.value, title)), context


def _says_nothing(field: Field, layout: LayoutName) -> bool:
    """Whether a field is one to leave out: no delay, or a switch that is off."""
    if field.kind == "bool":
        return not field.value and layout != "generic"
    return field.kind == "number" and not field.value and field.has(("delay", "late"))


def _is_said(value: str, title: str) -> bool:
    return f" {value} " in f" {title} "


def _is_in_list(field: Field, places: Places) -> bool:
    """Whether a field is part of a list of objects, which is shown as a whole."""
    return any(
        other.kind == "list" and other is not field and field.path[: len(other.path)] == other.path
        for other in places.left
        if other.source == field.source
    )


def _fact(field: Field, reader: Reader, *, bars: bool) -> Fact:
    value = reader.text(field)
    share = fraction(field) if bars and field.kind == "number" and reader.measure(field).unit == "%" else None
    return Fact(reader.label(field), value, share)


def _listed(field: Field, reader: Reader) -> list[Fact]:
    """A list as rows: names with numbers, such as a ranking, each on its own; plain values on one line."""
    rows = []
    for number_, element in enumerate(field.value):
        if not isinstance(element, Mapping):
            continue
        parts = fields_of(element, {}, None)
        parts = tuple(replace(part, path=(*field.path, str(number_), *part.path)) for part in parts)
        texts = [part for part in parts if part.kind == "text" and not part.is_hidden and reader.text(part)]
        named = texts[0] if texts else None
        values = [part for part in parts if part.kind in ("number", "date") and not part.is_hidden]
        if named is not None and values and values[0].has(_RANKS):
            rows.append(Fact(reader.text(values[0]), reader.text(named)))
            continue
        if named is None and not values:
            continue
        shown = reader.measure(values[0]) if values else None
        share = (
            fraction(values[0])
            if values and values[0].kind == "number" and _is_share(values[0], shown)
            else None
        )
        label = " · ".join(reader.text(text) for text in texts[:2]) or reader.label(values[0])
        rows.append(Fact(clean(label, most=80), shown.text if shown is not None else "", share))
    return rows or [Fact(reader.label(field), reader.text(field))]


def _is_share(field: Field, shown: Any) -> bool:
    return shown.unit == "%" or field.has(("share", "percent", "pct"))


def detail_of(places: Places, reader: Reader) -> Fact | None:
    """What happened last in a match, where the state says it: Last goal: Ferran Torres, 106'."""
    groups: dict[str, list[Field]] = {}
    for field in places.free():
        if field.source == "state" and len(field.path) == 2:
            groups.setdefault(field.path[0], []).append(field)
    for parent, fields in groups.items():
        names = [field for field in fields if field.kind == "text"]
        if not names:
            continue
        minute = next(
            (field for field in fields if field.kind == "number" and field.has(("minute", "min"))), None
        )
        at = f", {number(minute.value)}'" if minute is not None else ""
        places.remove(*fields)
        return Fact(reader.label(replace(names[0], path=(parent,))), f"{reader.text(names[0])}{at}")
    return None
