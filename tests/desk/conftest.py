"""A running campaign in the ledger, and a browser at the desk."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from live_activity.desk import DeskOptions, create_app
from live_activity.engine.edition import Edition
from live_activity.ledger import Database
from tests.campaign_harness import CampaignHarness, campaign_harness

TOKEN = "a-token-that-nobody-guesses"


@dataclass
class Desk:
    """One browser at the desk: it keeps its cookie and sends the page's CSRF token."""

    client: TestClient
    headers: dict[str, str] = field(default_factory=dict)

    def sign_in(self, token: str = TOKEN, name: str = "Anna") -> None:
        answer = self.client.post("/sign-in", data={"token": token, "name": name}, follow_redirects=False)
        assert answer.status_code == 303, answer.text

    def get(self, path: str, **headers: str) -> Any:
        return self.client.get(path, headers={"accept": "text/html", **self.headers, **headers})

    @property
    def csrf(self) -> str:
        found = re.search(r'name="csrf" content="([^"]+)"', self.get("/").text)
        assert found is not None
        return found[1]

    def post(self, path: str, body: Any, **headers: str) -> Any:
        return self.client.post(
            path, json=body, headers={"x-csrf-token": self.csrf, **self.headers, **headers}
        )

    def command(self, edition: Edition, action: str, **body: Any) -> Any:
        path = f"/campaigns/{edition.ledger.edition_id}/commands"
        return self.post(path, {"action": action, "number": 0, **body})

    def drawn(self, edition: Edition) -> dict[str, int]:
        """Returns the newest push and command, which the correction form refers to."""
        page = self.get(f"/campaigns/{edition.ledger.edition_id}/dialog/correct?number=0").text
        found = re.search(r'data-push="(\d+)" data-command="(\d+)"', page)
        assert found is not None
        return {"push": int(found[1]), "command": int(found[2])}


@pytest.fixture
def harness(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CampaignHarness]:
    with campaign_harness(tmp_path, monkeypatch) as made:
        yield made


OpenDesk = Callable[..., Desk]


@pytest.fixture
def open_desk(harness: CampaignHarness) -> Iterator[OpenDesk]:
    """Opens the desk for the harness's ledger. It waits for no answer to a command: virtual time stands still."""
    opened: list[Database] = []

    def made(*, signed_in: bool = True, **options: Any) -> Desk:
        from live_activity.core.settings import settings

        database = Database(settings().database_url)
        opened.append(database)
        app = create_app(database, DeskOptions(**{"token": TOKEN, "wait_seconds": 0.0, **options}))
        desk = Desk(TestClient(app, base_url="http://127.0.0.1:8710"))
        if signed_in:
            desk.sign_in()
        return desk

    yield made
    for database in opened:
        database.close()


async def at_minute(
    harness: CampaignHarness, minutes: float, look: Callable[[Edition], Awaitable[None]], **keys: object
) -> dict[str, Any]:
    """Plays the campaign, and calls `look` so many minutes after the start."""

    async def script(edition: Edition) -> None:
        await harness.until(edition, minutes)
        await look(edition)

    return await harness.play(script, **keys)
