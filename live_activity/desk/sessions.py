"""The people who are signed in at the desk, and what they may do."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import Literal

Role = Literal["view", "correct", "approve"]
ROLES: tuple[Role, ...] = ("view", "correct", "approve")
MOST_SESSIONS = 1000
SESSION_SECONDS = 12 * 60 * 60
LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is signed in. With `named_by_proxy`, a sign-in proxy gave the name and the roles."""

    name: str
    roles: frozenset[Role]
    csrf: str
    named_by_proxy: bool = False

    def may(self, role: Role) -> bool:
        """Whether the person has the role."""
        return role in self.roles


@dataclass(frozen=True, slots=True)
class _Session:
    person: Person
    until: float


class Sessions:
    """The open sessions, in memory: a restart of the desk closes them. Only a digest of the cookie is kept."""

    def __init__(self) -> None:
        self._sessions: OrderedDict[str, _Session] = OrderedDict()

    def open(self, name: str, roles: frozenset[Role], *, named_by_proxy: bool = False) -> tuple[str, Person]:
        """Opens a session; returns the cookie's value and the session's person."""
        cookie = secrets.token_urlsafe(32)
        person = Person(clean_name(name), roles, secrets.token_urlsafe(32), named_by_proxy)
        self._sessions[_digest(cookie)] = _Session(person, time.monotonic() + SESSION_SECONDS)
        while len(self._sessions) > MOST_SESSIONS:
            self._sessions.popitem(last=False)
        return cookie, person

    def find(self, cookie: str | None) -> Person | None:
        """The person with that cookie; None if the session is closed or was never opened."""
        session = self._sessions.get(_digest(cookie)) if cookie else None
        if session is None or session.until < time.monotonic():
            return None
        return session.person

    def rename(self, cookie: str, name: str) -> None:
        """Changes the name in a session that a token opened."""
        session = self._sessions.get(_digest(cookie))
        if session is not None and not session.person.named_by_proxy:
            person = replace(session.person, name=clean_name(name))
            self._sessions[_digest(cookie)] = replace(session, person=person)

    def close(self, cookie: str | None) -> None:
        """Closes a session."""
        if cookie:
            self._sessions.pop(_digest(cookie), None)


def clean_name(name: str) -> str:
    """Makes a name fit for the record of a command: one line of bounded length."""
    text = " ".join("".join(each if each.isprintable() else " " for each in name).split())
    return text[:LONGEST_NAME] or "desk"


def _digest(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()
