"""Polls of a table on the web: conditional while validators can be trusted, at the pace that the server asks for."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256

from live_activity.core.findings import Finding, invalid
from live_activity.core.source_access import PUBLIC_ACCESS, SourceAccess
from live_activity.sources.last_line import LastLine
from live_activity.tables.formats import is_read_by_lines
from live_activity.tables.http import Page, get
from live_activity.tables.http_errors import ServerBusy

# After so many conditional requests, and after this time, one is made without validators. Real seconds.
MOST_CONDITIONAL = 9
CONDITIONAL_SECONDS = 300.0
# An answer that says that it is older than the last good one is refused for so long; then it is accepted.
OLDER_SECONDS = 300.0


class WebPoll:
    """The answers of one URL. `findings` are what was found out about its server."""

    def __init__(
        self,
        url: str,
        *,
        where: str,
        monotonic: Callable[[], float] = time.monotonic,
        access: SourceAccess = PUBLIC_ACCESS,
    ) -> None:
        self.findings: list[Finding] = []
        self.page: Page | None = None
        self._url = url
        self._where = where
        self._monotonic = monotonic
        self._access = access
        self._good: Page | None = None
        self._good_digest: bytes | None = None
        self._before: bytes | None = None
        # The validators and the content's digest of the last complete answer, whether it was accepted or not.
        self._last: tuple[str | None, str | None, bytes] | None = None
        self._distrusted: set[str] = set()
        self._conditional = 0
        self._full_at = float("-inf")
        self._older_since: float | None = None
        self._busy: ServerBusy | None = None
        self._busy_until = float("-inf")
        self._last_line = LastLine(where=where)

    def changed(self, *, from_scratch: bool) -> bool:
        """Requests the table; True where `page` is not what was accepted last.

        `from_scratch` makes the request without validators. Raises `InvalidInput`; `ServerBusy` without a request
        while the server asks to wait.
        """
        now = self._monotonic()
        if self._busy is not None and now < self._busy_until:
            raise self._busy
        self._busy = None
        self.page = None
        due = self._conditional >= MOST_CONDITIONAL or now - self._full_at >= CONDITIONAL_SECONDS
        known = None if from_scratch or due else self._good
        page = self._get(known)
        if page is None:
            self._conditional += 1
            return False
        self._conditional, self._full_at = 0, now
        digest = sha256(page.content).digest()
        self._compare_validators(page, digest)
        page = self._with_whole_last_line(page)
        if sha256(page.content).digest() == self._good_digest and not from_scratch:
            self._good = self._validators_of(page)
            return False
        self._refuse_older(page, now)
        self.page = page
        return True

    def accept(self) -> None:
        """Takes the last answer as good: the next ones are compared with it."""
        page = self.page
        if page is None:
            return
        self._before = self._good_digest
        self._good_digest = sha256(page.content).digest()
        self._last_line.accept(page.content)
        # While a line is held back, an answer that it is unchanged would hold it back for ever.
        self._good = self._validators_of(page) if not self._last_line.is_held_back else None
        self._older_since = None

    def reject(self) -> None:
        """Withdraws the last accepted answer: the next request is unconditional."""
        self._good, self._good_digest = None, self._before
        self._last_line.reject()

    def _get(self, known: Page | None) -> Page | None:
        try:
            return get(self._url, where=self._where, known=known, access=self._access)
        except ServerBusy as busy:
            self._busy = busy
            self._busy_until = self._monotonic() + (busy.retry_after or 0.0)
            raise

    def _compare_validators(self, page: Page, digest: bytes) -> None:
        last, self._last = self._last, (page.etag, page.modified, digest)
        if last is None or last[2] == digest:
            return
        if page.etag is not None and page.etag == last[0]:
            self._distrust("ETag")
        if (
            page.modified is not None
            and page.modified == last[1]
            and (page.etag is None or "ETag" in self._distrusted)
        ):
            self._distrust("Last-Modified")

    def _distrust(self, name: str) -> None:
        if name in self._distrusted:
            return
        self._distrusted.add(name)
        what = (
            f"its server sends the same {name} with different content, so {name} is not used any more: every poll "
            "reads the table as a whole"
        )
        self.findings.append(Finding.warning("wrong_validator", what, where=self._where))

    def _validators_of(self, page: Page) -> Page | None:
        etag = page.etag if "ETag" not in self._distrusted else None
        modified = page.modified if "Last-Modified" not in self._distrusted else None
        if etag is None and modified is None:
            return None
        # The next request needs the validators and no content.
        return replace(page, content=b"", etag=etag, modified=modified)

    def _with_whole_last_line(self, page: Page) -> Page:
        if not is_read_by_lines(self._url, named=page.kind):
            return page
        content = self._last_line.checked(page.content, delimited=page.delimited)
        if self._last_line.is_held_back and self._good_digest is None:
            # At the first reading there are no earlier rows to use: the confirming answer is requested at once.
            again = self._get(None)
            page = again if again is not None else page
            content = self._last_line.checked(page.content, delimited=page.delimited)
            if self._last_line.is_held_back:
                what = "its last line is unfinished; it is requested again"
                raise invalid("unreadable", what, where=self._where)
        return replace(page, content=content)

    def _refuse_older(self, page: Page, now: float) -> None:
        good = self._good
        before = good.modified_at if good is not None else None
        at = page.modified_at if "Last-Modified" not in self._distrusted else None
        if before is None or at is None or at >= before:
            self._older_since = None
            return
        self._older_since = now if self._older_since is None else self._older_since
        if now - self._older_since < OLDER_SECONDS:
            what = f"is older than before ({at:%Y-%m-%d %H:%M:%S} UTC); an old copy is not used"
            raise invalid("source_older", what, where=self._where)
