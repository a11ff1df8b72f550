"""Words that programs and spreadsheets in several languages write for true and false."""

from __future__ import annotations

_TRUE = ("true", "yes", "wahr", "ja", "vrai", "oui", "verdadero", "sí", "vero", "doğru", "evet")
_FALSE = (
    "false",
    "no",
    "falsch",
    "nein",
    "faux",
    "non",
    "falso",
    "yanl\u0131ş",
    "yanliş",
    "hay\u0131r",
    "hayir",
)
_MEANT = dict.fromkeys(_TRUE, True) | dict.fromkeys(_FALSE, False)


def meant_boolean(text: str) -> bool | None:
    """The truth value that a word stands for, in any case and with space around it; None for other text."""
    return _MEANT.get(text.strip().casefold())
