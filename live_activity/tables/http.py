"""Tables on the web: one GET, and with the last answer's validators one that costs nothing while nothing changes."""

from __future__ import annotations

import gzip
import time
import zlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from live_activity.core.credentials import credentials_of
from live_activity.core.findings import invalid

# Real time: a table that takes longer is a failed reading, and is tried again. The first is for each wait; the whole
# answer has its own limit, as a server that drips never lets a wait run out.
TIMEOUT = httpx.Timeout(20.0, connect=10.0)
WHOLE_SECONDS = 30.0
_GZIP = b"\x1f\x8b"
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

    Raises `InvalidInput`, never with the URL, which may hold credentials.
    """
    # httpx takes a compressed answer that was cut off for a whole one, so it is opened here.
    headers = {"Accept-Encoding": "gzip", **credentials_of(url).headers}
    if known is not None and known.etag:
        headers["If-None-Match"] = known.etag
    if known is not None and known.modified:
        headers["If-Modified-Since"] = known.modified
    try:
        with (
            httpx.Client(timeout=TIMEOUT, follow_redirects=True) as client,
            client.stream("GET", url, headers=headers) as answer,
        ):
            content = _whole(answer) if answer.status_code == httpx.codes.OK else b""
    except httpx.InvalidURL:
        raise invalid("unreadable", "its address is no URL; check it", where=where) from None
    except httpx.TimeoutException:
        raise invalid("unreadable", "does not answer in time; try again later", where=where) from None
    except httpx.HTTPError as error:
        raise invalid(
            "unreadable", f"cannot be reached ({type(error).__name__}); check the link", where=where
        ) from None
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise invalid("unreadable", "was cut off on its way; it is asked for again", where=where) from None
    if answer.status_code == httpx.codes.NOT_MODIFIED and known is not None:
        return None
    if answer.status_code in (401, 403):
        what = f"may not be read (HTTP {answer.status_code}); open it to whoever has the link, or name credentials"
        raise invalid("unreadable", what, where=where)
    if answer.status_code in (404, 410):
        what = f"is not there (HTTP {answer.status_code}); check the link"
        raise invalid("no_such_file", what, where=where)
    if answer.status_code != httpx.codes.OK:
        raise invalid("unreadable", f"cannot be read (HTTP {answer.status_code})", where=where)
    media = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    return Page(content, answer.headers.get("etag"), answer.headers.get("last-modified"), _KINDS.get(media))


def _whole(answer: httpx.Response) -> bytes:
    """The answer's bytes to their last. Raises EOFError where what is compressed was cut off."""
    until = time.monotonic() + WHOLE_SECONDS
    parts = []
    for part in answer.iter_raw():
        parts.append(part)
        if time.monotonic() > until:
            raise httpx.ReadTimeout("the answer does not end", request=answer.request)
    content = b"".join(parts)
    encoding = answer.headers.get("content-encoding", "").strip().lower()
    if encoding in ("", "identity"):
        return content
    if encoding not in ("gzip", "x-gzip"):
        raise httpx.DecodingError(f"{encoding} was not asked for", request=answer.request)
    unpacked = gzip.decompress(content) if content else content
    # Some servers say of a file that is compressed by itself how it travels: it stays what its name says.
    by_itself = answer.url.path.endswith(".gz") and not unpacked.startswith(_GZIP)
    return content if by_itself else unpacked
