"""Credentials of sources: from a block that whoever plays the campaign loaded, or from the environment.

They are chosen by name and kept out of parameters, logs and error texts.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from live_activity.core.findings import invalid

_CHAIN = re.compile(r"::(?=[A-Za-z][A-Za-z0-9+.-]*://)")
PREFIX = "LIVE_ACTIVITY_SOURCE_"


@dataclass(frozen=True, slots=True)
class Credentials:
    """What opens a source: a database's address, headers of web requests, options of fsspec.

    `host` says where headers are sent: a host, or a bucket with its scheme; empty means everywhere.
    """

    database_url: str | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    storage_options: Mapping[str, Any] = field(default_factory=dict, repr=False)
    host: str = ""


NO_CREDENTIALS = Credentials()

# Of the context and no parameters: a task's parameters are recorded, and shown, by whatever runs it. A campaign's
# threads and tasks inherit the context of its run, and no other campaign in the same process sees it.
NAMED: ContextVar[Mapping[str, Credentials]] = ContextVar("named_credentials", default={})  # noqa: B039  # never changed
"""The credentials that this run may use, by the names of their blocks."""
CHOSEN: ContextVar[str | None] = ContextVar("chosen_credentials", default=None)
"""The name of the credentials that the campaign chose for its own tables."""


def variable_of(name: str) -> str:
    """The environment variable that says the address of a database by its name."""
    return PREFIX + re.sub(r"\W", "_", name).upper()


def database_by_environment(name: str) -> str | None:
    """The address of a database as the environment says it, which wins over a block."""
    return os.environ.get(variable_of(name)) or None


def database_named(name: str, *, where: str) -> str:
    """The address of the database that a saved query names. Raises `InvalidInput` where nothing knows it."""
    given = database_by_environment(name)
    known = NAMED.get().get(name)
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


def credentials_of(url: str) -> Credentials:
    """The credentials that the campaign chose, where they are for this address; else none."""
    chosen = _chosen()
    return chosen if chosen is not None and _is_for(chosen, url) else NO_CREDENTIALS


def headers_for(url: str, *, asked: str) -> Mapping[str, str]:
    """The secret headers of a request to `url`, which is `asked` itself or where it was redirected to.

    Credentials that name their host go to that host. Others go to the host that was asked first, and to no other one.
    None are sent unencrypted after an encrypted request.
    """
    chosen = _chosen()
    if chosen is None or not _is_for(chosen, url):
        return {}
    if urlsplit(asked).scheme == "https" and urlsplit(url).scheme != "https":
        return {}
    return chosen.headers if chosen.host or _same_host(url, asked) else {}


def _chosen() -> Credentials | None:
    name = CHOSEN.get()
    return NAMED.get().get(name) if name is not None else None


def _is_for(credentials: Credentials, url: str) -> bool:
    # Of a chain of fsspec (`simplecache::s3://bucket/rows.csv`) the last part is the place.
    parts = urlsplit(_CHAIN.split(url)[-1])
    host = credentials.host.lower()
    return not host or host in (
        (parts.hostname or "").lower(),
        parts.netloc.rpartition("@")[2].lower(),
        f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}".lower(),
    )


def _same_host(url: str, other: str) -> bool:
    one, two = urlsplit(url), urlsplit(other)
    if one.hostname != two.hostname:
        return False
    ports = {"http": 80, "https": 443}
    same_port = (one.port or ports.get(one.scheme)) == (two.port or ports.get(two.scheme))
    upgraded = (two.scheme, one.scheme) == ("http", "https") and one.port is None and two.port is None
    return (same_port and one.scheme == two.scheme) or upgraded
