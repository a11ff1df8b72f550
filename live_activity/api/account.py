"""The account: where calls go."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import SecretStr

from live_activity.api import RateLimiter
from live_activity.core.clock import Clock
from live_activity.core.settings import Settings, data_folder, settings


@dataclass(frozen=True, slots=True)
class Account:
    """Base URL, key and limits of one account; `requests_per_minute` holds for each endpoint, 0 is no limit."""

    base_url: str
    api_key: SecretStr
    requests_per_minute: int = 1000
    batch_size: int = 10_000


def account_of_environment(settings: Settings) -> Account | None:
    """The account that the environment names, which takes precedence over any other; None where it names none."""
    if settings.base_url is None or settings.api_key is None:
        return None
    return Account(settings.base_url, settings.api_key, settings.requests_per_minute, settings.batch_size)


def shared_rate_limiter(account: Account, clock: Clock, *, name: str) -> RateLimiter:
    """The rate limiter that all workers of an account share.

    Over all machines where a Redis is set, else over the processes of this one. `name` is the account's name.
    """
    shared_by = f"{name} {account.base_url}"
    redis_url = settings().redis_url
    if redis_url is not None:
        return RateLimiter.of_all_machines(
            account.requests_per_minute, clock, redis_url=redis_url.get_secret_value(), account=shared_by
        )
    return RateLimiter.of_machine(
        account.requests_per_minute, clock, folder=data_folder() / "pace", account=shared_by
    )
