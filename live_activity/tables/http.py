"""Tables on the web: one GET a reading, conditional where the last answer had validators (RFC 9110, section 13)."""

from __future__ import annotations

import io
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.message import Message
from email.utils import parsedate_to_datetime

import httpx

from live_activity.core.findings import Finding, InvalidInput, invalid
from live_activity.core.http_environment import client
from live_activity.core.source_access import PUBLIC_ACCESS, SourceAccess

# Real time. These hold for each wait; the whole answer to a poll has a limit of its own, as a server that drips never
# lets a wait run out. A segment may take as long as its bytes arrive.
TIMEOUT = httpx.Timeout(20.0, connect=10.0)
POLL_SECONDS = 30.0
POLL_BYTES = 256 * 1024 * 1024
DOWNLOAD_BYTES = 16 * 1024**3
MOST_REDIRECTS = 10
# A server that asks to be left alone for longer is asked again after this time.
LONGEST_RETRY_AFTER = 600.0
_GZIP = b"\x1f\x8b"
_BLOCK = 1 << 20
_KINDS = {
    "text/csv": "csv",
    "text/tab-separated-values": "tsv",
    "application/json": "json",
    "application/x-ndjson": "jsonl",
    "application/jsonl": "jsonl",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.apache.parquet": "parquet",
}


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
        """The answer's Last-Modified."""
        try:
            found = parsedate_to_datetime(self.modified or "")
        except ValueError:
            return None
        return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


class ServerBusy(InvalidInput):
    """The server answered 429 or 503; `retry_after` are the seconds that it asks to wait, None where it names none."""

    def __init__(self, finding: Finding, *, retry_after: float | None) -> None:
        super().__init__([finding])
        self.retry_after = retry_after


def is_web(path: str) -> bool:
    """Whether the path is a web address."""
    return path.lower().startswith(("http://", "https://"))


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
    with _errors_in_one_line(where), _answer(url, headers, access) as answer:
        if answer.status_code == httpx.codes.NOT_MODIFIED and known is not None:
            return None
        _check_status(answer, where=where)
        page = _page(answer)
        written = 0
        for part in _decoded(answer, seconds=seconds):
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
        kind=_KINDS.get(message.get_content_type()) if answer.headers.get("content-type") else None,
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


@contextmanager
def _errors_in_one_line(where: str) -> Iterator[None]:
    try:
        yield
    except httpx.InvalidURL:
        raise invalid("unreadable", "its address is not a valid URL; check it", where=where) from None
    except httpx.TimeoutException:
        raise invalid("unreadable", "does not answer in time; try again later", where=where) from None
    except httpx.ProxyError:
        what = "cannot be reached through the proxy of the environment; check HTTPS_PROXY and NO_PROXY"
        raise invalid("unreadable", what, where=where) from None
    except httpx.TooManyRedirects:
        raise invalid(
            "unreadable", f"redirects more than {MOST_REDIRECTS} times; check the link", where=where
        ) from None
    except httpx.RemoteProtocolError:
        raise invalid(
            "unreadable", "the connection was closed before the end; it is asked for again", where=where
        ) from None
    except httpx.HTTPError as error:
        if "CERTIFICATE_VERIFY_FAILED" in str(error):
            what = (
                "its certificate is not trusted; where your network has a certificate authority of its own, name "
                "its file in SSL_CERT_FILE"
            )
        else:
            what = f"cannot be reached ({type(error).__name__}); check the link"
        raise invalid("unreadable", what, where=where) from None
    except (EOFError, zlib.error):
        raise invalid("unreadable", "was cut off on its way; it is asked for again", where=where) from None
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise invalid(
            "unreadable", f"cannot be read ({why}); check SSL_CERT_FILE, if it is set", where=where
        ) from None
    except (ImportError, ValueError):
        what = "cannot be reached: the environment's proxy has a URL that cannot be used; check HTTPS_PROXY"
        raise invalid("unreadable", what, where=where) from None


def _check_status(answer: httpx.Response, *, where: str) -> None:
    status = answer.status_code
    if status == httpx.codes.OK:
        return
    if status in (429, 503):
        wait = retry_after_seconds(answer.headers.get("retry-after"))
        asks = f", and asks to wait {wait:,.0f} s" if wait else ""
        finding = Finding.error(
            "unreadable", f"is busy (HTTP {status}){asks}; it is asked again", where=where
        )
        raise ServerBusy(finding, retry_after=wait)
    if status in (401, 403):
        what = f"may not be read (HTTP {status}); open it to whoever has the link, or name source credentials"
        raise invalid("unreadable", what, where=where)
    if status in (404, 410):
        raise invalid("no_such_file", f"is not there (HTTP {status}); check the link", where=where)
    raise invalid("unreadable", f"cannot be read (HTTP {status})", where=where)


def retry_after_seconds(value: str | None, *, now: datetime | None = None) -> float | None:
    """The seconds that a Retry-After header asks for, at most ten minutes; None where it is absent or unreadable."""
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:9]), LONGEST_RETRY_AFTER)
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return None
    until = until if until.tzinfo is not None else until.replace(tzinfo=UTC)
    return min(max(0.0, (until - (now or datetime.now(UTC))).total_seconds()), LONGEST_RETRY_AFTER)


def _decoded(answer: httpx.Response, *, seconds: float | None) -> Iterator[bytes]:
    """The content in pieces. Raises EOFError or zlib.error where a compressed one was cut off or damaged."""
    parts = _in_time(answer, seconds=seconds)
    encoding = answer.headers.get("content-encoding", "").strip().lower()
    if encoding in ("", "identity"):
        yield from parts
        return
    if encoding not in ("gzip", "x-gzip"):
        raise httpx.DecodingError(f"{encoding} was not asked for", request=answer.request)
    if not answer.url.path.endswith(".gz"):
        yield from gunzipped(parts)
        return
    # Some servers name the compression of a .gz file as its transfer encoding: it stays what its name says.
    packed = b"".join(parts)
    unpacked = gunzipped([packed])
    first = next(unpacked, b"")
    if first.startswith(_GZIP):
        yield first
        yield from unpacked
        return
    for _ in unpacked:
        pass
    yield packed


def _in_time(answer: httpx.Response, *, seconds: float | None) -> Iterator[bytes]:
    until = time.monotonic() + seconds if seconds is not None else None
    for part in answer.iter_raw():
        yield part
        if until is not None and time.monotonic() > until:
            raise httpx.ReadTimeout("the answer does not end", request=answer.request)


def gunzipped(parts: Iterable[bytes]) -> Iterator[bytes]:
    """The content of gzip data, in pieces of bounded size. Raises EOFError or zlib.error where it is not whole."""
    unpacking = None
    for part in parts:
        data = part
        while data:
            if unpacking is None:
                data = data.lstrip(b"\0")  # padding between members
                if not data:
                    break
                unpacking = zlib.decompressobj(wbits=31)
            piece = unpacking.decompress(data, _BLOCK)
            if piece:
                yield piece
            if unpacking.eof:
                data, unpacking = unpacking.unused_data, None
            else:
                data = unpacking.unconsumed_tail
                if not data and len(piece) == _BLOCK:
                    while piece := unpacking.decompress(b"", _BLOCK):
                        yield piece
                    if unpacking.eof:
                        data, unpacking = unpacking.unused_data, None
    if unpacking is not None:
        raise EOFError("the compressed data ends too early")
