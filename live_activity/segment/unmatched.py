"""Ids that can match nobody: damaged by a spreadsheet, an exporter's words, invisible characters."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Literal

from live_activity.core.findings import Finding
from live_activity.core.formatting import count_of
from live_activity.core.spreadsheet_errors import is_spreadsheet_error

Suspicion = Literal[
    "rounded_ids",
    "float_ids",
    "date_ids",
    "formula_ids",
    "null_words",
    "total_rows",
    "spreadsheet_errors",
    "invisible_characters",
]


def _spellings(*words: str) -> frozenset[str]:
    """Each word as exporters write it: as given, in small letters, in capitals, and with a capital."""
    forms = (str, str.lower, str.upper, str.capitalize, str.title)
    return frozenset(form(word) for word in words for form in forms)


NULL_WORDS: Final = _spellings(
    "null", "(null)", "<null>", "[null]", "none", "nan", "nat", "nil", "n/a", "na", "<na>", "n.a.", "not available",
    "not set", "(not set)", "(none)", "(blank)", "(empty)", "undefined", "unknown", "missing", "empty", "void",
    "NaN", "NaT", r"\N", "-", "--", "\N{EN DASH}", "\N{EM DASH}", "?", ".", "''", '""', "boş", "yok", "leer",
)  # fmt: skip
TOTAL_WORDS: Final = _spellings(
    "total", "total:", "totals", "grand total", "grand total:", "subtotal", "sub-total", "sub total", "sum", "count",
    "average", "toplam", "genel toplam", "summe", "gesamt", "gesamtergebnis", "total general", "eof", "end of file",
)  # fmt: skip
_TOTAL: Final = re.compile(
    r"(?:(?:grand |sub)?totals?|count|sum|rows?|records?|toplam|summe|gesamt)"
    r"(?: (?:rows?|records?|lines?|users?|count))?\s*(?:[:=]?\s+\(?|[(#])\d[\d.,]*\)?"
    r"|\(?\s*\d[\d.,]*\s+(?:rows?|records?|results?|lines?|users?|sat\u0131r|kay\u0131t|zeilen?)\b[^,;]{0,40}\)?\.?"
    r"|[-+|=*_]{3,}(?:\s[-+|=*_]{2,})*",
    re.IGNORECASE,
)
# As spreadsheets and programs write a number that is too long. Without a plus sign or a fraction it may well be a
# hexadecimal id.
_ROUNDED: Final = re.compile(r"-?\d(?:[.,]\d+)?[Ee]\+\d+|-?\d[.,]\d+[Ee]\d+")
_FLOAT: Final = re.compile(r"[-+]?\d+(?:\.0+|,0{1,2})|\d{1,3}(?:,\d{3})+")
# What short names of months begin with in English, Turkish, German, Dutch and Romance languages.
MONTHS: Final = (
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec", "oca", "şub", "nis", "haz",
    "tem", "ağu", "eyl", "eki", "kas", "ara", "jän", "mrz", "mär", "mai", "okt", "dez", "mrt", "mei", "fév", "avr",
    "jui", "aoû", "déc", "ene", "abr", "ago", "dic", "gen", "mag", "giu", "lug", "set", "ott", "fev", "out",
)  # fmt: skip
_MONTH: Final = f"(?:{'|'.join(MONTHS)}|{'|'.join(MONTHS).title()})"
# How spreadsheets show ids that they took for dates, such as 1-2 and 3-1985, and how programs write those. Months
# begin with a small letter or a capital: JAN-02 may well be an id.
DATE: Final = re.compile(
    rf"\d\d?[-./ ] ?{_MONTH}[istv]?\.?(?:[-./ ](?:\d\d)?\d\d)?|{_MONTH}[- ](?:\d\d)?\d\d"
    r"|(?:19|20)\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?:[ T]\d\d:\d\d(?::\d\d(?:\.0+)?)?(?:Z|[+-]00:?00)?)?"
    r"|(?:0?[1-9]|[12]\d|3[01])([-./])(?:0?[1-9]|[12]\d|3[01])\1(?:19|20)\d\d(?: \d\d?:\d\d(?::\d\d)?(?: [AP]M)?)?"
)
# Characters without a shape or a width of their own, spaces except the plain one, and what stands for a letter that
# was lost when the file was saved.
_INVISIBLE: Final = re.compile(
    "[\u00a0\u00ad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180e\u2000-\u200f\u2028-\u202f\u205f-\u206f"
    "\u2800\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff\U000e0000-\U000e0fff]"
)
_TEXT_OF: Final[dict[Suspicion, tuple[str, str]]] = {
    "rounded_ids": (
        "an id that a spreadsheet seems to have rounded (as in 1.2E+15)",
        "export the ids as text",
    ),
    "float_ids": (
        "an id that is written as a number with a fraction (as in 1001.0)",
        "export the ids as text",
    ),
    "date_ids": (
        "an id that a spreadsheet seems to have turned into a date (as in 2-Jan for 1-2)",
        "export the ids as text",
    ),
    "formula_ids": (
        'an id inside a formula or quotes (as in ="00123" or \'00123)',
        "export the ids as plain text",
    ),
    "null_words": (
        "a word for nothing in place of an id (as in NULL or n/a)",
        "leave these rows out of the export",
    ),
    "total_rows": ("a total or a footer in place of an id (as in Total)", "take these rows out of the table"),
    "spreadsheet_errors": ("a spreadsheet's error in place of an id (as in #N/A)", "correct the formulas"),
    "invisible_characters": (
        "an id with invisible characters (as in zero-width spaces)",
        "take these characters out of the ids",
    ),
}


def suspicion_of(text: str) -> Suspicion | None:
    """Why an id of a valid form can match nobody; None where it may match."""
    if not text.isascii() and _INVISIBLE.search(text):
        return "invisible_characters"
    if text in NULL_WORDS:
        return "null_words"
    if text in TOTAL_WORDS or _TOTAL.fullmatch(text):
        return "total_rows"
    if is_spreadsheet_error(text):
        return "spreadsheet_errors"
    if text[0] in "='\"":
        return "formula_ids"
    if _ROUNDED.fullmatch(text):
        return "rounded_ids"
    if _FLOAT.fullmatch(text):
        return "float_ids"
    return "date_ids" if DATE.fullmatch(text) else None


@dataclass(slots=True)
class UnmatchedIds:
    """Counts rows whose ids can match nobody, by kind, with the number and the line of the first of each."""

    counts: dict[Suspicion, int] = field(default_factory=dict)
    first: dict[Suspicion, tuple[int, int]] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """The number of these rows."""
        return sum(self.counts.values())

    def add(self, suspicion: Suspicion, *, number: int, line: int) -> None:
        """Counts one row."""
        self.counts[suspicion] = self.counts.get(suspicion, 0) + 1
        self.first.setdefault(suspicion, (number, line))

    def findings(self, *, where: str, column: str) -> Iterator[Finding]:
        """A warning for each kind, in the order of the kinds."""
        for suspicion, (what, fix) in _TEXT_OF.items():
            if suspicion not in self.counts:
                continue
            number, line = self.first[suspicion]
            message = (
                f"{count_of(self.counts[suspicion], 'row')} with {what}, the first on line {line}; {fix}"
            )
            yield Finding.warning(suspicion, message, where=where, row=number, column=column)
