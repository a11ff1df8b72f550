"""Credentials of sources as Prefect blocks: the form chooses them by name, and they are never shown."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from typing import Any, ClassVar, cast

from prefect.blocks.core import Block
from prefect.blocks.fields import SecretDict
from pydantic import Field, SecretStr

from live_activity.campaign.model import Campaign
from live_activity.core.credentials import Credentials, database_by_environment
from live_activity.core.findings import invalid
from live_activity.core.source_access import PUBLIC_ACCESS, SourceAccess
from live_activity.sources.saved_query import database_name


class LiveActivitySource(Block):
    """The credentials of a source of timelines and segments: a database, a web address, or a file store."""

    _block_type_name: ClassVar[str | None] = "Live Activity source"
    _block_type_slug: ClassVar[str | None] = "live-activity-source"
    _description: ClassVar[str | None] = (
        "The database of saved queries, or what opens web addresses and stores."
    )

    database_url: SecretStr | None = Field(
        None, title="Database", description="For saved queries: postgresql://user:password@host/name"
    )
    headers: SecretDict = Field(
        SecretDict({}), title="Headers", description="Sent with every request for a table on the web."
    )
    storage_options: SecretDict = Field(
        SecretDict({}),
        title="Storage options",
        description="For s3://, gs://, sftp:// and other stores, as fsspec takes them.",
    )
    host: str = Field(
        "", title="Host", description="The only host or bucket that they are for. Empty: every one."
    )

    def credentials(self) -> Credentials:
        """The credentials without Prefect."""
        return Credentials(
            database_url=self.database_url.get_secret_value() if self.database_url is not None else None,
            headers={str(name): str(value) for name, value in self.headers.get_secret_value().items()},
            storage_options=dict(self.storage_options.get_secret_value()),
            host=self.host,
        )


async def access_by_blocks(asked: Campaign, access: SourceAccess = PUBLIC_ACCESS) -> SourceAccess:
    """Returns `access` with the credentials of the blocks that the campaign and its saved query name.

    Raises `InvalidInput` if there is no block of that name.
    """
    found = {name: await source_named(name) for name in blocks_named(asked)}
    return replace(access, credentials=found, chosen=asked.source_credentials)


def access_at_shell(asked: Campaign) -> SourceAccess:
    """The same from a shell, outside of any run; without a Prefect server only the environment has credentials."""
    if not blocks_named(asked) or not os.environ.get("PREFECT_API_URL"):
        return PUBLIC_ACCESS
    return asyncio.run(access_by_blocks(asked))


def blocks_named(asked: Campaign) -> list[str]:
    """The blocks that the campaign and its saved query name; a database that is set in the environment needs none."""
    database = database_name(asked.timeline)
    if database is not None and database_by_environment(database):
        database = None
    return [name for name in (asked.source_credentials, database) if name is not None]


async def source_named(name: str, *, field: str | None = None) -> Credentials:
    """Returns what the block of that name holds. Raises `InvalidInput`, at the form's `field`, if there is none."""
    try:
        block: LiveActivitySource = await cast(Any, LiveActivitySource).aload(name)
    except ValueError:  # what Prefect raises for a block that does not exist
        raise invalid(
            "no_source_block",
            f"there is no block {name!r} of the type Live Activity source; create one, or correct the name",
            where="parameters",
            column=field,
        ) from None
    return block.credentials()
