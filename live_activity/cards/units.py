"""The units that the names of fields hold: 12 min for etaMinutes, 14.2 °C for temperatureC."""

from __future__ import annotations

from collections.abc import Sequence

_UNITS = {
    "minutes": "min", "minute": "min", "mins": "min", "min": "min",
    "hours": "h", "hour": "h", "hrs": "h", "days": "days", "ms": "ms", "millis": "ms",
    "calories": "kcal", "kcal": "kcal", "energy": "kcal", "km": "km", "kilometers": "km", "kilometres": "km",
    "meters": "m", "metres": "m", "meter": "m", "miles": "mi", "feet": "ft", "kmh": "km/h", "kph": "km/h",
    "cm": "cm", "mm": "mm", "knots": "kn", "inches": "in", "liters": "L", "litres": "L", "ml": "mL",
    "mph": "mph", "kg": "kg", "grams": "g", "lbs": "lb", "bpm": "bpm", "rpm": "rpm", "hpa": "hPa",
    "watts": "W", "kwh": "kWh", "kw": "kW", "voltage": "V", "volts": "V", "gb": "GB", "mb": "MB",
    "celsius": "°C", "fahrenheit": "°F", "temp": "°", "temperature": "°", "degrees": "°",
    "battery": "%", "soc": "%", "humidity": "%", "possession": "%",
    "percent": "%", "percentage": "%", "pct": "%", "share": "%", "mgdl": "mg/dL", "mmol": "mmol/L",
}  # fmt: skip
# Units of several words, at the end of a name; the words that are kept are part of the label.
_PHRASES: tuple[tuple[tuple[str, ...], str, int], ...] = (
    (("mg", "dl"), "mg/dL", 0),
    (("mmol", "l"), "mmol/L", 0),
    (("km", "h"), "km/h", 0),
    (("temp", "c"), "°C", 1),
    (("temp", "f"), "°F", 1),
    (("temperature", "c"), "°C", 1),
    (("temperature", "f"), "°F", 1),
    (("temperature", "celsius"), "°C", 1),
    (("temperature", "fahrenheit"), "°F", 1),
    (("state", "of", "charge"), "%", 3),
    (("charge", "level"), "%", 2),
)
SECONDS = frozenset({"seconds", "second", "secs", "sec"})
# Units that also say what is measured, and so stay in the label.
_IN_THE_LABEL = frozenset(
    {
        "temp",
        "temperature",
        "calories",
        "energy",
        "battery",
        "soc",
        "humidity",
        "share",
        "voltage",
        "possession",
    }
)
_SAID_BY_UNIT = frozenset({*_UNITS, *SECONDS}) - _IN_THE_LABEL


def unit_of(words: Sequence[str]) -> tuple[str, list[str]]:
    """The unit that a name holds, and the words that are left for its label."""
    if "per" in words:
        return "", [*words]
    for phrase, unit, kept in _PHRASES:
        if tuple(words[-len(phrase) :]) == phrase:
            return unit, [*words[: len(words) - len(phrase) + kept]]
    # `min` before other words is the least: minNextBid.
    known = [word for number, word in enumerate(words, 1) if word != "min" or number == len(words)]
    unit = next((_UNITS[word] for word in reversed(known) if word in _UNITS), "")
    return unit, [word for word in words if word not in _SAID_BY_UNIT]
