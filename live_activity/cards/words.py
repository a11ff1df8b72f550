"""Words in the names of fields, and what they commonly stand for: a team, a score, a place, a time."""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection

import regex

SIDES = (
    ("home", "away"),
    ("home", "guest"),
    ("home", "visitor"),
    ("host", "guest"),
    ("local", "visitor"),
    ("local", "visitante"),
    ("heim", "gast"),
    ("casa", "ospite"),
    ("domicile", "exterieur"),
    ("ev", "deplasman"),
    ("left", "right"),
    ("red", "blue"),
    ("us", "them"),
    ("a", "b"),
    ("one", "two"),
    ("1", "2"),
    ("0", "1"),
)
SCORES = (
    "score",
    "goals",
    "points",
    "result",
    "runs",
    "frames",
    "sets",
    "games",
    "rounds",
    "seats",
    "share",
    "percent",
    "votes",
    "point",
)
SCORE_FILLERS = frozenset(
    {"team", "player", "side", "club", "candidate", "party", "current", "total", "percent"}
)
NAMES = (
    "name",
    "team",
    "player",
    "club",
    "side",
    "corner",
    "title",
    "country",
    "candidate",
    "party",
    "label",
)
SHORT_NAMES = frozenset({"short", "abbr", "abbreviation", "code", "tla", "tri", "tricode", "initials"})
CLOCKS = frozenset({"minute", "clock", "min", "gameclock", "matchclock", "minutes"})
PERIODS = ("period", "half", "quarter", "phase", "stage", "status", "state", "inning", "set", "round")
STATUSES = ("status", "phase", "state", "stage", "step", "mode", "activity")
HEADLINES = ("headline", "caption", "heading", "description")
TRENDS = frozenset({"trend", "direction", "tendency"})
UNITS = frozenset({"unit", "units", "currency"})

ORIGINS = ("origin", "from", "source", "departure", "pickup")
DESTINATIONS = ("destination", "dest", "to", "arrival", "terminus", "headsign", "dropoff", "address")
PLACE_FILLERS = frozenset(
    {"name", "city", "airport", "code", "station", "stop", "place", "location", "iata", "address", "label"}
)
DEPARTS = frozenset({"departure", "departs", "depart", "takeoff", "leaves", "std", "etd", "pickup"})
ARRIVES = frozenset(
    {"arrival", "arrives", "arrive", "arriving", "landing", "lands", "eta", "sta", "delivery", "due"}
)
NOT_ARRIVES = frozenset({"delay", "late", "gate", "terminal"})
PROGRESS = frozenset(
    {"progress", "percent", "percentage", "completed", "completion", "fraction", "reporting"}
)
DATES = frozenset(
    {
        "date",
        "time",
        "at",
        "departure",
        "arrival",
        "landing",
        "starts",
        "ends",
        "start",
        "end",
        "until",
        "eta",
    }
    | {"expires", "deadline", "kickoff", "begins", "updated", "measured", "closes", "opens", "estimated"}
    | {"open", "close", "doors", "boarding", "pickup", "ready", "delivery", "due", "finish", "takeoff"}
    | {"seen", "since", "sent", "synced", "changed", "created", "checked"}
)
ENDS = frozenset(
    {"ends", "end", "until", "expires", "deadline", "closes", "finish", "finishes", "completion"}
)
TOTALS = frozenset({"total", "max", "maximum", "goal", "target", "of", "count", "planned"})
MAIN = (
    (
        "glucose",
        "bid",
        "price",
        "raised",
        "donated",
        "elapsed",
        "remaining",
        "duration",
        "countdown",
        "timer",
    ),
    ("value", "level", "reading", "current", "amount", "count", "progress", "percent", "completion"),
    (
        "distance",
        "pace",
        "speed",
        "steps",
        "score",
        "total",
        "time",
        "left",
        "ends",
        "end",
        "until",
        "expires",
    ),
)
HIDDEN = frozenset(
    {"id", "uuid", "guid", "identifier", "url", "uri", "token", "image", "icon", "logo", "color"}
)
HIDDEN_TOO = frozenset(
    {"colour", "asset", "deeplink", "link", "version", "timestamp", "hash", "photo", "avatar"}
    | {"sequence", "revision"}
)

DONE = frozenset(
    {"finished", "full", "ended", "final", "complete", "completed", "done", "over", "closed", "fulltime"}
)
GOOD = frozenset({"delivered", "landed", "arrived", "success", "ready", "won", "called", "sold", "normal"})
WARN = frozenset(
    {"delayed", "late", "paused", "waiting", "held", "warning", "low", "high", "diverted", "soon"}
)
BAD = frozenset(
    {"cancelled", "canceled", "failed", "lost", "returned", "refused", "missed", "error", "expired", "urgent"}
)
BREAKS = frozenset(
    {"break", "halftime", "interval", "scheduled", "pre", "upcoming", "warmup", "cooldown", "idle"}
)

# The steps of journeys whose type is not known.
KNOWN_STEPS = (
    ("pickup", "in_transit", "out_for_delivery", "delivered"),
    ("received", "preparing", "on_the_way", "delivered"),
    ("confirmed", "preparing", "picked_up", "delivered"),
    ("ordered", "packed", "shipped", "out_for_delivery", "delivered"),
    ("scheduled", "boarding", "departed", "landed"),
)
COMPETITIONS = ("round", "competition", "league", "tournament", "group", "stage", "matchday", "event")
VAGUE_LABELS = frozenset(
    {"Value", "Current", "Reading", "Current value", "Level", "Mmol", "Minutes", "Seconds", "Percent"}
)

JOURNEY_TYPES = frozenset(
    {
        "delivery",
        "flight",
        "ride",
        "trip",
        "bus",
        "train",
        "order",
        "shipment",
        "parcel",
        "journey",
        "taxi",
        "courier",
    }
    | {"tram", "ferry", "package", "transit", "boarding"}
)

_PARTS = regex.compile(r"\p{Lu}+(?=\p{Lu}\p{Ll})|\p{Lu}?\p{Ll}+|\p{Lu}+|\d+|[\p{L}\p{M}]+")
_LETTER_AND_NUMBER = re.compile(r"\b([a-z]) (\d)")
_NUMBER_AND_LETTER = re.compile(r"(\d) ([a-z])\b")
_LAST_LETTER = re.compile(r"(?<=[\w.]) [a-z]$")
_SUFFIXES = ("ActivityAttributes", "Attributes", "Activity", "LiveActivity")
_CODE = re.compile(r"[A-Za-z][A-Za-z0-9]*([_-][A-Za-z0-9]+)*")
_SPELT = {
    "eta": "ETA",
    "id": "ID",
    "bpm": "BPM",
    "kcal": "kcal",
    "etd": "ETD",
    "gps": "GPS",
    "vip": "VIP",
    "soc": "SoC",
    "aqi": "AQI",
    "iob": "IOB",
    "uv": "UV",
    "ev": "EV",
    "tv": "TV",
    "usb": "USB",
    "wifi": "Wi-Fi",
    "nfc": "NFC",
}


def words_of(name: str) -> tuple[str, ...]:
    """The words of a name in any of the usual spellings: homeScore, home_score, HomeScore."""
    return tuple(part.lower() for part in _PARTS.findall(name))


def label_of(name: str) -> str:
    """A name such as secondHalf or out_for_delivery as people write it: Second half, Out for delivery."""
    shouted = name.isupper()
    spelt = " ".join(
        part if part.isupper() and len(part) > 1 and not shouted else _SPELT.get(part.lower(), part.lower())
        for part in _PARTS.findall(name)
    )
    spelt = _NUMBER_AND_LETTER.sub(r"\1\2", _LETTER_AND_NUMBER.sub(r"\1\2", spelt))
    spelt = _LAST_LETTER.sub(lambda found: found[0].upper(), spelt)
    return spelt[:1].upper() + spelt[1:] if spelt else name


def value_label(text: str) -> str:
    """A code such as second_half in words; other text stays as it is."""
    is_code = _CODE.fullmatch(text) and (
        "_" in text
        or "-" in text
        or text.islower()
        or (text.isupper() and len(text) > 4)
        or any(a.islower() and b.isupper() for a, b in itertools.pairwise(text))
    )
    return label_of(text) if is_code else text


def type_label(activity_type: str) -> str:
    """The name of an activity type without what every such name has: Cup match."""
    name = activity_type
    for suffix in _SUFFIXES:
        if name.endswith(suffix) and name != suffix:
            name = name.removesuffix(suffix)
            break
    return label_of(name)


def any_of(words: Collection[str], known: Collection[str]) -> bool:
    """Whether one of the words is known."""
    return any(word in known for word in words)
