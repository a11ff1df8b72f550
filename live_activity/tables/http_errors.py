"""What goes wrong with a table on the web, each in one line that says what to do."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import httpx

from live_activity.core.findings import Finding, InvalidInput, invalid
from live_activity.core.http_dates import retry_after

MOST_REDIRECTS = 10
# A server that asks for a longer wait is asked again after this time.
LONGEST_RETRY_AFTER = 600.0


class ServerBusy(InvalidInput):
    """The server answered 429 or 503; `retry_after` are the seconds that it asks to wait, None where it names none."""

    def __init__(self, finding: Finding, *, retry_after: float | None) -> None:
        super().__init__([finding])
        self.retry_after = retry_after


@contextmanager
def errors_in_one_line(where: str) -> Iterator[None]:
    """Turns any error of an exchange into `InvalidInput` with its fix, and without the address."""
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
            "unreadable", "the connection was closed before the end; it is requested again", where=where
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
        raise invalid("unreadable", "was cut off on its way; it is requested again", where=where) from None
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise invalid(
            "unreadable", f"cannot be read ({why}); check SSL_CERT_FILE, if it is set", where=where
        ) from None
    except (ImportError, ValueError):
        what = "cannot be reached: the environment's proxy has a URL that cannot be used; check HTTPS_PROXY"
        raise invalid("unreadable", what, where=where) from None


def check_status(answer: httpx.Response, *, where: str) -> None:
    """Raises `InvalidInput` where the answer is not the table; `ServerBusy` where it may be one later."""
    status = answer.status_code
    if status == httpx.codes.OK:
        return
    if status in (429, 503):
        header = answer.headers.get("retry-after")
        wait = retry_after(header, now=datetime.now(UTC), longest=LONGEST_RETRY_AFTER)
        asks = f", and asks to wait {wait:,.0f} s" if wait else ""
        finding = Finding.error(
            "unreadable", f"is busy (HTTP {status}){asks}; it is asked again", where=where
        )
        raise ServerBusy(finding, retry_after=wait)
    if status in (401, 403):
        what = (
            f"may not be read (HTTP {status}); open it to everybody with the link, or name source credentials"
        )
        raise invalid("unreadable", what, where=where)
    if status in (404, 410):
        raise invalid("no_such_file", f"is not there (HTTP {status}); check the link", where=where)
    raise invalid("unreadable", f"cannot be read (HTTP {status})", where=where)
