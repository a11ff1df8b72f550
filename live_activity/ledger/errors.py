"""What can go wrong with the ledger, and with the lease of an edition."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, TimeoutError


class LedgerUnwritable(Exception):
    """The ledger cannot be written, whatever the cause: locked, full, read-only, away, deleted.

    The message is one line. `temporary` is False where waiting does not help: the database answers, and refuses
    this one entry.
    """

    def __init__(self, message: str, *, temporary: bool = True) -> None:
        super().__init__(message)
        self.temporary = temporary


class LedgerUnreadable(LedgerUnwritable):
    """The ledger cannot even be read. A caller that waits for the ledger can treat both alike."""


class Owned(Exception):
    """Another run that is alive holds the edition."""

    def __init__(self, owner: Mapping[str, Any]) -> None:
        self.owner = owner
        super().__init__(f"this campaign is played by {owner_text(owner)}; stop that one first, or steer it")


class LostLease(Exception):
    """Another run took the edition over: nothing more is sent or decided by this one. `owner` is the other one."""

    def __init__(self, message: str, *, owner: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.owner = owner

    @classmethod
    def to(cls, owner: Mapping[str, Any] | None) -> LostLease:
        """The lease was lost to that owner; None where it has given the edition back since."""
        who = f" ({owner_text(owner)})" if owner else ""
        return cls(f"another run took this campaign over{who}", owner=owner)


class AlreadyPlayed(Exception):
    """The flow run has played its edition to the end before, in an earlier process. `report` is its recorded report."""

    def __init__(self, message: str, *, report: Mapping[str, Any]) -> None:
        super().__init__(message)
        self.report = report


def owner_text(owner: Mapping[str, Any]) -> str:
    """An owner in words: its process, its machine, and its flow run if it has one."""
    run = f", run {owner['run']}" if owner.get("run") else ""
    return f"process {owner.get('pid')} on {owner.get('host')}{run}"


def reason(error: BaseException) -> str:
    """The database's error message in one line, without the statement and its values."""
    original = getattr(error, "orig", None) or error
    lines = str(original).strip().splitlines() or [""]
    if isinstance(error, DBAPIError) and not isinstance(error, IntegrityError | DataError):
        return lines[0] or type(original).__name__
    return f"{type(original).__name__}: {lines[0]}"


def is_temporary(error: BaseException) -> bool:
    """Whether the same entry may be taken later: the database or its disk failed, not the entry."""
    if isinstance(error, IntegrityError | DataError):
        return False
    return isinstance(error, DBAPIError | OSError | TimeoutError)
