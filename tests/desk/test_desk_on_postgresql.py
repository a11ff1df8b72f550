"""The desk with a ledger on PostgreSQL."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from live_activity.core.settings import settings
from live_activity.desk import DeskOptions, create_app
from live_activity.engine.edition import Edition
from live_activity.ledger import Database
from tests.campaign_harness import campaign_harness
from tests.desk.conftest import TOKEN, Desk, at_minute


async def test_pages_and_metrics_of_a_ledger_on_postgresql(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, postgres_url: str
) -> None:
    url = postgres_url.replace("postgresql://", "postgresql+psycopg://")
    with campaign_harness(tmp_path, monkeypatch, ledger=url) as harness:
        database = Database(settings().database_url)
        app = create_app(database, DeskOptions(token=TOKEN, wait_seconds=0.0))
        desk = Desk(TestClient(app, base_url="http://127.0.0.1:8710"))
        desk.sign_in()

        async def look(edition: Edition) -> None:
            campaign = f"/campaigns/{edition.ledger.edition_id}"
            for page in ("/", campaign, f"{campaign}/activities?sort=behind", f"{campaign}/dialog/correct"):
                assert desk.get(page).status_code == 200, page
            assert (
                'live_activity_phones_handed_to_apple{campaign="derby",mode="run"} 25'
                in desk.get("/metrics").text
            )
            drawn = desk.drawn(edition)
            assert desk.command(edition, "send_now", edits={"score": "0"}, **drawn).json()["sent"]

        await at_minute(harness, 25, look)
        assert desk.get("/").status_code == 200
        database.close()
