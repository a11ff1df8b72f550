"""Texts: a table with a row for each key and a column for each language, so that wording changes need no template."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from live_activity.core.findings import Finding, InvalidInput, invalid
from live_activity.core.source_access import PUBLIC_ACCESS, SourceAccess
from live_activity.core.suggestions import did_you_mean
from live_activity.tables import TableRow, open_table

KEY = "key"
_PLACE = re.compile(r"\{([A-Za-z_]\w*)\}")


@dataclass(frozen=True, slots=True)
class Texts:
    """Every text by language and key."""

    where: str
    languages: tuple[str, ...]
    words: Mapping[str, Mapping[str, str]]

    def text(self, key: Any, language: str, values: Mapping[str, Any]) -> str:
        """The text of a key in a language, with `{name}` places filled from `values`. Raises ValueError."""
        if language not in self.words:
            named = ", ".join(self.languages)
            raise ValueError(f"{self.where} has no language {language!r}, only {named}; add a column")
        known = self.words[language]
        found = known.get(str(key))
        if found is None:
            near = did_you_mean(str(key), known)
            raise ValueError(f"{self.where} has no text {str(key)!r}{near or '; add a row'}")
        if not found:
            raise ValueError(f"{self.where} has no words for {str(key)!r} in {language!r}; fill in the cell")
        return _filled(found, values, key)


def _filled(text: str, values: Mapping[str, Any], key: Any) -> str:
    def place(found: re.Match[str]) -> str:
        if found[1] not in values:
            raise ValueError(
                f"the text {str(key)!r} needs {{{found[1]}}}; write t({str(key)!r}, {found[1]}=...)"
            )
        return str(values[found[1]])

    return _PLACE.sub(place, text)


def read_texts(path: str, *, access: SourceAccess = PUBLIC_ACCESS) -> Texts:
    """The texts in a table with a column `key`; every other column is a language. Raises `InvalidInput`."""
    table = open_table(path, access=access)
    if KEY not in table.columns:
        near = did_you_mean(KEY, table.columns)
        what = f"has no column 'key'{near or '; the first column of texts is called key'}"
        raise invalid("texts_no_key", what, where=table.where)
    languages = tuple(name for name in table.columns if name != KEY)
    if not languages:
        raise invalid("texts_no_language", "has no language; add a column such as en", where=table.where)
    words: dict[str, dict[str, str]] = {language: {} for language in languages}
    findings: list[Finding] = []
    for row in table.rows():
        if not isinstance(row, TableRow):
            message = f"line {row.line} cannot be read"
            findings.append(Finding.error("texts_damaged", message, where=table.where, row=row.number))
            continue
        key = _text(row.cells[KEY])
        if not key:
            if any(_text(row.cells[language]) for language in languages):
                message = "has words and no key; write one"
                findings.append(Finding.error("texts_damaged", message, where=table.where, row=row.number))
            continue
        if key in words[languages[0]]:
            message = f"the key {key!r} is there twice; keep one"
            findings.append(
                Finding.error("texts_damaged", message, where=table.where, row=row.number, column=KEY)
            )
            continue
        for language in languages:
            words[language][key] = _text(row.cells[language])
    if findings:
        raise InvalidInput(findings)
    return Texts(table.where, languages, words)


def _text(cell: Any) -> str:
    return "" if cell is None else str(cell).strip()
