"""The six endpoints, and how long a call to each may take."""

from __future__ import annotations

from dataclasses import dataclass

PREFIX = "/api/v1/live-activity/"

CONNECT_TIMEOUT = 10.0
WRITE_TIMEOUT = 30.0
# Between two bytes of the answer. A start goes through the whole segment before it answers, and giving up on one leaves
# open whether it happened.
START_READ_TIMEOUT = 120.0
PEOPLE_READ_TIMEOUT = 60.0
READ_TIMEOUT = 30.0


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One endpoint: `name` as the ledger and the rate limiter write it, `path` as the API does; times in seconds."""

    name: str
    path: str
    read_timeout: float = READ_TIMEOUT

    @property
    def deadline(self) -> float:
        """The seconds after which a call is given up, even while single bytes still arrive."""
        return CONNECT_TIMEOUT + WRITE_TIMEOUT + 2 * self.read_timeout


REGISTER = Endpoint("register", "register", PEOPLE_READ_TIMEOUT)
ADD_USERS = Endpoint("add_users", "add-users", PEOPLE_READ_TIMEOUT)
REMOVE_USERS = Endpoint("remove_users", "remove-users")
START = Endpoint("start", "start", START_READ_TIMEOUT)
UPDATE = Endpoint("update", "update")
END = Endpoint("end", "end")

ENDPOINTS = (REGISTER, ADD_USERS, REMOVE_USERS, START, UPDATE, END)
