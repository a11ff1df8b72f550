"""Names of activities for people, made from their attributes, because the API has only ids."""

from __future__ import annotations

from collections.abc import Mapping

_MOST_CHARACTERS = 80
_TEAMS = ("hometeam", "awayteam")


def activity_name(attributes: Mapping[str, object], title: str | None) -> str | None:
    """`Spain - Argentina` from two teams, else the texts among the attributes, else the title; None without any."""
    by_name = {name.lower().replace("_", ""): value for name, value in attributes.items()}
    teams = [by_name.get(name) for name in _TEAMS]
    if all(isinstance(team, str) and team.strip() for team in teams):
        return _short(" \u2013 ".join(str(team).strip() for team in teams))
    texts = [value.strip() for value in attributes.values() if isinstance(value, str) and value.strip()]
    if texts:
        return _short(" · ".join(texts[:3]))
    return _short(title) if title and title.strip() else None


def type_name(activity_type: str) -> str:
    """`Match` from `MatchActivityAttributes`."""
    name = activity_type.removesuffix("Attributes").removesuffix("Activity")
    return _short(name or activity_type)


def _short(text: str) -> str:
    return text if len(text) <= _MOST_CHARACTERS else f"{text[: _MOST_CHARACTERS - 1]}…"
