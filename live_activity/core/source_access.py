"""What a campaign may use to open its tables, beyond what is open to everybody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from live_activity.core.credentials import (
    NO_CREDENTIALS,
    Credentials,
    database_by_environment,
    variable_of,
)
from live_activity.core.findings import invalid


@dataclass(frozen=True, slots=True)
class SourceAccess:
    """Made where a campaign is read and passed to the code that opens its tables; campaigns do not share it.

    It is never a parameter of a flow or a task: those are recorded, and shown.

    `credentials` are those that the run may use, by the names of their blocks; `chosen` is the name of those for the
    campaign's own tables. `functions` are the Python functions that its file or its program names, and modules in
    `folder`, the file's own, are found after all others.
    """

    credentials: Mapping[str, Credentials] = field(default_factory=dict, repr=False)
    chosen: str | None = None
    functions: frozenset[str] = frozenset()
    folder: str | None = None

    def database_named(self, name: str, *, where: str) -> str:
        """The address of the database that a saved query names. Raises `InvalidInput` where no address is known."""
        given = database_by_environment(name)
        known = self.credentials.get(name)
        found = given or (known.database_url if known is not None else None)
        if not found:
            raise invalid(
                "no_database",
                f"nothing says where the database {name!r} is; make a block of the type Live Activity source of that "
                f"name, or set {variable_of(name)}",
                where=where,
                column="database",
            )
        return found

    def credentials_of(self, url: str) -> Credentials:
        """The credentials that the campaign chose, where they are for this address; else none."""
        chosen = self._chosen()
        return chosen if chosen is not None and chosen.is_for(url) else NO_CREDENTIALS

    def headers_for(self, url: str, *, asked: str) -> Mapping[str, str]:
        """The secret headers of a request to `url`, which is `asked` itself or where it was redirected to.

        Credentials that name their host go to that host. Others go to the host that was asked first, and to no other
        one. None are sent unencrypted after an encrypted request.
        """
        chosen = self._chosen()
        if chosen is None or not chosen.is_for(url):
            return {}
        if urlsplit(asked).scheme == "https" and urlsplit(url).scheme != "https":
            return {}
        return chosen.headers if chosen.host or _same_host(url, asked) else {}

    def _chosen(self) -> Credentials | None:
        return self.credentials.get(self.chosen) if self.chosen is not None else None


PUBLIC_ACCESS = SourceAccess()


def _same_host(url: str, other: str) -> bool:
    one, two = urlsplit(url), urlsplit(other)
    if one.hostname != two.hostname:
        return False
    ports = {"http": 80, "https": 443}
    same_port = (one.port or ports.get(one.scheme)) == (two.port or ports.get(two.scheme))
    upgraded = (two.scheme, one.scheme) == ("http", "https") and one.port is None and two.port is None
    return (same_port and one.scheme == two.scheme) or upgraded
