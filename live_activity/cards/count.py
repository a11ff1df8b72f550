"""A count: one large number, others beside it, and its progress."""

from __future__ import annotations

from dataclasses import replace

from live_activity.cards.fields import Field
from live_activity.cards.model import Count, Measure, Trend
from live_activity.cards.places import Places
from live_activity.cards.text import clean, width
from live_activity.cards.values import Reader, fraction, remaining_time
from live_activity.cards.words import ENDS, MAIN, PROGRESS, TOTALS, TRENDS, UNITS, words_of

MOST_OTHERS = 2
MAIN_LENGTH = 8
"""A main number of more characters is drawn smaller."""
_ROOM, _GAP, _WIDEST_LABEL = 328.0, 16.0, 110.0
_NOT_MAIN = ("updated", "update", "updates", "measured", "started", "ago", "order", "index")
_SO_FAR = frozenset(
    {
        "current",
        "consumed",
        "downloaded",
        "saved",
        "raised",
        "collected",
        "reached",
        "done",
        "completed",
        "so",
        "far",
    }
)
_TRENDS: dict[str, Trend] = {
    "up": "up", "rising": "rising", "rise": "rising", "increasing": "rising", "higher": "rising",
    "flat": "flat", "steady": "flat", "stable": "flat", "level": "flat",
    "falling": "falling", "fall": "falling", "decreasing": "falling", "lower": "falling", "down": "down",
}  # fmt: skip
_SLOWER: dict[Trend | None, Trend] = {"up": "rising", "down": "falling"}
_FASTER: dict[Trend | None, Trend] = {"rising": "up", "falling": "down"}


def is_count(places: Places) -> bool:
    """Whether the state has numbers, at most one text more than numbers, and no lists of objects."""
    state = [field for field in places.free() if field.source == "state"]
    numbers = sum(field.kind in ("number", "date") for field in state)
    texts = sum(field.kind == "text" and not field.cases and not _is_of_number(field) for field in state)
    lists = any(isinstance(part, dict) for field in state if field.kind == "list" for part in field.value)
    return numbers > 0 and texts <= numbers + 1 and not lists


def count_of_fields(places: Places, reader: Reader) -> Count | None:
    """The count; takes its fields. None where nothing can be counted."""
    unit_field = places.take("unit", ("text",), UNITS)
    trend = places.take("trend", ("text",), TRENDS)
    progress_field = places.named("progress") or places.peek(("number",), PROGRESS, without=("total",))
    totals = _totals(places)
    main = _main(places)
    if main is None:
        return None
    places.remove(main)
    is_number = progress_field is not None and progress_field.kind == "number"
    progress = fraction(progress_field) if progress_field is not None and is_number else None
    unit = clean(unit_field.value, most=12) if unit_field is not None else ""
    large = _large(main, totals, reader, unit)
    others: list[Measure] = []
    room = _ROOM - _wide(large, 38 if len(large.text) <= MAIN_LENGTH else 26)
    for field in _others(places):
        measure = _measured(field, totals, reader)
        wide = _wide(measure, 17) + _GAP
        if len(others) < MOST_OTHERS and (wide <= room or places.card.numbers is not None):
            others.append(measure)
            places.remove(field)
            room -= wide
    if progress is None:
        progress = next(iter(_parts(totals)), None)
    places.remove(*(total for _, total in totals))
    return Count(large, tuple(others), progress, _trend(trend))


def _wide(measure: Measure, size: float) -> float:
    label = min(width(measure.label, 12), _WIDEST_LABEL)
    return max(width(measure.text, size, bold=True), label)


def _is_of_number(field: Field) -> bool:
    return field.has(UNITS) or field.has(TRENDS) or field.has(("status", "phase", "state", "mode", "stage"))


def _main(places: Places) -> Field | None:
    if (named := places.named("number")) is not None:
        return named
    for words in MAIN:
        found = places.peek(("number", "date"), words, without=("total", "target", "max", "per", *_NOT_MAIN))
        if found is not None and found.source == "state":
            return found
    numbers = [
        field for field in places.free() if field.kind in ("number", "date") and not field.has(_NOT_MAIN)
    ]
    return next((field for field in numbers if field.source == "state"), next(iter(numbers), None))


def _others(places: Places) -> list[Field]:
    asked = places.card.numbers
    if asked is not None:
        return [field for name in asked if (field := places.find(name)) is not None]
    return [field for field in places.free() if field.kind in ("number", "date") and field.source == "state"]


def _totals(places: Places) -> list[tuple[Field, Field]]:
    """Parts with their totals; removes the totals, which are not shown on their own."""
    found = parts_and_totals(places)
    places.remove(*(total for _, total in found))
    return found


def parts_and_totals(places: Places) -> list[tuple[Field, Field]]:
    """Numbers with their totals, such as layer and totalLayers."""
    numbers = [field for field in places.free() if field.kind == "number"]
    found = []
    for total in numbers:
        stem = {_singular(word) for word in total.words if word not in TOTALS}
        if not total.has(TOTALS) or not (stem or total.has(("goal", "target"))):
            continue
        for one in numbers:
            # A count next to something of the same name may be how many there are: currentBid, bidCount.
            if one is total or (total.has(("count", "of")) and one.value > total.value):
                continue
            if {_singular(word) for word in one.words if word not in _SO_FAR} == stem:
                found.append((one, total))
                break
    return found


def _singular(word: str) -> str:
    return word.removesuffix("s")


def _parts(totals: list[tuple[Field, Field]]) -> list[float]:
    return [
        part.value / total.value
        for part, total in totals
        if total.value > 0 and 0 <= part.value <= total.value and not part.has(("temp", "temperature"))
    ]


def _measured(field: Field, totals: list[tuple[Field, Field]], reader: Reader) -> Measure:
    found = reader.measure(field)
    total = next((total for part, total in totals if part is field), None)
    return (
        Measure(f"{found.value}/{reader.measure(total).value}", found.unit, found.label)
        if total is not None
        else found
    )


def _large(field: Field, totals: list[tuple[Field, Field]], reader: Reader, unit: str) -> Measure:
    if field.kind != "date":
        plain = reader.measure(field)
        own_unit = not unit or plain.unit not in ("", unit)
        large = plain if own_unit else reader.measure(field, unit=unit)
        total = next((total for part, total in totals if part is field), None)
        if total is None:
            return large
        both = _measured(field, totals, reader)
        if own_unit and len(both.text) <= MAIN_LENGTH:
            return both
        most = reader.measure(total, unit="" if own_unit else unit).value
        return replace(large, label=f"{large.label} of {most}".strip())
    label = reader.label(field)
    left = reader.until(field.value) if field.has(ENDS) else None
    if left is None or left.days >= 2:
        return Measure(reader.time(field.value), "", label)
    measure = remaining_time(left)
    return Measure(measure.value, measure.unit, f"left, until {reader.time(field.value)}")


def _trend(field: Field | None) -> Trend | None:
    if field is None:
        return None
    words = words_of(field.value)
    fast = "fast" in words or "rapid" in words or "rapidly" in words or "double" in words
    found = next((_TRENDS[word] for word in words if word in _TRENDS), None)
    if "forty" in words or "slightly" in words or "slowly" in words:
        found = _SLOWER.get(found, found)
    return _FASTER.get(found, found) if fast else found
