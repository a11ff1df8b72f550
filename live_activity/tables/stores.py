"""Files in stores that fsspec knows (`s3://`, `gs://`, `sftp://`, ...), asked within a time limit."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from concurrent.futures import wait
from typing import Any, TypeVar

from live_activity.core.findings import invalid
from live_activity.core.source_access import SourceAccess
from live_activity.core.threads import in_daemon_thread

# Real time: what is not answered by then is a failed reading. Many storage libraries have no limit of their own.
STORE_SECONDS = 60.0
# Only tables.http opens web addresses: fsspec's own client would send a source's secrets along with every redirect.
_CHAINED_WEB = re.compile(r"(^|::)https?://", re.IGNORECASE)
# The URLs whose last answer was too late, each with the event that its thread sets at its end.
_HANGING: dict[str, threading.Event] = {}

Result = TypeVar("Result")


def filesystem_of(path: str, *, where: str, access: SourceAccess) -> tuple[Any, str]:
    """The fsspec file system of a URL, and the path of the file in it. Raises `InvalidInput` for an unknown scheme."""
    import fsspec

    if _CHAINED_WEB.search(path):
        what = "chains with http:// or https:// are not read; give the address itself, or a local copy"
        raise invalid("unreadable", what, where=where)
    # In a chain (`simplecache::s3://...`) each part is a scheme of its own; the last one is checked.
    scheme = path.partition("://")[0].rpartition("::")[2]
    if scheme not in fsspec.available_protocols():
        what = f"{scheme}:// is not a known kind of URL; write a path, or a URL such as https:// or s3://"
        raise invalid("unreadable", what, where=where)
    found: tuple[Any, str] = fsspec.core.url_to_fs(path, **access.credentials_of(path).storage_options)
    return found


def ask_store(path: str, work: Callable[[], Result], *, where: str) -> Result:
    """Returns what `work` returns, which asks the store of the URL `path`; it is called in a thread of its own.

    Raises what `work` raises, and `InvalidInput` where it takes longer than `STORE_SECONDS`. Python cannot stop its
    thread, so until that ends the URL is not asked again: it counts as unreadable at once.
    """
    late = invalid("unreadable", "does not answer in time; try again later", where=where)
    hanging = _HANGING.get(path)
    if hanging is not None and not hanging.is_set():
        raise late
    _HANGING.pop(path, None)
    ended = threading.Event()

    def ask() -> Result:
        try:
            return work()
        finally:
            ended.set()

    asked = in_daemon_thread(ask)
    wait([asked], timeout=STORE_SECONDS)
    if not asked.done():
        _HANGING[path] = ended
        raise late
    return asked.result()
