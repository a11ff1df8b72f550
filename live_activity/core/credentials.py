"""Credentials of sources: from a block that the campaign's host loaded, or from the environment.

They are chosen by name and kept out of parameters, logs and error texts.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

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

    def is_for(self, url: str) -> bool:
        """Whether they may be used for this address."""
        # In a chain of fsspec (`simplecache::s3://bucket/rows.csv`) the last part is the place.
        parts = urlsplit(_CHAIN.split(url)[-1])
        host = self.host.lower()
        return not host or host in (
            (parts.hostname or "").lower(),
            parts.netloc.rpartition("@")[2].lower(),
            f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}".lower(),
        )


NO_CREDENTIALS = Credentials()


def variable_of(name: str) -> str:
    """The environment variable that holds the address of a database of that name."""
    return PREFIX + re.sub(r"\W", "_", name).upper()


def database_by_environment(name: str) -> str | None:
    """The address of a database from the environment, which wins over a block; None where it has none."""
    return os.environ.get(variable_of(name)) or None
