"""A response as it came over the wire, before it is interpreted."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

_CODE = re.compile(r"[A-Z][A-Z0-9_]{0,63}")


@dataclass(frozen=True)
class ApiResponse:
    """Status, headers (looked up in any case) and body; `body` is None where it broke off, or never ended."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes | None = field(repr=False)

    @cached_property
    def json(self) -> Any:
        """The body as JSON, None where it is none (a `null` is not an answer either)."""
        try:
            return json.loads(self.body or b"")
        except (ValueError, RecursionError):
            return None

    @property
    def text(self) -> str | None:
        """The body as text; None where it broke off or is not UTF-8, as incomplete text cannot be redacted."""
        try:
            return None if self.body is None else self.body.decode("utf-8-sig")
        except UnicodeDecodeError:
            return None

    @property
    def code(self) -> str | None:
        """The API's own error code, None where the body has none."""
        code = self.json.get("code") if isinstance(self.json, dict) else None
        return code if isinstance(code, str) and _CODE.fullmatch(code) else None

    @property
    def is_html(self) -> bool:
        """Whether this is a page for people, as gateways and captive portals send."""
        start = (self.body or b"")[:200].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
        return "html" in self.headers.get("content-type", "").lower() or start.startswith(
            (b"<!doctype", b"<html", b"<head", b"<body", b"<?xml")
        )
