"""Which texts Foundation reads as a URL."""

from __future__ import annotations

import re

_SCHEME = re.compile(r"([^:/?#]*):")
_SCHEME_CHARACTERS = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*")
_AUTHORITY = re.compile(r"//([^/?#]*)")
_HOST = re.compile(r"(?:[A-Za-z0-9\-._~!$&'()*+,;=\u0080-\U0010ffff]|%[0-9A-Fa-f]{2})*")
_BRACKETED = re.compile(r"\[[^\]]+\](?::[0-9]*)?")
_PORT = re.compile(r"[0-9]*")

_PATH = r"(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/]|%[0-9A-Fa-f]{2})*"
_RFC_3986 = re.compile(
    r"(?:[A-Za-z][A-Za-z0-9+.\-]*:)?"
    r"(?://(?:[A-Za-z0-9\-._~!$&'()*+,;=:@\[\]]|%[0-9A-Fa-f]{2})*(?=[/?#]|$))?"
    rf"{_PATH}(?:\?{_PATH.replace('/', '/?')})?(?:#{_PATH.replace('/', '/?')})?"
)


def is_swift_url(text: str) -> bool:
    """Whether `URL(string:)` of iOS 17 and later takes a text: it encodes spaces and other letters in a path itself."""
    rest = text
    if scheme := _SCHEME.match(text):
        if scheme[1] and not _SCHEME_CHARACTERS.fullmatch(scheme[1]):
            return False
        rest = text[scheme.end() :]
    authority = _AUTHORITY.match(rest)
    if authority is None:
        return True
    host = authority[1].rpartition("@")[2]
    if host.startswith("["):
        return _BRACKETED.fullmatch(host) is not None
    name, _, port = host.partition(":")
    return _HOST.fullmatch(name) is not None and _PORT.fullmatch(port) is not None


def old_phones_refuse(text: str) -> bool:
    """Whether phones before iOS 17, which encode nothing themselves, refuse a text that later ones take."""
    return not text or _RFC_3986.fullmatch(text) is None
