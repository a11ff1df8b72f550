"""Title and message of a push. They make phones alert, so each goes along once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from live_activity.core.content import Content, same_json


@dataclass(frozen=True, slots=True)
class Words:
    """The title and message of one row, known by the row's due time; `due` is None for words given by hand.

    Neither row numbers nor positions take part: rows may leave a feed, or come in front of others.
    """

    title: str | None
    message: str | None
    due: datetime | None

    @classmethod
    def of(cls, content: Content, due: datetime | None) -> Words:
        """The words of a content."""
        return cls(content.title, content.message, due)

    def __bool__(self) -> bool:
        return self.title is not None or self.message is not None


@dataclass(frozen=True, slots=True)
class WordsByHand:
    """A title or a message that somebody sent by hand at `at`: it goes with one push only."""

    title: str | None
    message: str | None
    at: datetime


def same_state(one: Content, other: Content) -> bool:
    """Whether two contents differ in nothing but their words."""
    if one == other:
        return True
    if (one.title, one.message) == (other.title, other.message):
        return False
    return same_json(one.state, other.state)
