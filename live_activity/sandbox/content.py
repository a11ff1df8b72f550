"""The content of a push, and whether phones drop it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from live_activity.core.apple_limits import ACTIVITY_BYTES, PUSH_BYTES, activity_bytes, push_bytes
from live_activity.sandbox.options import Decode

Kind = Literal["start", "update", "end"]


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

    def dropped(self, *, opened_as: str, attributes: Mapping[str, Any], decode: Decode | None) -> str | None:
        """Why phones silently drop this push; None if they take it.

        `opened_as` is the type that their app has the activity as, `attributes` are those that it was started with.
        The API answers 200 all the same: it does not check content.
        """
        if self.activity_type != opened_as:
            return f"the app has no activity type {self.activity_type!r} for this activity, which is {opened_as!r}"
        content = self.content
        size = push_bytes(
            event=self.kind,
            activity_type=self.activity_type,
            title=content.title,
            message=content.message,
            state=content.state,
            attributes=content.attributes,
        )
        if size > PUSH_BYTES:
            return f"the push has {size:,} bytes; Apple refuses more than {PUSH_BYTES:,}"
        together = activity_bytes(state=content.state, attributes=attributes)
        if together > ACTIVITY_BYTES:
            return f"attributes and state together have {together:,} bytes; phones drop more than {ACTIVITY_BYTES:,}"
        if decode is None:
            return None
        if self.kind == "start":
            why = decode(self.activity_type, "attributes", attributes)
            if why is not None:
                return why
        return decode(self.activity_type, "state", content.state)
