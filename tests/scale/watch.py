"""Reads the ledger while campaigns run: who plays which campaign, and how far the large one is."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select

from live_activity.engine.steering.send import ask
from live_activity.ledger import Database, EditionRecord, all_editions
from live_activity.ledger.schema import editions, pushes
from tests.scale.inputs import LARGE


@dataclass(frozen=True, slots=True)
class Owner:
    """The owner of a campaign: host name, process id and lease token."""

    host: str
    pid: int
    lease_token: int


class Ledger:
    """Reads the ledger of the run, and approves campaigns as a person does."""

    def __init__(self, url: str) -> None:
        self._database = Database(url)
        self._approved: set[str] = set()

    def close(self) -> None:
        """Closes the connections."""
        self._database.close()

    def campaigns(self) -> dict[str, EditionRecord]:
        """Returns the edition of each campaign, by its name."""
        return {each.name: each for each in all_editions(self._database)}

    def owners(self) -> dict[str, Owner]:
        """Returns the owners of the campaigns that are not over, by the campaign's name."""
        return {
            name: Owner(str(record.owner["host"]), int(record.owner["pid"]), record.lease_token)
            for name, record in self.campaigns().items()
            if record.owner is not None and not record.finished
        }

    def approve_what_waits(self) -> None:
        """Approves every campaign that waits for approval, as `live-activity steer NAME approve` does."""
        for name, record in self.campaigns().items():
            waiting = record.decision is not None and record.decision.get("answer") is None
            if waiting and not record.finished and record.id not in self._approved:
                asked = ask(self._database, name, "approve", {}, author="scale", wait_seconds=0.3)
                if asyncio.run(asked).done:
                    self._approved.add(record.id)

    def pushed(self, kind: str) -> int:
        """Returns how many pushes of that kind the large campaign has recorded."""
        counted = (
            select(func.count())
            .select_from(pushes.join(editions, pushes.c.edition_id == editions.c.id))
            .where(editions.c.name == LARGE, pushes.c.kind == kind)
        )
        with self._database.reading() as connection:
            return int(connection.execute(counted).scalar_one())


def taken_over(before: Mapping[str, Owner], record: Mapping[str, EditionRecord]) -> set[str]:
    """Returns the campaigns of `before` that another run has taken over, or that are over."""
    return {
        name
        for name, owner in before.items()
        if record[name].finished or record[name].lease_token > owner.lease_token
    }
