"""One steering command to every running campaign at once: freeze everything, and resume it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from live_activity.core.findings import InvalidInput, invalid
from live_activity.engine.steering.send import CommandAnswer, ask
from live_activity.ledger import Database, EditionRecord, all_editions

# The actions that may be sent to all at once: every other action needs a look at each campaign.
FOR_EVERYTHING = ("freeze", "resume")


@dataclass(frozen=True, slots=True)
class CampaignAnswer:
    """What one campaign answered."""

    name: str
    edition_id: str
    answer: CommandAnswer


async def ask_everything(
    database: Database, action: str, *, author: str | None = None, wait_seconds: float = 30.0
) -> list[CampaignAnswer]:
    """Sends the command to all campaigns that are not over, concurrently; rehearsals are left out.

    Raises `InvalidInput` for an action that is not for all campaigns at once.
    """
    if action not in FOR_EVERYTHING:
        raise invalid(
            "not_for_everything",
            f"{action} is not sent to all campaigns at once; there are {' and '.join(FOR_EVERYTHING)}",
            where="steer",
        )
    editions = all_editions(database, unfinished=True)

    async def one(edition: EditionRecord) -> CampaignAnswer:
        try:
            answer = await ask(
                database,
                edition.name,
                action,
                {},
                author=author,
                wait_seconds=wait_seconds,
                edition_id=edition.id,
            )
        except InvalidInput as over:  # it ended in the meantime
            answer = CommandAnswer("; ".join(str(each) for each in over.findings), False)
        return CampaignAnswer(edition.name, edition.id, answer)

    return list(await asyncio.gather(*(one(each) for each in editions)))
