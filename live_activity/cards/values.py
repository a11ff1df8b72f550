"""Values as people read them: numbers with units, durations, times of day."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from live_activity.cards.fields import Field
from live_activity.cards.model import Measure
from live_activity.cards.text import clean
from live_activity.cards.units import SECONDS, unit_of
from live_activity.cards.words import PROGRESS, label_of, value_label, words_of

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
# Numbers that are amounts of money, and those that are where another field names the currency.
_MONEY = frozenset(
    {"price", "cost", "costs", "amount", "bid", "fee", "fare", "tip", "subtotal", "spent", "paid", "balance"}
)
_MONEY_BESIDE_A_CURRENCY = _MONEY | {"total", "sum", "raised", "goal", "donated", "deposit", "discount"}
_CHANGES = frozenset({"delta", "change", "difference"})
_ON_A_WATCH = frozenset({"elapsed", "remaining", "time", "duration", "countdown", "timer", "left", "clock"})
_VAGUE = frozenset({"name", "value", "label", "text", "title"})
_MOST, _LARGEST, _MOST_MINUTES = 1e15, 1e308, 1e9
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


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
        parts = [part for part in field.path if not part.isdigit()] or [*field.path]
        if len(parts) > 1 and parts[-1].lower() in _VAGUE:
            parts.pop()
        own = [*words_of(parts[-1])]
        said = own
        if field.kind == "number":
            said = [word for word in unit_of(own)[1] if word != "ago"]
            if own[-1:] == ["ago"]:
                said = said or ["updated"]
        elif field.kind == "bool" and own[:1] in (["is"], ["has"]):
            said = own[1:]
        # The name's own spelling shows where a word is an abbreviation: UVIndex.
        return clean(label_of(parts[-1] if said == own else " ".join(said or own)), most=40)

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
                return clean(", ".join(filter(None, map(_element, field.value))))
            case _:
                # Free text stays as somebody wrote it; a case of an enum, or what is spelt like one, is a code.
                is_code = field.cases or (
                    "_" in field.value and (field.value.islower() or field.value.isupper())
                )
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
        value = field.value
        if SECONDS.intersection(own) and "per" not in own and abs(value) < _MOST:
            if abs(value) < 60 and not _ON_A_WATCH.intersection(own):
                return Measure(number(value), "s", label)
            return Measure(duration(value), "", label)
        if not unit and self.currency and is_money(field):
            unit = self.currency
        if unit in _CURRENCIES or unit in _CURRENCIES.values():
            sign = "-" if value < 0 else ""
            return Measure(f"{sign}{_CURRENCIES.get(unit, unit)}{number(abs(value), money=True)}", "", label)
        found = unit or unit_of(own)[0]
        if not found and PROGRESS.intersection(own):
            found = "%"
        if found == "%" and field.decimal and 0 <= value <= 1:
            value *= 100
        if _is_name(own) and isinstance(value, int):
            return Measure(str(value)[:20], found, label)
        shown = number(value, money=bool(_MONEY.intersection(own)))
        if found == "min" and 120 <= abs(value) < _MOST_MINUTES:
            shown, found = remaining_time(timedelta(minutes=abs(value))).value, ""
            shown = f"-{shown}" if value < 0 else shown
        if own and own[-1] == "ago":
            return Measure(f"{shown} {found} ago".replace("  ", " "), "", label)
        if value > 0 and _CHANGES.intersection(own):
            shown = f"+{shown}"
        return Measure(shown, found, label)

    def until(self, moment: datetime) -> timedelta | None:
        """How long it is until then; None where it is over, or now is not known."""
        return moment - self.now if self.now is not None and moment > self.now else None


def number(value: float, *, money: bool = False) -> str:
    """A number with separators and at most two decimals, or three digits where it is small; money has both decimals."""
    size = abs(value)
    if size >= _MOST or 0 < size < 1e-6:
        return _with_power(value)
    if isinstance(value, int) or float(value).is_integer():
        return f"{int(value):,}"
    decimals = 2 if size >= 0.1 else 2 - math.floor(math.log10(size))
    written = f"{value:,.{decimals}f}"
    return written if money and decimals == 2 else written.rstrip("0").rstrip(".")


def _with_power(value: float) -> str:
    """A very large or small number as a power of ten: 1.23 \u00d7 10\u00b9\u2077."""
    if abs(value) > _LARGEST:
        return "-∞" if value < 0 else "∞"
    digits, _, exponent = f"{value:.2e}".partition("e")
    return f"{digits.rstrip('0').rstrip('.')} \u00d7 10{str(int(exponent)).translate(_RAISED)}"


def is_money(field: Field) -> bool:
    """Whether a number is an amount where another field names the currency."""
    own = _own_words(field) or field.words
    if field.kind != "number" or {"count", "number"}.intersection(own):
        return False
    return bool(_MONEY.intersection(own)) or set(own) <= _MONEY_BESIDE_A_CURRENCY


def duration(seconds: float) -> str:
    """Seconds as a watch shows them: 32:10, 1:05:00."""
    sign, whole = ("-" if seconds < 0 else ""), abs(int(seconds))
    hours, minutes = divmod(whole // 60, 60)
    return f"{sign}{hours}:{minutes:02d}:{whole % 60:02d}" if hours else f"{sign}{minutes}:{whole % 60:02d}"


def remaining_time(left: timedelta) -> Measure:
    """A time that is left: 41 min, 2h 05, 1d 3h."""
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


def _element(part: object) -> str:
    """An element of a list: a number as people write it, and a pair such as the games of a set as 6\u20134."""
    if isinstance(part, bool):
        return "yes" if part else "no"
    if isinstance(part, int | float):
        return number(part)
    if isinstance(part, list):
        return "\u2013".join(filter(None, map(_element, part[:4])))
    return str(part) if isinstance(part, str) else ""


def _is_name(words: Sequence[str]) -> bool:
    # `no` alone is an answer that is counted; with other words it is short for number.
    return any(word in _NAMES and (word != "no" or len(words) > 1) for word in words)


def _own_words(field: Field) -> Sequence[str]:
    """The words of the last part of the name that has any: score of home.score."""
    for part in reversed(field.path):
        found = words_of(part)
        if not all(word.isdigit() for word in found):
            return found
    return ()
