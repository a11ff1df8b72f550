"""Tables on the web: one GET, and with the last answer's validators one that costs nothing while nothing changes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from live_activity.credentials import credentials_of
from live_activity.findings import wrong

# Real time: a table that takes longer is a failed reading, and is tried again.
TIMEOUT = httpx.Timeout(20.0, connect=10.0)
_KINDS = {
    "text/csv": "csv",
    "text/tab-separated-values": "tsv",
    "application/json": "json",
    "application/x-ndjson": "jsonl",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.apache.parquet": "parquet",
}


@dataclass(frozen=True, slots=True)
class Page:
    """What a URL answered. `kind` is the format that its content type names, None where it names none."""

    content: bytes = field(repr=False)
    etag: str | None = None
    modified: str | None = None
    kind: str | None = None

    @property
    def modified_at(self) -> datetime | None:
        """When the page says that it was changed."""
        try:
            found = parsedate_to_datetime(self.modified or "")
        except ValueError:
            return None
        return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def is_web(path: str) -> bool:
    """Whether the path is a web address."""
    return path.startswith(("http://", "https://"))


def get(url: str, *, where: str, known: Page | None = None) -> Page | None:
    """What stands there; None where it is what is `known` already, by its ETag or its Last-Modified (RFC 9110, 13).

    Raises `WrongInput`, never with the URL, which may hold credentials.
    """
    headers = dict(credentials_of(url).headers)
    if known is not None and known.etag:
        headers["If-None-Match"] = known.etag
    if known is not None and known.modified:
        headers["If-Modified-Since"] = known.modified
    try:
        with httpx.Client(timeout=TIMEOUT, follow_redirects=True) as client:
            answer = client.get(url, headers=headers)
    except httpx.InvalidURL:
        raise wrong("unreadable", "its address is no URL; check it", where=where) from None
    except httpx.TimeoutException:
        raise wrong("unreadable", "does not answer in time; try again later", where=where) from None
    except httpx.HTTPError as error:
        raise wrong(
            "unreadable", f"cannot be reached ({type(error).__name__}); check the link", where=where
        ) from None
    if answer.status_code == httpx.codes.NOT_MODIFIED and known is not None:
        return None
    if answer.status_code in (401, 403):
        what = f"may not be read (HTTP {answer.status_code}); open it to whoever has the link, or name credentials"
        raise wrong("unreadable", what, where=where)
    if answer.status_code in (404, 410):
        what = f"is not there (HTTP {answer.status_code}); check the link"
        raise wrong("no_such_file", what, where=where)
    if answer.status_code != httpx.codes.OK:
        raise wrong("unreadable", f"cannot be read (HTTP {answer.status_code})", where=where)
    media = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    return Page(
        answer.content, answer.headers.get("etag"), answer.headers.get("last-modified"), _KINDS.get(media)
    )
