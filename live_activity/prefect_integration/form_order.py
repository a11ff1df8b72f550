"""The order of the fields in the form: what every campaign needs first, the rest in groups."""

from __future__ import annotations

from collections.abc import Iterable

NEEDED = (
    "name",
    "segment",
    "activities",
    "timeline",
    "contract",
    "activity_type",
    "account",
    "starts_at",
    "ends_at",
    "time_zone",
)
_APPROVAL_AND_TEST = ("approval", "test_segment")
_PEOPLE = ("id_column", "exclude", "holdout", "split_by", "defaults", "register_ahead_minutes")
_CONTENT = (
    "template",
    "texts",
    "card",
    "source_credentials",
    "replay",
    "poll_seconds",
    "min_seconds_between_updates",
)
_FAULTS = ("guards", "on_bad_row", "stale_minutes", "hold_end_minutes")
_END = ("cancel_title", "cancel_message", "keep_days")
_ORDER = (*NEEDED, *_APPROVAL_AND_TEST, *_PEOPLE, *_CONTENT, *_FAULTS, *_END)


def form_order(names: Iterable[str]) -> list[str]:
    """Sorts the names of a model's fields as the form shows them; a field without a place here comes last."""
    place = {name: index for index, name in enumerate(_ORDER)}
    return sorted(names, key=lambda name: place.get(name, len(place)))
