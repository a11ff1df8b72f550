"""The content of a push, and whether phones drop it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from live_activity.sandbox.options import Decode

Kind = Literal["start", "update", "end"]

PUSH_BYTES = 4096
"""The most bytes that Apple accepts for the whole payload."""


@dataclass(frozen=True, slots=True, eq=False)
class Content:
    """The content of one push. Phones that show the same push share one object."""

    state: Mapping[str, Any] = field(repr=False)
    title: str | None = field(default=None, repr=False)
    message: str | None = field(default=None, repr=False)
    attributes: Mapping[str, Any] | None = field(default=None, repr=False)

    @property
    def alerts(self) -> bool:
        """Whether a phone alerts (sound, lit screen) when it gets this: a title or message does it, state alone not."""
        return bool(self.title or self.message)

    def shown(self) -> dict[str, Any]:
        """The content as the sandbox's views show it; what the push left out is left out here."""
        body: dict[str, Any] = {"content_state": self.state}
        if self.title is not None:
            body["title"] = self.title
        if self.message is not None:
            body["message"] = self.message
        return body


@dataclass(frozen=True, slots=True)
class Push:
    """A push on its way to the phones of an activity."""

    kind: Kind
    activity_type: str
    content: Content

    def dropped(self, *, opened_as: str, decode: Decode | None) -> str | None:
        """Why phones whose app has the activity as type `opened_as` silently drop this push; None if they take it.

        The API answers 200 all the same: it does not check content.
        """
        if self.activity_type != opened_as:
            return f"the app has no activity type {self.activity_type!r} for this activity, which is {opened_as!r}"
        size = self._payload_bytes()
        if size > PUSH_BYTES:
            return f"the push has {size} bytes; Apple refuses more than {PUSH_BYTES}"
        if decode is None:
            return None
        if self.kind == "start":
            why = decode(self.activity_type, "attributes", self.content.attributes or {})
            if why is not None:
                return why
        return decode(self.activity_type, "state", self.content.state)

    def _payload_bytes(self) -> int:
        content = self.content
        aps: dict[str, Any] = {"timestamp": 1_000_000_000, "event": self.kind, "content-state": content.state}
        if content.title is not None or content.message is not None:
            aps["alert"] = {"title": content.title or "", "body": content.message or ""}
        if self.kind == "start":
            aps |= {"attributes-type": self.activity_type, "attributes": content.attributes or {}}
        text = json.dumps({"aps": aps}, ensure_ascii=False, separators=(",", ":"))
        return len(text.encode("utf-8", "surrogatepass"))
