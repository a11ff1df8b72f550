"""The account: where calls go."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from pydantic import SecretStr

from live_activity.api import RateLimiter
from live_activity.api.endpoints import ENDPOINTS, PREFIX
from live_activity.core.clock import Clock
from live_activity.core.findings import Finding
from live_activity.core.http_environment import is_loopback
from live_activity.core.settings import Settings, data_folder, settings

# The account of this name reaches no real phone.
SANDBOX_ACCOUNT = "sandbox"


@dataclass(frozen=True, slots=True, init=False)
class Account:
    """Base URL, key and limits of one account; `requests_per_minute` holds for each endpoint, 0 is no limit."""

    base_url: str
    api_key: SecretStr
    requests_per_minute: int
    batch_size: int

    def __init__(
        self,
        base_url: str,
        api_key: SecretStr | str,
        requests_per_minute: int = 1000,
        batch_size: int = 10_000,
    ) -> None:
        secret = api_key if isinstance(api_key, SecretStr) else SecretStr(api_key or "")
        # The dataclass is frozen, so its fields are set this way. A key given as text is wrapped, so it is never shown.
        object.__setattr__(self, "base_url", base_url or "")
        object.__setattr__(self, "api_key", secret)
        object.__setattr__(self, "requests_per_minute", requests_per_minute)
        object.__setattr__(self, "batch_size", batch_size)

    def findings(self) -> Iterator[Finding]:
        """Findings about the form of the base URL and of the key."""
        if (problem := base_url_problem(self.base_url)) is not None:
            yield Finding.error("wrong_base_url", problem, where="account", column="base_url")
        if (problem := api_key_problem(self.api_key)) is not None:
            yield Finding.error("wrong_api_key", problem, where="account", column="api_key")


def account_of_environment(settings: Settings) -> Account | None:
    """The account that the environment names, which takes precedence over any other; None where it names none."""
    if settings.base_url is None or settings.api_key is None:
        return None
    return Account(settings.base_url, settings.api_key, settings.requests_per_minute, settings.batch_size)


def reaches_nobody(name: str, settings: Settings) -> bool:
    """Whether an account reaches no real phone: it is the sandbox account, and the environment does not replace it.

    An address of the environment that is on this machine counts as a sandbox as well.
    """
    chosen = account_of_environment(settings)
    if name != SANDBOX_ACCOUNT:
        return False
    return chosen is None or _on_this_machine(chosen.base_url)


def _on_this_machine(base_url: str) -> bool:
    try:
        return is_loopback(urlsplit(base_url).hostname or "")
    except ValueError:
        return False


def environment_findings(settings: Settings) -> Iterator[Finding]:
    """Findings about the account that the environment names; none where it names no account."""
    if settings.base_url is None and settings.api_key is None:
        return
    if settings.api_key is None:
        message = (
            "is missing, while LIVE_ACTIVITY_BASE_URL is set; set both, or neither to use the account block"
        )
        yield Finding.error("no_account", message, where="LIVE_ACTIVITY_API_KEY")
    elif (problem := api_key_problem(settings.api_key)) is not None:
        yield Finding.error("wrong_api_key", problem, where="LIVE_ACTIVITY_API_KEY")
    if settings.base_url is None:
        message = (
            "is missing, while LIVE_ACTIVITY_API_KEY is set; set both, or neither to use the account block"
        )
        yield Finding.error("no_account", message, where="LIVE_ACTIVITY_BASE_URL")
    elif (problem := base_url_problem(settings.base_url)) is not None:
        yield Finding.error("wrong_base_url", problem, where="LIVE_ACTIVITY_BASE_URL")
    elif path := _foreign_path(settings.base_url):
        message = (
            f"has a path of its own ({path}), to which {PREFIX} is added; remove it unless a gateway needs it"
        )
        yield Finding.warning("base_url_path", message, where="LIVE_ACTIVITY_BASE_URL")


def base_url_problem(base_url: str) -> str | None:
    """The problem with the form of a base URL, and its fix; None where there is none."""
    form = "write it like https://live-activity.api.example.com"
    try:
        parts = urlsplit(base_url.strip())
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return f"is not a web address; {form}"
    if not usable or any(character.isspace() for character in base_url.strip()):
        return f"is not a web address; {form}"
    if "@" in parts.netloc:
        return f"holds a user or a password; {form}"
    if parts.query or parts.fragment:
        return f"has a query or a fragment; {form}"
    path = parts.path.rstrip("/")
    if path.endswith(PREFIX.rstrip("/")):
        return None
    own = {*PREFIX.strip("/").split("/"), *(endpoint.path for endpoint in ENDPOINTS)}
    if any(part.casefold() in own for part in path.split("/") if part):
        return (
            f"ends in {path}, and calls would go to {path}{PREFIX}..., where the API answers 404; write the host "
            f"alone, or the whole prefix {PREFIX}"
        )
    return None


def api_key_problem(api_key: SecretStr) -> str | None:
    """The problem with the form of a key, without the key itself; None where there is none."""
    key = api_key.get_secret_value().strip()
    if not key:
        return "is empty; set it to the account's key"
    if key.casefold().startswith(("bearer ", "x-api-key:", "basic ")):
        return "holds more than the key; it is sent as X-Api-Key by itself, so write the key alone"
    if key[0] in "\"'" or key[-1] in "\"'":
        return "begins or ends with a quotation mark; write the key alone"
    if not key.isascii() or not key.isprintable() or " " in key:
        return "has a character that no header can carry; copy it again"
    return None


def _foreign_path(base_url: str) -> str:
    path = urlsplit(base_url.strip()).path.rstrip("/")
    return "" if path == PREFIX.rstrip("/") else path.removesuffix(PREFIX.rstrip("/"))


def shared_rate_limiter(account: Account, clock: Clock, *, name: str) -> RateLimiter:
    """The rate limiter that all workers of an account share; across machines where a Redis is configured.

    `name` is the account's name.
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
