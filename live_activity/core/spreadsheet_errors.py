"""The error values that spreadsheets leave in cells, and in the CSV and JSON that is exported from them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

# Excel and Google Sheets, then the names that they have in other languages, then LibreOffice and data add-ins.
_NAMES = """
    #NULL! #DIV/0! #VALUE! #REF! #NAME? #NUM! #N/A #SPILL! #CALC! #GETTING_DATA #FIELD! #BLOCKED! #UNKNOWN!
    #CONNECT! #BUSY! #PYTHON! #EXTERNAL! #TIMEOUT! #ERROR! #N/A! #NA
    #BEZUG! #WERT! #ZAHL! #NV #NULL #ÜBERLAUF! #KALK!
    #VALEUR! #NOM? #NOMBRE! #NUL!
    #¡NULO! #¡DIV/0! #¡VALOR! #¡REF! #¿NOMBRE? #¡NUM! #N/D #VALOR! #NOMBRE? #NOME? #RIF! #VALORE! #NULLO!
    #YOK #BAŞV! #DEĞER! #SAYI/0! #AD? #SAYI! #BOŞ!
    #VERW! #WAARDE! #NAAM? #GETAL! #LEEG! #NB
    #MACRO? #PARSE!
"""
_PHRASES = ("loading...", "loading…")
_WORDS = frozenset((*_NAMES.casefold().split(), *_PHRASES))
# LibreOffice numbers its errors, and data add-ins say why they have no value (`#N/A Requesting Data...`); a column too
# narrow for its number is exported as hashes by some programs.
_OTHER = re.compile(r"Err:\d{3}|#{3,}|#N/A [A-Z].{0,60}")
_FIRST = frozenset("#LlE")


def is_spreadsheet_error(text: str) -> bool:
    """Whether the text is nothing but an error value of a spreadsheet: `#REF!`, `#N/A`, `Loading...`."""
    word = text.strip()
    return word[:1] in _FIRST and (word.casefold() in _WORDS or _OTHER.fullmatch(word) is not None)


def spreadsheet_error_in(value: object) -> str | None:
    """The first error value of a spreadsheet in a value, looking into lists and objects; None where there is none."""
    if isinstance(value, str):
        return value.strip() if is_spreadsheet_error(value) else None
    if isinstance(value, Mapping):
        parts: Iterable[object] = value.values()
    elif isinstance(value, list | tuple):
        parts = value
    else:
        return None
    return next((found for part in parts if (found := spreadsheet_error_in(part)) is not None), None)
