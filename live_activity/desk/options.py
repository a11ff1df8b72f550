"""Options of the desk."""

from __future__ import annotations

import getpass
import secrets
from dataclasses import dataclass, field
from urllib.parse import urlsplit

LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]")
# A token that can be guessed protects nothing.
SHORTEST_SECRET = 16


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container without an entry for its user
        return "desk"


@dataclass(frozen=True)
class DeskOptions:
    """The options of the desk.

    `token` opens the desk for anyone who knows it. With `proxy_secret` people sign in at a proxy instead: its headers
    are trusted only together with the secret, and the token is not accepted. `allowed_hosts` are further names by
    which the desk is reached. `metrics_token` lets a Prometheus read `/metrics` and nothing else. `prefect_ui` is the
    address of the Prefect UI, for links to flow runs. Raises ValueError for options that cannot be used.
    """

    token: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    proxy_secret: str | None = field(default=None, repr=False)
    metrics_token: str | None = field(default=None, repr=False)
    allowed_hosts: tuple[str, ...] = ()
    prefect_ui: str | None = None
    user: str = field(default_factory=_user)
    wait_seconds: float = 8.0

    def __post_init__(self) -> None:
        for name, secret in (
            ("token", self.token),
            ("proxy secret", self.proxy_secret),
            ("metrics token", self.metrics_token),
        ):
            if secret is not None and len(secret) < SHORTEST_SECRET:
                raise ValueError(
                    f"the {name} is shorter than {SHORTEST_SECRET} characters; choose a longer one"
                )
        if self.prefect_ui is not None and urlsplit(self.prefect_ui).scheme not in ("http", "https"):
            raise ValueError("the address of Prefect's UI must begin with http:// or https://")

    def is_allowed_host(self, host: str) -> bool:
        """Whether a request's Host header names this desk; the port does not matter."""
        name, colon, port = host.rpartition(":") if not host.endswith("]") else (host, "", "")
        if colon and not (port.isascii() and port.isdecimal()):
            return False
        name = name if colon else host
        return name.lower() in {*LOOPBACK_NAMES, *(each.lower() for each in self.allowed_hosts)}
