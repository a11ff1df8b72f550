"""Artifacts of a run: created once, then updated in place. A failure to write one is logged once."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from typing import Any, Literal
from uuid import UUID

from prefect import get_client
from prefect.client.schemas.actions import ArtifactCreate, ArtifactUpdate
from prefect.context import FlowRunContext

from live_activity.prefect_integration.run_logger import run_logger

ArtifactType = Literal["markdown", "table", "progress", "image"]


class Artifacts:
    """The artifacts of one flow run. Their keys begin with `of`, so they are the same in every run of a campaign."""

    def __init__(self, of: str) -> None:
        self._of = of
        self._ids: dict[str, UUID] = {}
        self._written: dict[str, object] = {}
        self._warned = False

    async def write(self, what: str, sort: ArtifactType, data: Any, *, description: str) -> None:
        """Creates the artifact, or updates it if its data has changed. Never raises."""
        if what in self._written and self._written[what] == data:
            return
        try:
            await self._write(what, sort, data, description)
            self._written[what] = data
        except Exception as problem:  # no failure to update the UI stops the campaign
            if not self._warned:
                self._warned = True
                run_logger().warning("an artifact could not be written: %s", type(problem).__name__)

    async def _write(self, what: str, sort: ArtifactType, data: Any, description: str) -> None:
        value = json.dumps(data) if sort == "table" else data
        async with get_client() as client:
            if what in self._ids:
                await client.update_artifact(self._ids[what], ArtifactUpdate(data=value))
                return
            run = FlowRunContext.get()
            made = await client.create_artifact(
                ArtifactCreate(
                    key=f"{self._of}-{what}",
                    type=sort,
                    data=value,
                    description=description,
                    flow_run_id=run.flow_run.id if run is not None and run.flow_run is not None else None,
                )
            )
            self._ids[what] = made.id


def key_of(name: str, mode: str) -> str:
    """The beginning of the keys of a campaign's artifacts: lower-case letters, digits and dashes, unique per name."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")
    if slug != name:
        slug = f"{slug}-{hashlib.sha256(name.encode()).hexdigest()[:6]}".strip("-")
    played = {"run": "", "rehearse": "-rehearsal"}.get(mode, f"-{mode}")
    return f"{slug}{played}"
