"""Requests that stop arriving do not block others."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from live_activity.core.settings import settings
from live_activity.desk import DeskOptions, DeskServer, security, server
from live_activity.ledger import Database
from tests.campaign_harness import CampaignHarness


@pytest.fixture
def desk(harness: CampaignHarness, monkeypatch: pytest.MonkeyPatch) -> Iterator[DeskServer]:
    monkeypatch.setattr(server, "HEAD_SECONDS", 0.2)
    monkeypatch.setattr(security, "BODY_SECONDS", 0.2)
    database = Database(settings().database_url)
    with DeskServer(database, DeskOptions()) as running:
        yield running
    database.close()


def answered(desk: DeskServer, *requests: bytes) -> bytes:
    """Returns all that the desk sends until it closes the connection. Each request is sent after the last answer."""
    url = urlsplit(desk.url)
    found = b""
    with socket.create_connection((url.hostname, url.port), timeout=30) as connection:
        for number, request in enumerate(requests):
            while found.count(b"ok\n") < number:
                found += connection.recv(4096)
            connection.sendall(request.replace(b"HOST", url.netloc.encode()))
        while part := connection.recv(4096):
            found += part
    return found


@pytest.mark.parametrize("head", [b"", b"GET / HTTP/1.1\r\nHost: HOST\r\nX-"])
def test_a_request_whose_head_stops_arriving_is_given_up(desk: DeskServer, head: bytes) -> None:
    assert answered(desk, head) == b""


def test_a_second_request_that_stops_arriving_is_given_up(desk: DeskServer) -> None:
    whole = b"GET /health HTTP/1.1\r\nHost: HOST\r\n\r\n"
    assert answered(desk, whole, b"GET /heal").count(b"200 OK") == 1


def test_a_body_that_stops_arriving_is_answered(desk: DeskServer) -> None:
    head = b"POST /sign-in HTTP/1.1\r\nHost: HOST\r\nContent-Length: 10\r\nConnection: close\r\n\r\n"
    assert b"408" in answered(desk, head + b"tok").splitlines()[0]
