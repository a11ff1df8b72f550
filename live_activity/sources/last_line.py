"""The last line of a text table: one without a line end may be half written, or cut off in transfer."""

from __future__ import annotations

from hashlib import sha256

from live_activity.core.findings import invalid


class LastLine:
    """Compares the readings of one text table by their last lines."""

    def __init__(self, *, where: str) -> None:
        self._where = where
        self._good: bytes | None = None
        self._before: bytes | None = None
        self._waiting: bytes | None = None
        self.is_held_back = False

    def checked(self, content: bytes, *, delimited: bool = True) -> bytes:
        """The content; an unfinished last line is left out until the next reading has the same one.

        A last line without a line end is unfinished where the table used to end with one, or where nothing marked the
        end of the content (`delimited`). Raises `InvalidInput` where it is the last good content cut off within a line.
        """
        self.is_held_back = False
        good = self._good
        if _ends_a_line(content):
            self._waiting = None
            return content
        if good is not None and len(content) < len(good) and good.startswith(content):
            if good[len(content) : len(content) + 1] not in (b"\n", b"\r"):
                what = "is cut off in its last line; the last good rows stay in use until it is whole again"
                raise invalid("cut_off", what, where=self._where)
            return content
        if delimited and (good is None or not _ends_a_line(good)):
            return content
        whole = content[: max(content.rfind(b"\n"), content.rfind(b"\r")) + 1]
        digest = sha256(content).digest()
        if digest == self._waiting or not whole:
            return content
        self._waiting = digest
        self.is_held_back = True
        return whole

    def accept(self, content: bytes) -> None:
        """Takes the content as the last good one."""
        self._before, self._good = self._good, content

    def reject(self) -> None:
        """Goes back to the good content before the last one."""
        self._good = self._before


def _ends_a_line(content: bytes) -> bool:
    # In UTF-16 the line end is two bytes long, and the second may be zero.
    return not content or content.rstrip(b"\0").endswith((b"\n", b"\r"))
