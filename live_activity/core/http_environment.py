"""What the environment says about HTTP: its certificate authorities, and for which hosts its proxies are used."""

from __future__ import annotations

import os
import ssl
from functools import lru_cache
from ipaddress import ip_address

import httpx


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, which no proxy can reach."""
    name = host.strip("[]").rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ip_address(name.partition("%")[0]).is_loopback
    except ValueError:
        return False


def ssl_context() -> ssl.SSLContext:
    """The certificates to trust: those of SSL_CERT_FILE or SSL_CERT_DIR where one is set, otherwise certifi's.

    Loading them takes longer than a request, so a context is shared by all requests until the variables or the file
    change. Raises OSError where SSL_CERT_FILE names no readable file of certificates.
    """
    file, folder = os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")
    return _context(file, folder, os.stat(file).st_mtime_ns if file else 0)


@lru_cache(maxsize=4)
def _context(file: str | None, folder: str | None, modified: int) -> ssl.SSLContext:
    return httpx.create_ssl_context()


def client(host: str, *, timeout: httpx.Timeout) -> httpx.Client:
    """A client for requests to one host: HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY count except on loopback.

    Raises OSError where the certificates cannot be read, ValueError or ImportError where a proxy's URL cannot be used.
    """
    return httpx.Client(
        timeout=timeout, verify=ssl_context(), trust_env=not is_loopback(host), follow_redirects=False
    )
