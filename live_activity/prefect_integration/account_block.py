"""The account as a Prefect block: the form chooses it by name, and its key is never shown."""

from __future__ import annotations

from typing import Any, ClassVar, cast

from prefect.blocks.core import Block
from prefect.client.orchestration import get_client
from prefect.exceptions import ObjectNotFound
from pydantic import Field, SecretStr

from live_activity.api.account import Account, account_of_environment
from live_activity.core.findings import InvalidInput, invalid
from live_activity.core.settings import settings
from live_activity.core.suggestions import did_you_mean


class LiveActivityAccount(Block):
    """Where the calls of campaigns go: address, key and limits of one account."""

    _block_type_name: ClassVar[str | None] = "Live Activity account"
    _block_type_slug: ClassVar[str | None] = "live-activity-account"
    _description: ClassVar[str | None] = (
        "Where the calls of campaigns go: address, key and limits of one account."
    )

    base_url: str = Field(
        title="Address",
        pattern=r"^https?://[^\s/]+",
        description="Where the API is reached, without its path: https://live-activity.api.example.com",
    )
    api_key: SecretStr = Field(
        title="Key", description="The API key, sent with every call and shown nowhere."
    )
    requests_per_minute: int = Field(
        1000, ge=0, title="Requests a minute", description="The rate limit of each endpoint; 0 is no limit."
    )
    batch_size: int = Field(
        10_000, ge=1, le=10_000, title="Largest batch", description="How many people go into one call."
    )

    def account(self) -> Account:
        """The account that calls are made with."""
        return Account(self.base_url.rstrip("/"), self.api_key, self.requests_per_minute, self.batch_size)


async def account_named(name: str) -> Account:
    """Returns the account of that name; an account that is set in the environment wins over it.

    Raises `InvalidInput`, with the nearest names, if there is no account of that name.
    """
    chosen = account_of_environment(settings())
    if chosen is not None:
        return chosen
    try:
        block: LiveActivityAccount = await cast(Any, LiveActivityAccount).aload(name)
    except ValueError:  # what Prefect raises for a block that does not exist
        async with get_client() as client:
            raise await _no_such(client, name) from None
    return block.account()


async def _no_such(client: Any, name: str) -> InvalidInput:
    try:
        kind = await client.read_block_type_by_slug(LiveActivityAccount.get_block_type_slug())
        names = [each.name for each in await client.read_block_documents_by_type(kind.slug) if each.name]
    except ObjectNotFound:
        names = []
    near = did_you_mean(name, names) or (f"; there are {', '.join(sorted(names))}" if names else "")
    return invalid(
        "no_account",
        f"there is no account {name!r}{near}; accounts are blocks of the type Live Activity account, "
        "or set LIVE_ACTIVITY_BASE_URL and LIVE_ACTIVITY_API_KEY",
        where="parameters",
        column="account",
    )
