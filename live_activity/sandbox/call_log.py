"""Counts of requests and answers by endpoint, to compare with a client's own report."""

from __future__ import annotations

from collections import Counter

ENDPOINTS = ("register", "add-users", "remove-users", "start", "update", "end")


class CallLog:
    """Counts requests from all clients and their outcomes.

    A request that was never answered counts as `reset` or `unanswered` instead of a status.
    """

    def __init__(self) -> None:
        self._requests: Counter[str] = Counter()
        self._outcomes: dict[str, Counter[str]] = {endpoint: Counter() for endpoint in ENDPOINTS}

    def received(self, endpoint: str) -> None:
        """Counts a request that arrived."""
        self._requests[endpoint] += 1

    def answered(self, endpoint: str, outcome: str) -> None:
        """Counts a request that was answered with a status, or that ended without an answer."""
        self._outcomes[endpoint][outcome] += 1

    def requests(self) -> dict[str, int]:
        """The number of requests by endpoint, with the names of the report (`add_users`)."""
        return {endpoint.replace("-", "_"): self._requests[endpoint] for endpoint in ENDPOINTS}

    def outcomes(self) -> dict[str, dict[str, int]]:
        """The number of requests by endpoint and outcome."""
        return {
            endpoint.replace("-", "_"): dict(sorted(outcomes.items()))
            for endpoint, outcomes in self._outcomes.items()
        }
