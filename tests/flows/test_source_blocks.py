"""A flow run opens its tables with the source blocks that it names, and with the access of the command."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from prefect.settings import PREFECT_API_URL, temporary_settings

from flows.campaign import RunOptions, campaign, campaign_flow
from live_activity.core.settings import settings
from live_activity.prefect_integration.source_block import LiveActivitySource
from live_activity.tables.python_function import access_to_functions
from tests.sources.web import AdminApi, serving

ROWS = "at,event,title,message,score\n0m,start,Derby,kick-off,0\n40m,end,Derby,over,2\n"
PEOPLE = "python:people_of_a_command:people"


@pytest.fixture
def web() -> Iterator[AdminApi]:
    with serving(AdminApi(ROWS, needs=("X-Token", "s3cret"))) as server:
        yield server


async def test_a_block_opens_the_timeline_and_the_command_the_functions_of_its_file(
    prefect_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, web: AdminApi
) -> None:
    (tmp_path / "people_of_a_command.py").write_text("def people():\n    return [{'insider_id': 'u001'}]\n")
    monkeypatch.setattr("sys.path", list(sys.path))
    monkeypatch.setenv("LIVE_ACTIVITY_DATABASE_URL", f"sqlite:///{tmp_path / 'ledger.db'}")
    monkeypatch.setenv("LIVE_ACTIVITY_BASE_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("LIVE_ACTIVITY_API_KEY", "a-key")
    settings.cache_clear()
    parameters = {
        "mode": "check",
        "name": "derby",
        "activity_type": "Match",
        "segment": PEOPLE,
        "timeline": web.url,
        "ends_at": (datetime.now(UTC) + timedelta(hours=2)).isoformat(),
        "source_credentials": "feed",
    }
    by_command: Any = campaign_flow(RunOptions(access=access_to_functions([PEOPLE], folder=str(tmp_path))))
    by_form: Any = campaign
    with temporary_settings({PREFECT_API_URL: prefect_url}):
        block = LiveActivitySource.model_validate({"headers": {"X-Token": "s3cret"}})
        await cast(Any, block).asave("feed", overwrite=True)
        report = await by_command(**parameters)
        refused = await by_form(**parameters, return_state=True)
    settings.cache_clear()
    assert (report["status"], report["segment"]["accepted"]) == ("checked", 1)
    assert set(web.answers) <= {200, 304}
    assert "may not be called from here" in str(refused.message)
