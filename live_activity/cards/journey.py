"""A journey: origin, destination, progress and times."""

from __future__ import annotations

from live_activity.cards.count import parts_and_totals
from live_activity.cards.fields import Field
from live_activity.cards.model import Journey, Measure, Stop
from live_activity.cards.places import Places
from live_activity.cards.values import Reader, fraction, remaining_time
from live_activity.cards.words import (
    ARRIVES,
    BAD,
    BREAKS,
    DEPARTS,
    DESTINATIONS,
    HEADLINES,
    JOURNEY_TYPES,
    KNOWN_STEPS,
    NOT_ARRIVES,
    ORIGINS,
    PLACE_FILLERS,
    PROGRESS,
    STATUSES,
    WARN,
    any_of,
    words_of,
)

_STEP_WORDS = frozenset({"step", "steps", "stage", "stages", "stop", "stops"})
_MOST_STEPS = 7
_OFF_THE_WAY = BAD | WARN | {"diverted", "paused", "exception", "unknown"}


def is_journey(places: Places, activity_type: str) -> bool:
    """Whether the fields are those of a journey."""
    status = places.peek(("text",), STATUSES) is not None or places.peek(("text",), HEADLINES) is not None
    if any_of(words_of(activity_type), JOURNEY_TYPES):
        return status or _place(places, "to", DESTINATIONS) is not None or _eta(places) is not None
    if _place(places, "to", DESTINATIONS) is not None:
        timed = _eta(places) is not None or places.peek(("date",), ARRIVES | DEPARTS) is not None
        return timed or _place(places, "from", ORIGINS) is not None or status
    arrival = places.peek(("number",), ARRIVES, without=NOT_ARRIVES)
    return status and (arrival is not None or places.peek(("date",), ARRIVES) is not None)


def journey_of(places: Places, reader: Reader, *, status: Field | None, heading: str) -> Journey:
    """The journey; takes its fields. `status` is the field of its status."""
    origin = _place(places, "from", ORIGINS)
    places.remove(origin)
    destination = _place(places, "to", DESTINATIONS)
    places.remove(destination)
    headline = places.take("headline", ("text",), HEADLINES)
    departs = places.take("departs", ("date",), DEPARTS)
    arrives = places.take("arrives", ("date",), ARRIVES)
    if departs is None and origin is not None:
        departs = places.take("departs", ("text",), DEPARTS, without=("gate", "terminal", *PLACE_FILLERS))
    if arrives is None and destination is not None:
        arrives = places.take("arrives", ("text",), ARRIVES, without=("gate", "terminal", *PLACE_FILLERS))
    eta = _eta(places, arrives)
    places.remove(eta)
    progress = places.take("progress", ("number",), PROGRESS)
    step, steps = _counted_steps(places) or _steps(status)
    said = (
        reader.text(headline)
        if headline is not None
        else reader.word(status.value)
        if status is not None
        else ""
    )
    return Journey(
        headline=said or heading,
        origin=_stop(origin, departs, reader),
        destination=_stop(destination, arrives, reader),
        eta=_when(eta, departs, arrives, reader, status),
        progress=_progress(progress, departs, arrives, reader),
        step=step,
        steps=steps,
    )


def _place(places: Places, place: str, words: tuple[str, ...]) -> Field | None:
    if (named := places.named(place)) is not None:
        return named
    found = []
    for number, field in enumerate(places.free()):
        if field.kind != "text" or field.cases:
            continue
        rank = next((rank for rank, word in enumerate(words) if word in field.words), None)
        rest = [word for word in field.words if word not in words]
        if rank is not None and all(word in PLACE_FILLERS for word in rest):
            # A code such as EWR is easier to read than a city.
            found.append((not any_of(rest, {"code", "iata"}), rank, number, field))
    return min(found, key=lambda each: each[:3])[3] if found else None


def _eta(places: Places, arrives: Field | None = None) -> Field | None:
    named = places.named("eta")
    if named is not None:
        return named
    found = places.peek(("number",), ARRIVES, without=NOT_ARRIVES)
    if found is not None or arrives is not None:
        return found
    return places.peek(("number",), ("remaining", "away", "left"), without=NOT_ARRIVES)


def _stop(place: Field | None, at: Field | None, reader: Reader) -> Stop | None:
    if place is None:
        return None
    name = reader.text(place)
    return Stop(name, reader.text(at) if at is not None else "")


def _when(
    eta: Field | None, departs: Field | None, arrives: Field | None, reader: Reader, status: Field | None
) -> Measure | None:
    if eta is not None:
        found = reader.measure(eta)
        arrives_in = eta.has(ARRIVES) and (
            found.unit in ("min", "h", "s") or any(mark in found.value for mark in (":", "h ", "d "))
        )
        return Measure(found.value, found.unit, "arrives in" if arrives_in else found.label)
    if status is not None and any_of(words_of(status.value), BAD):
        planned = departs or arrives
        return Measure(reader.text(planned), "", "planned") if planned is not None else None
    for at, verb in ((departs, "departs"), (arrives, "arrives")):
        if at is None or at.kind != "date":
            continue
        left = reader.until(at.value)
        if left is not None and left.days < 2:
            measure = remaining_time(left)
            return Measure(measure.value, measure.unit, f"{verb} in")
    at, verb = (arrives, "arrives") if arrives is not None else (departs, "departs")
    if at is None:
        return None
    if reader.now is not None and at.kind == "date":
        verb = {"departs": "departure", "arrives": "arrived"}[verb]
    return Measure(reader.text(at), "", verb)


def _progress(
    progress: Field | None, departs: Field | None, arrives: Field | None, reader: Reader
) -> float | None:
    if progress is not None and progress.kind == "number":
        return fraction(progress)
    if (
        departs is None
        or arrives is None
        or reader.now is None
        or departs.kind != "date"
        or arrives.kind != "date"
    ):
        return None
    whole = (arrives.value - departs.value).total_seconds()
    done = (reader.now - departs.value).total_seconds()
    return min(max(done / whole, 0.0), 1.0) if whole > 0 else None


def _counted_steps(places: Places) -> tuple[int, int] | None:
    """The steps that two numbers hold, such as step and totalSteps; takes them."""
    for part, total in parts_and_totals(places):
        whole = isinstance(part.value, int) and isinstance(total.value, int) and total.has(_STEP_WORDS)
        if whole and 1 < total.value <= _MOST_STEPS and 0 <= part.value <= total.value:
            places.remove(part, total)
            return part.value, total.value
    return None


def _steps(status: Field | None) -> tuple[int, int]:
    """How many of the named steps are done, where the status is one of them."""
    if status is None:
        return 0, 0
    steps = [case for case in status.cases if not any_of(words_of(case), _OFF_THE_WAY)]
    if status.value in steps:
        return steps.index(status.value) + 1, len(steps) if len(steps) <= _MOST_STEPS else 0
    words = words_of(status.value)
    if not status.cases:
        known = next((steps for steps in KNOWN_STEPS if "_".join(words) in steps), ())
        return (known.index("_".join(words)) + 1, len(known)) if known else (0, 0)
    # Delayed or cancelled: how far the journey has come is not known, so no step is done.
    return (0, len(steps)) if steps and not any_of(words, BREAKS) and len(steps) <= _MOST_STEPS else (0, 0)
