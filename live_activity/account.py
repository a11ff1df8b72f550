"""The account: where calls go."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import SecretStr

from live_activity.settings import Settings


@dataclass(frozen=True, slots=True)
class Account:
    """Base URL, key and limits of one account; `requests_per_minute` holds for each endpoint, 0 is no limit."""

    base_url: str
    api_key: SecretStr
    requests_per_minute: int = 1000
    batch_size: int = 10_000


def account_of_environment(settings: Settings) -> Account | None:
    """The account that the environment names, which wins over any other; None where it names none."""
    if settings.base_url is None or settings.api_key is None:
        return None
    return Account(settings.base_url, settings.api_key, settings.requests_per_minute, settings.batch_size)
