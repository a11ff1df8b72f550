"""Tables on the web: one GET per reading, conditional where the last answer had validators (RFC 9110, section 13)."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from email.message import Message

import httpx

from live_activity.core.findings import invalid
from live_activity.core.http_dates import http_date
from live_activity.core.http_environment import client
from live_activity.core.source_access import PUBLIC_ACCESS, SourceAccess
from live_activity.tables.formats import MEDIA_TYPES
from live_activity.tables.http_content import decoded
from live_activity.tables.http_errors import MOST_REDIRECTS, check_status, errors_in_one_line

# Real time. TIMEOUT holds for each wait; the whole answer to a poll has a limit of its own, as no wait runs out while
# a server sends byte by byte. A segment may take as long as its bytes arrive.
TIMEOUT = httpx.Timeout(20.0, connect=10.0)
POLL_SECONDS = 30.0
POLL_BYTES = 256 * 1024 * 1024
DOWNLOAD_BYTES = 16 * 1024**3


@dataclass(frozen=True, slots=True)
class Page:
    """An answer: its content and its validators.

    `kind` is the table format that its content type names, `charset` the one that the content type names; None where
    it names none. `delimited` says whether HTTP itself marked the end of the content: without that, a connection that
    was cut looks like an answer that is complete.
    """

    content: bytes = field(repr=False)
    etag: str | None = None
    modified: str | None = None
    kind: str | None = None
    charset: str | None = None
    delimited: bool = True

    @property
    def modified_at(self) -> datetime | None:
        """The answer's Last-Modified; None where it names none."""
        return http_date(self.modified)


def get(
    url: str,
    *,
    where: str,
    known: Page | None = None,
    seconds: float | None = POLL_SECONDS,
    most_bytes: int = POLL_BYTES,
    access: SourceAccess = PUBLIC_ACCESS,
) -> Page | None:
    """Reads a URL into memory; None where the server answers that it is unchanged since `known`.

    `seconds` bounds the whole answer, None only each wait for more bytes. Raises `InvalidInput`, never with the URL,
    which may hold credentials; `ServerBusy` where the server asks for fewer requests.
    """
    content = io.BytesIO()
    page = _fetch(
        url,
        content.write,
        where=where,
        known=known,
        seconds=seconds,
        most_bytes=most_bytes,
        access=access,
    )
    return None if page is None else replace(page, content=content.getvalue())


def download(
    url: str,
    write: Callable[[bytes], object],
    *,
    where: str,
    most_bytes: int = DOWNLOAD_BYTES,
    access: SourceAccess = PUBLIC_ACCESS,
) -> Page:
    """Hands a URL's content to `write` piece by piece, for as long as bytes arrive; the page has no content then.

    Raises `InvalidInput`, as `get` does.
    """
    page = _fetch(url, write, where=where, known=None, seconds=None, most_bytes=most_bytes, access=access)
    assert page is not None  # only a known page can be unchanged
    return page


def _fetch(
    url: str,
    write: Callable[[bytes], object],
    *,
    where: str,
    known: Page | None,
    seconds: float | None,
    most_bytes: int,
    access: SourceAccess,
) -> Page | None:
    # httpx takes a compressed answer that was cut off for a complete one, so it is decompressed here.
    headers = {"Accept-Encoding": "gzip"}
    if known is not None and known.etag:
        headers["If-None-Match"] = known.etag
    if known is not None and known.modified:
        headers["If-Modified-Since"] = known.modified
    with errors_in_one_line(where), _answer(url, headers, access) as answer:
        if answer.status_code == httpx.codes.NOT_MODIFIED and known is not None:
            return None
        check_status(answer, where=where)
        page = _page(answer)
        written = 0
        for part in decoded(answer, seconds=seconds):
            written += len(part)
            if written > most_bytes:
                what = f"is larger than {most_bytes // 1024**2:,} MB; make it smaller"
                raise invalid("too_large", what, where=where)
            write(part)
    return page


def _page(answer: httpx.Response) -> Page:
    message = Message()
    message["Content-Type"] = answer.headers.get("content-type", "")
    encoded = answer.headers.get("content-encoding", "identity").strip().lower() not in ("", "identity")
    delimited = (
        encoded
        or "content-length" in answer.headers
        or answer.headers.get("transfer-encoding", "").lower().endswith("chunked")
    )
    charset = message.get_content_charset()
    return Page(
        b"",
        etag=answer.headers.get("etag"),
        modified=answer.headers.get("last-modified"),
        kind=MEDIA_TYPES.get(message.get_content_type()) if answer.headers.get("content-type") else None,
        charset=charset,
        delimited=delimited,
    )


@contextmanager
def _answer(url: str, headers: dict[str, str], access: SourceAccess) -> Iterator[httpx.Response]:
    """The answer after all redirects. Each hop is given only the secrets that are for its host."""
    address = httpx.URL(url)
    for _ in range(MOST_REDIRECTS + 1):
        secrets = access.headers_for(str(address), asked=url)
        with client(address.host, timeout=TIMEOUT) as http:
            request = http.build_request("GET", address, headers={**headers, **secrets})
            answer = http.send(request, stream=True, follow_redirects=False)
            try:
                if not answer.has_redirect_location:
                    yield answer
                    return
                target = answer.url.join(answer.headers["location"])
            finally:
                answer.close()
        same_host = (target.scheme, target.host, target.port) == (address.scheme, address.host, address.port)
        if same_host and not target.userinfo:
            target = target.copy_with(userinfo=address.userinfo)
        address = target
    raise httpx.TooManyRedirects("too many redirects", request=request)
