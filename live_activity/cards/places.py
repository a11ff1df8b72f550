"""Assigns fields to the places of a card, by a card file or by what their names say."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from live_activity.cards.card_file import CardFile
from live_activity.cards.fields import Field


class Places:
    """The fields that have no place yet; `take` and `remove` take fields out."""

    def __init__(self, fields: Iterable[Field], card: CardFile | None) -> None:
        self.card = card or CardFile()
        hidden = [*self.card.hide]
        self.left = [field for field in fields if not any(_is(field, name) for name in hidden)]
        self._named = {name for key, name in self.card.fields() if key not in ("labels", "rows", "hide")}

    def named(self, place: str) -> Field | None:
        """The field that the card file puts at a place."""
        name = self.card.field_at(place)
        return self.find(name) if name is not None else None

    def find(self, name: str) -> Field | None:
        """The field of a name, dotted or bare, among those that are left."""
        return next((field for field in self.left if _is(field, name)), None)

    def free(self) -> list[Field]:
        """The fields that the card file puts nowhere, and that are for people."""
        return [
            field
            for field in self.left
            if not field.is_hidden and not any(_is(field, name) for name in self._named)
        ]

    def take(
        self,
        place: str,
        kinds: Collection[str],
        words: Sequence[str] | frozenset[str],
        *,
        without: Collection[str] = (),
    ) -> Field | None:
        """The field for a place: the card file's, else the first by the order of `words`, the state's before others."""
        found = self.named(place) or self.peek(kinds, words, without=without)
        self.remove(found)
        return found

    def peek(
        self,
        kinds: Collection[str],
        words: Sequence[str] | frozenset[str],
        *,
        without: Collection[str] = (),
    ) -> Field | None:
        """The field that `take` would find by its words; it stays."""
        ranks = (
            {word: rank for rank, word in enumerate(words)}
            if isinstance(words, tuple)
            else dict.fromkeys(words, 0)
        )
        candidates = []
        for number, field in enumerate(self.free()):
            if field.kind not in kinds or field.has(tuple(without)):
                continue
            rank = min((ranks[word] for word in field.words if word in ranks), default=None)
            if rank is not None:
                candidates.append((rank, len(field.words), field.source != "state", number, field))
        return min(candidates, key=lambda each: each[:4])[4] if candidates else None

    def remove(self, *fields: Field | None) -> None:
        """Takes fields out."""
        self.left = [field for field in self.left if not any(field is each for each in fields)]


def _is(field: Field, name: str) -> bool:
    return name in (field.name, ".".join(field.path))
