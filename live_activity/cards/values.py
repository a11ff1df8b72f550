"""Values as people read them: numbers with units, durations, times of day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from live_activity.cards.fields import Field
from live_activity.cards.model import Measure
from live_activity.cards.text import clean
from live_activity.cards.words import PROGRESS, label_of, value_label, words_of

_UNITS = {
    "minutes": "min", "minute": "min", "mins": "min", "min": "min",
    "hours": "h", "hour": "h", "hrs": "h", "days": "days", "ms": "ms", "millis": "ms",
    "calories": "kcal", "kcal": "kcal", "energy": "kcal", "km": "km", "kilometers": "km", "kilometres": "km",
    "meters": "m", "metres": "m", "meter": "m", "miles": "mi", "feet": "ft", "kmh": "km/h", "kph": "km/h",
    "mph": "mph", "kg": "kg", "grams": "g", "bpm": "bpm", "watts": "W", "kwh": "kWh", "kw": "kW",
    "celsius": "°C", "fahrenheit": "°F", "temp": "°", "temperature": "°", "degrees": "°",
    "battery": "%", "soc": "%", "humidity": "%",
    "percent": "%", "percentage": "%", "pct": "%", "share": "%", "mgdl": "mg/dL", "mmol": "mmol/L",
}  # fmt: skip
_SECONDS = frozenset({"seconds", "second", "secs", "sec"})
_CURRENCIES = {
    "USD": "$",
    "EUR": "€",
    "GBP": "£",
    "JPY": "¥",
    "TRY": "₺",
    "INR": "₹",
    "KRW": "₩",
    "BRL": "R$",
    "ILS": "₪",
}
# Numbers that are names: never 1,117 for a flight.
_NAMES = frozenset(
    {"number", "no", "line", "year", "code", "gate", "platform", "room", "flight", "route", "lap"}
)
# Words that only say the unit, and are no part of the label.
_SAID_BY_UNIT = frozenset({*_UNITS, *_SECONDS}) - {
    "temp",
    "temperature",
    "calories",
    "energy",
    "battery",
    "soc",
    "humidity",
    "share",
}
# Numbers that are in the currency that another field names.
_MONEY = frozenset(
    {"price", "cost", "costs", "amount", "bid", "fee", "fare", "tip", "subtotal", "spent", "paid", "balance"}
)
_MOST = 1e15


@dataclass(frozen=True, slots=True)
class Reader:
    """How values are written: dates in `zone`, and as seen at `now` where that is known; amounts in `currency`."""

    zone: ZoneInfo
    now: datetime | None = None
    labels: dict[str, str] | None = None
    values: dict[str, str] | None = None
    currency: str = ""

    def label(self, field: Field) -> str:
        """The label of a field, as a card file has it or from its name."""
        for name in (field.name, ".".join(field.path)):
            if self.labels and name in self.labels:
                return clean(self.labels[name], most=40)
        kept = [part for part in field.words if not part.isdigit()]
        own = list(words) if (words := _own_words(field)) else kept
        said = [word for word in own if word not in _SAID_BY_UNIT] if field.kind == "number" else own
        return clean(label_of(" ".join(said or own)), most=40)

    def text(self, field: Field) -> str:
        """The value in words."""
        match field.kind:
            case "number":
                return self.measure(field).text
            case "date":
                return self.time(field.value)
            case "bool":
                return "yes" if field.value else "no"
            case "list":
                return clean(
                    ", ".join(str(part) for part in field.value if not isinstance(part, dict | list))
                )
            case _:
                # Free text stays as somebody wrote it; a case of an enum, or what is spelt like one, is a code.
                is_code = field.cases or ("_" in field.value and field.value.islower())
                return self.word(field.value) if is_code else self.named(field.value)

    def named(self, text: str) -> str:
        """Text as it is written, or what a card file says for it."""
        return clean(self.values[text] if self.values and text in self.values else text)

    def word(self, text: str) -> str:
        """Text as it is written, a code in words, or what a card file says for it."""
        return self.named(text) if self.values and text in self.values else clean(value_label(text))

    def time(self, moment: datetime) -> str:
        """The time of day in the zone, with the date where that is another one than now."""
        there = moment.astimezone(self.zone)
        if self.now is None or there.date() == self.now.astimezone(self.zone).date():
            return f"{there:%H:%M}"
        return f"{there.day} {there:%b %H:%M}"

    def measure(self, field: Field, *, unit: str = "") -> Measure:
        """A number with its unit, a date as a time; the label says what it is."""
        label = self.label(field)
        if field.kind != "number":
            return Measure(self.text(field), unit, label)
        own = _own_words(field) or field.words
        if _SECONDS.intersection(own) and abs(field.value) < _MOST:
            return Measure(duration(field.value), "", label)
        if not unit and self.currency and _MONEY.intersection(own):
            unit = self.currency
        if unit in _CURRENCIES or unit in _CURRENCIES.values():
            return Measure(f"{_CURRENCIES.get(unit, unit)}{number(field.value)}", "", label)
        found = unit or next((_UNITS[word] for word in reversed(own) if word in _UNITS), "")
        value = field.value
        if not found and PROGRESS.intersection(own):
            found = "%"
        if found == "%" and field.decimal and 0 <= value <= 1:
            value *= 100
        if found == "min" and 120 <= abs(value) < _MOST:
            hours, minutes = divmod(int(value), 60)
            return Measure(f"{hours}h {minutes:02d}", "", label)
        if _is_name(own) and isinstance(value, int):
            return Measure(str(value)[:20], found, label)
        return Measure(number(value), found, label)

    def until(self, moment: datetime) -> timedelta | None:
        """How long it is until then; None where it is over, or now is not known."""
        return moment - self.now if self.now is not None and moment > self.now else None


def number(value: float) -> str:
    """A number with separators and at most two decimals."""
    if abs(value) >= _MOST:
        return f"{value:.3g}"
    if isinstance(value, int) or float(value).is_integer():
        return f"{int(value):,}"
    return f"{value:,.2f}".rstrip("0").rstrip(".")


def duration(seconds: float) -> str:
    """Seconds as a watch shows them: 32:10, 1:05:00."""
    sign, whole = ("-" if seconds < 0 else ""), abs(int(seconds))
    hours, minutes = divmod(whole // 60, 60)
    return f"{sign}{hours}:{minutes:02d}:{whole % 60:02d}" if hours else f"{sign}{minutes}:{whole % 60:02d}"


def remaining_time(left: timedelta) -> Measure:
    """A time that is left: 41 min, 2 h 05."""
    minutes = int(left.total_seconds() // 60)
    if minutes >= 60:
        hours, rest = divmod(minutes, 60)
        days, hours_left = divmod(hours, 24)
        return Measure(f"{days}d {hours_left}h" if days else f"{hours}h {rest:02d}")
    return Measure(str(max(minutes, 1)), "min")


def fraction(field: Field) -> float | None:
    """How far something has come, 0 to 1; None where the number says something else."""
    value = float(field.value)
    if field.decimal and 0 <= value <= 1:
        return value
    return value / 100 if 0 <= value <= 100 else None


def _is_name(words: Sequence[str]) -> bool:
    # `no` alone is an answer that is counted; beside other words it is short for number.
    return any(word in _NAMES and (word != "no" or len(words) > 1) for word in words)


def _own_words(field: Field) -> Sequence[str]:
    """The words of the last part of the name that has any: score of home.score."""
    for part in reversed(field.path):
        found = words_of(part)
        if not all(word.isdigit() for word in found):
            return found
    return ()
