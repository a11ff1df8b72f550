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
    name = CHOSEN.get()
    chosen = NAMED.get().get(name) if name is not None else None
    if chosen is None:
        return NO_CREDENTIALS
    parts = urlsplit(url)
    fits = not chosen.host or chosen.host in (
        parts.hostname,
        parts.netloc,
        f"{parts.scheme}://{parts.netloc}",
    )
    return chosen if fits else NO_CREDENTIALS
