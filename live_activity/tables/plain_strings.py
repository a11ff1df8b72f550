"""The texts that a workbook's cells share, read many times faster than through an XML tree where they are plain."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from typing import IO

from live_activity.tables.plain_xml import MAIN, NotPlainError, checked_text, unescaped

_PLAIN = re.compile(r'<si><t(?: xml:space="preserve")?>([^<\r]*)</t></si>')
_HEAD = re.compile(
    r'(?:<\?xml version="1\.0" encoding="UTF-8"(?: standalone="\w+")?\?>)?\s*<sst [^<>]*(?<!/)>\s*', re.I
)
_TAIL = re.compile(r"\s*</sst>\s*")
_STEP = 1_000


def plain_strings(file: IO[bytes]) -> list[str] | None:
    """The texts; None where one of them has formats of its own, or anything else stands between them."""
    content = file.read()
    head_end = content.find(b"<si>")
    if head_end < 0:
        return None
    try:
        head, text = content[:head_end].decode(), checked_text(content[head_end:])
    except (NotPlainError, UnicodeDecodeError):
        return None
    if _HEAD.fullmatch(head) is None or MAIN not in head:
        return None
    found = _PLAIN.findall(text)
    # Nothing may stand between the texts.
    rest = _PLAIN.sub("", text)
    if _TAIL.fullmatch(rest) is None:
        return None
    if "&" in text:
        found = [unescaped(each) for each in found]
    return [each.replace("x005F_", "") for each in found] if "x005F_" in text else found


class TextDigests:
    """Digests of the first n of these texts, for any n."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = texts
        # Of the first 0, 1,000, 2,000 and so on.
        self._steps = [hashlib.sha256()]

    def of(self, number: int) -> bytes:
        """The digest of the first `number` texts; empty where there are fewer."""
        if number > len(self._texts):
            return b""
        while len(self._steps) <= number // _STEP:
            end = len(self._steps) * _STEP
            self._steps.append(self._further(end - _STEP, end))
        return self._further(number - number % _STEP, number).digest()

    def _further(self, begin: int, end: int) -> hashlib._Hash:
        digest = self._steps[begin // _STEP].copy()
        # No text in XML holds this character.
        joined = "".join([f"{text}\0" for text in self._texts[begin:end]])
        digest.update(joined.encode("utf-8", "surrogatepass"))
        return digest
