"""What came back over the wire, before anybody made sense of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class ApiResponse:
    """Status, headers (looked up in any case) and body; `body` is None where it broke off, or never ended."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes | None = field(repr=False)

    @property
    def json(self) -> Any:
        """The body as JSON, None where it is none (a `null` is no answer either)."""
        try:
            return json.loads(self.body or b"")
        except (ValueError, RecursionError):
            return None

    @property
    def text(self) -> str | None:
        """The body as text; None where it broke off or is no UTF-8, as half-read letters cannot be redacted."""
        try:
            return None if self.body is None else self.body.decode("utf-8-sig")
        except UnicodeDecodeError:
            return None

    @property
    def is_html(self) -> bool:
        """Whether this is a page for people, as gateways and captive portals send."""
        start = (self.body or b"")[:200].lstrip().lower()
        return "html" in self.headers.get("content-type", "").lower() or start.startswith(
            (b"<!doctype", b"<html")
        )
