"""A stop request that could not be recorded: a small file beside the staged segment, which recovery reads."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from live_activity.core.statuses import StopStatus
from live_activity.segment.folder import Folder

# How many bytes are read at most, as another program may have put the file there.
_LONGEST = 100_000


@dataclass(frozen=True, slots=True)
class StopFile:
    """The content of the file. It is valid only for the owner that wrote it, which `lease_token` names."""

    edition_id: str
    lease_token: int
    why: StopStatus
    at: datetime
    author: str
    title: str | None = None
    message: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The stop request as the ledger records it."""
        return {
            "why": self.why,
            "at": self.at.isoformat(),
            "title": self.title,
            "message": self.message,
            "author": self.author,
        }


def write_stop_beside(folder: str, stop: StopFile) -> None:
    """Writes the file into the folder of a staged segment (a path or any fsspec URL); an existing one is kept.

    Raises OSError, and whatever else a store raises, where that cannot be written either.
    """
    inside, name = Folder(folder), _name(stop.lease_token)
    if inside.has(name):
        return
    with inside.written(name) as file:
        file.write(json.dumps({**asdict(stop), "at": stop.at.isoformat()}).encode())


def read_stop_beside(folders: Iterable[str], *, edition_id: str, lease_token: int) -> StopFile | None:
    """The stop file that the owner with that token wrote into one of the edition's folders; None where there is none.

    A file whose content is damaged still says that the campaign was to stop: it counts as a failure.
    Raises OSError, and whatever else a store raises, where it cannot be checked whether there is one.
    """
    for folder in folders:
        inside, name = Folder(folder), _name(lease_token)
        if not inside.has(name):
            continue
        with inside.read(name) as file:
            written = file.read(_LONGEST)
        try:
            values = json.loads(written)
            stop = StopFile(**{**values, "at": datetime.fromisoformat(values["at"])})
        except (ValueError, TypeError, KeyError):
            now = datetime.now().astimezone()
            stop = StopFile(edition_id, lease_token, "failed", now, "an unreadable stop file")
        if (stop.edition_id, stop.lease_token) == (edition_id, lease_token):
            return stop
    return None


def remove_stop_beside(folder: str, *, lease_token: int) -> None:
    """Deletes the file, once the ledger has it."""
    Folder(folder).remove(_name(lease_token))


def _name(lease_token: int) -> str:
    return f"stop-{lease_token}.json"
