"""XML that holds nothing but elements and text, so that it can be matched as text."""

from __future__ import annotations

from xml.etree import ElementTree

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'

# What XML may hold besides elements and text, and what it may not hold.
_ODD = (b"<!", b"<?", b"]]>", b"\xef\xbf\xbe", b"\xef\xbf\xbf")
# Each of them contains one of these bytes, which are rare and therefore quick to search for.
_RARE = (b"!", b"?", b"]", b"\xef")
_CONTROLS = bytes(set(range(32)) - {9, 10, 13})


class NotPlainError(Exception):
    """The rest has to be read by openpyxl."""


def checked_text(block: bytes) -> str:
    """A block of XML as text. Raises `NotPlainError` where it holds anything else than elements and text."""
    is_odd = any(rare in block for rare in _RARE) and any(odd in block for odd in _ODD)
    if is_odd or len(block.translate(None, _CONTROLS)) != len(block):
        raise NotPlainError
    try:
        return block.decode()
    except UnicodeDecodeError:
        raise NotPlainError from None


def unescaped(text: str) -> str:
    """Text as it stands in XML, without its escapes."""
    return text if "&" not in text else ElementTree.fromstring(f"<t>{text}</t>").text or ""
