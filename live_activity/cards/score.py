"""The score of two sides."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import replace

from live_activity.cards.fields import Field
from live_activity.cards.model import Fact, Score, Side
from live_activity.cards.places import Places
from live_activity.cards.text import abbreviation, clean
from live_activity.cards.units import unit_of
from live_activity.cards.values import Reader, duration, number
from live_activity.cards.words import (
    CLOCKS,
    NAMES,
    SCORE_FILLERS,
    SCORES,
    SHORT_NAMES,
    SIDES,
    any_of,
    label_of,
)

HUES = 8
_NUMBERS, _LETTERS = ("0", "1", "2", "3"), ("a", "b", "c", "d")
_COUNTED = frozenset({*_NUMBERS, *_LETTERS})
_LONGEST_WRITTEN = 8
_TIME = re.compile(r"\d{1,3}:\d\d(:\d\d)?")
_BOTH = re.compile(r"\s*(\d{1,3})\s*[-\u2013\u2014:]\s*(\d{1,3})\s*")
_TITLE = re.compile(r"(?P<home>\S.*?)\s+\d{1,3}\s*[-\u2013\u2014:]\s*\d{1,3}\s+(?P<away>.*\S)")


def score_of(places: Places, reader: Reader, *, title: str) -> Score | None:
    """The score, where fields hold one; takes these fields."""
    scores = (
        _named_scores(places, reader)
        or _pair(places, reader)
        or _written_pair(places, reader)
        or _in_one_field(places)
    )
    if scores is None:
        return None
    (home_score, away_score), used = scores
    home, away = _names(places, reader, title)
    home_short, away_short = _short_names(places)
    places.remove(*used)
    clock = places.take(
        "clock", ("number", "text"), CLOCKS, without=("goal", "last", "added", "duration", "per")
    )
    clock = clock or _time_of_play(places)
    first = _hue(home)
    second = _hue(away)
    return Score(
        Side(home, home_score, home_short or abbreviation(home), first),
        Side(
            away,
            away_score,
            away_short or abbreviation(away),
            second if second != first else (first + 3) % HUES,
        ),
        _clock(clock, reader) if clock is not None else "",
    )


def paired_facts(places: Places, reader: Reader) -> tuple[Fact, ...]:
    """What else both sides have, each in one line: Red cards 0 \u2013 1; takes these fields."""
    found = []
    for one, other in list(_pairs(places.free())):
        if one.kind != other.kind or one.kind not in ("number", "text") or one not in places.left:
            continue
        places.remove(one, other)
        shared = [word for word in one.words if word in other.words]
        words = [word for word in shared if word not in SCORE_FILLERS and not word.isdigit()]
        if one.kind == "number" and not one.value and not other.value:
            continue
        left, right = reader.measure(one), reader.measure(other)
        if words:
            label = label_of(" ".join(unit_of(words)[1] or words))
            value = replace(right, value=f"{left.value} \u2013 {right.value}").text
            found.append(Fact(clean(label, most=40), clean(value, most=60)))
    return tuple(found)


def _named_scores(places: Places, reader: Reader) -> tuple[tuple[str, str], list[Field]] | None:
    home, away = places.named("home_score"), places.named("away_score")
    if home is None or away is None:
        return None
    return (_points(home, reader), _points(away, reader)), [home, away]


def _points(field: Field, reader: Reader) -> str:
    return _score(field.value) if field.kind == "number" else reader.text(field)


def _pair(places: Places, reader: Reader) -> tuple[tuple[str, str], list[Field]] | None:
    found = []
    for one, other in _pairs(places.free()):
        if one.kind != "number" or other.kind != "number":
            continue
        shared = [word for word in one.words if word in other.words]
        rank = next((rank for rank, word in enumerate(SCORES) if word in shared), None)
        if rank is None and all(word in SCORE_FILLERS for word in shared):
            rank = len(SCORES)
        if rank is not None:
            found.append((rank, len(shared), one, other))
    if not found:
        return None
    _, _, one, other = min(found, key=lambda each: each[:2])
    percent = "percent" in one.words or "share" in one.words
    texts = [reader.measure(each).text if percent else _score(each.value) for each in (one, other)]
    return (texts[0], texts[1]), [one, other]


def _score(value: float) -> str:
    """A score as it fits between two names: 1.95M for votes."""
    million = 1_000_000
    return f"{value / million:,.2f}M" if million <= abs(value) < million**2 else number(value)


def _written_pair(places: Places, reader: Reader) -> tuple[tuple[str, str], list[Field]] | None:
    """Scores of two sides that are text, such as 2-18 and 1-22, or 40 and AD."""
    for one, other in _pairs(places.free()):
        if one.kind != "text" or other.kind != "text" or one.cases:
            continue
        texts = (reader.text(one), reader.text(other))
        short = all(len(text) <= _LONGEST_WRITTEN for text in texts)
        if short and any_of(one.words, SCORES) and any(letter.isdigit() for text in texts for letter in text):
            return texts, [one, other]
    return None


def _time_of_play(places: Places) -> Field | None:
    """A time such as 32:10 in a field such as gameTime; takes it."""
    for field in places.free():
        if field.kind == "text" and field.has(("time", "timer", "elapsed")) and _TIME.fullmatch(field.value):
            places.remove(field)
            return field
    return None


def _pairs(fields: list[Field]) -> Iterator[tuple[Field, Field]]:
    """Fields whose names differ in nothing but the side."""
    by_words = {(field.source, field.words): field for field in reversed(fields)}
    names = {field.words for field in fields}
    for field in fields:
        for first, second in SIDES:
            if first not in field.words:
                continue
            words = tuple(second if word == first else word for word in field.words)
            if first in _COUNTED and _is_ranking(field.words, first, names):
                continue
            if (other := by_words.get((field.source, words))) is not None:
                yield field, other


def _is_ranking(words: tuple[str, ...], first: str, names: set[tuple[str, ...]]) -> bool:
    """Whether three or more fields differ only in this word: a ranking, not two sides."""
    family = next(family for family in (_NUMBERS, _LETTERS) if first in family)
    return sum(tuple(one if word == first else word for word in words) in names for one in family) > 2


def _in_one_field(places: Places) -> tuple[tuple[str, str], list[Field]] | None:
    """A score written as 1-0, or as a list of two."""
    for field in places.free():
        if not field.has(("score", "result")):
            continue
        if field.kind == "text" and (both := _BOTH.fullmatch(field.value)):
            return (both[1], both[2]), [field]
        if field.kind == "list" and len(field.value) == 2 and all(type(each) is int for each in field.value):
            return (number(field.value[0]), number(field.value[1])), [field]
    return None


def _names(places: Places, reader: Reader, title: str) -> tuple[str, str]:
    home, away = places.named("home"), places.named("away")
    if home is None or away is None:
        home, away = _name_fields(places, short=False) or (home, away)
    places.remove(home, away)
    names = [reader.named(str(each.value)) if each is not None else "" for each in (home, away)]
    if not all(names) and (found := _TITLE.fullmatch(title)) is not None:
        names = [names[0] or clean(found["home"]), names[1] or clean(found["away"])]
    return names[0] or "Home", names[1] or "Away"


def _short_names(places: Places) -> tuple[str, str]:
    found = _name_fields(places, short=True)
    if found is None:
        return "", ""
    places.remove(*found)
    return clean(found[0].value, most=4), clean(found[1].value, most=4)


def _name_fields(places: Places, *, short: bool) -> tuple[Field, Field] | None:
    found = []
    for one, other in _pairs(places.free()):
        if one.kind != "text" or other.kind != "text" or one.cases:
            continue
        shared = [word for word in one.words if word in other.words and not word.isdigit()]
        if any_of(shared, SHORT_NAMES) != short:
            continue
        rank = next((rank for rank, word in enumerate(NAMES) if word in shared), None)
        if rank is not None or not shared or short:
            found.append((len(NAMES) if rank is None else rank, one, other))
    return min(found, key=lambda each: each[0])[1:] if found else None


def _clock(field: Field, reader: Reader) -> str:
    if field.kind != "number":
        return reader.text(field)
    if field.has(("seconds", "second", "secs")):
        return duration(field.value)
    return f"{number(field.value)}'"


def _hue(name: str) -> int:
    return zlib.crc32(name.encode()) % HUES
