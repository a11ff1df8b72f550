"""Tables that need credentials: a run opens every table with its own access."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from live_activity.campaign.model import Campaign
from live_activity.core.credentials import Credentials
from live_activity.core.findings import InvalidInput
from live_activity.core.source_access import SourceAccess
from live_activity.engine.check import check
from live_activity.engine.direct_calls import direct_calls
from live_activity.engine.edition import Edition
from live_activity.engine.recovery import UnfinishedEdition, continuing
from live_activity.engine.run_request import RunRequest
from live_activity.engine.session import open_run
from live_activity.engine.steering.listener import listen_for_commands
from live_activity.engine.timeline_feed import read_timeline
from live_activity.tables import open_table
from live_activity.tables.python_function import access_to_functions
from tests.campaign_harness import CampaignHarness, campaign_harness
from tests.sources.web import AdminApi, serving

TOKEN = ("X-Token", "s3cret")
ACCESS = SourceAccess(credentials={"feed": Credentials(headers=dict([TOKEN]))}, chosen="feed")
TEMPLATE = """
rows:
  - at: "{{ at }}"
    event: "{{ event }}"
    title: "{{ t('title') }}"
    message: "{{ message }}"
    content_state: {score: "{{ score }}"}
"""


@pytest.fixture
def harness(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CampaignHarness]:
    with campaign_harness(tmp_path, monkeypatch) as harness:
        yield harness


@pytest.fixture
def web(harness: CampaignHarness) -> Iterator[AdminApi]:
    """A server that serves tables only to requests with a secret header."""
    names = ("rows.csv", "people.csv")
    with serving(AdminApi(needs=TOKEN)) as server:
        server.pages |= {name: (harness.folder / name).read_text() for name in names}
        server.pages["other.csv"] = server.pages["rows.csv"] + "90m,update,Derby,goal,9\n"
        server.pages["texts.csv"] = "key,en\ntitle,Derby\n"
        server.pages["excluded.csv"] = "insider_id\nu003\n"
        server.pages["more.csv"] = "insider_id\nu003\nu025\n"
        yield server


def of_web(harness: CampaignHarness, web: AdminApi) -> Campaign:
    """Returns a campaign whose tables are all on the server."""
    (harness.folder / "match.yaml").write_text(TEMPLATE)
    tables = {"timeline": "rows", "segment": "people", "exclude": "excluded", "texts": "texts"}
    return harness.campaign(
        template=str(harness.folder / "match.yaml"),
        starts_at=(harness.clock.now() + timedelta(minutes=60)).isoformat(),
        ends_at=(harness.clock.now() + timedelta(hours=3)).isoformat(),
        **{key: at(web, f"{name}.csv") for key, name in tables.items()},
    )


def at(web: AdminApi, name: str) -> str:
    return web.url.replace("rows.csv", name)


async def staged(opening: AsyncExitStack, request: RunRequest) -> Edition:
    """Opens the edition with its people staged; it carries out steering commands."""
    edition = await opening.enter_async_context(open_run(request))
    calls = await opening.enter_async_context(direct_calls(edition))
    await calls.stage(edition)
    await opening.enter_async_context(listen_for_commands(edition))
    return edition


async def test_segment_timeline_texts_and_excluded_people_are_opened_with_it(
    harness: CampaignHarness, web: AdminApi
) -> None:
    campaign = of_web(harness, web)
    assert check(RunRequest(campaign, "check", access=ACCESS)).segment.accepted == 24
    async with AsyncExitStack() as opening:
        edition = await staged(opening, RunRequest(campaign, "run", access=ACCESS))
        assert edition.roster is not None
        assert edition.roster.staged.accepted == 24
        web.pages["rows.csv"] += "95m,update,Derby,goal,8\n"
        assert edition.feed.source.changed()
        assert read_timeline(edition).rows[-1].content.title == "Derby"
    assert 401 not in web.answers


async def test_tables_of_steering_commands_are_opened_with_it(
    harness: CampaignHarness, web: AdminApi
) -> None:
    async with AsyncExitStack() as opening:
        edition = await staged(opening, RunRequest(of_web(harness, web), "run", access=ACCESS))
        assert (
            await harness.steer(edition, "add_people", table=at(web, "more.csv"))
            == "1 person is added, 1 row rejected"
        )
        answer = await harness.steer(edition, "change_timeline", table=at(web, "other.csv"))
        assert answer.endswith("from now on: 5 rows")
        assert len(read_timeline(edition).rows) == 5
    assert 401 not in web.answers


async def test_a_table_of_activities_is_opened_with_it(harness: CampaignHarness, web: AdminApi) -> None:
    campaign = harness.campaign(
        segment=None, activities=at(web, "orders.csv"), timeline=web.url, ends_at="2099-01-01T00:00:00Z"
    )
    web.pages["orders.csv"] = f"activity_id\n{uuid4()}\n"
    async with AsyncExitStack() as opening:
        edition = await staged(opening, RunRequest(campaign, "run", access=ACCESS))
        assert edition.opened is not None
        web.pages["orders.csv"] += f"{uuid4()}\n"
        assert edition.opened.source.changed()
        assert len(edition.activities) == 1
    assert 401 not in web.answers


async def test_a_run_without_it_opens_none_of_them_also_beside_a_run_that_has_it(
    harness: CampaignHarness, web: AdminApi
) -> None:
    campaign = of_web(harness, web)
    async with AsyncExitStack() as opening:
        await staged(opening, RunRequest(campaign, "run", access=ACCESS))
        with pytest.raises(InvalidInput, match="may not be read") as refused:
            check(RunRequest(campaign, "check"))
    assert {finding.where for finding in refused.value.findings} == {"rows.csv", "excluded.csv"}


@pytest.mark.parametrize(
    "begun", [True, False], ids=["of one that had read its tables", "of one that had not"]
)
async def test_functions_of_a_dead_run_may_be_called_by_whoever_recovers_it(
    harness: CampaignHarness, monkeypatch: pytest.MonkeyPatch, begun: bool
) -> None:
    (harness.folder / "tables_of_a_dead_run.py").write_text(
        "def people():\n    return [{'insider_id': 'u001'}]\n"
    )
    monkeypatch.chdir(harness.folder)
    monkeypatch.setattr("sys.path", list(sys.path))
    path = "python:tables_of_a_dead_run:people"
    campaign = harness.campaign(segment=path)
    async with AsyncExitStack() as opening:
        request = RunRequest(campaign, "run", access=access_to_functions([path], folder=str(harness.folder)))
        edition = await opening.enter_async_context(open_run(request))
        if begun:
            calls = await opening.enter_async_context(direct_calls(edition))
            await calls.stage(edition)
        record = edition.ledger.edition()
    access = continuing(UnfinishedEdition(record, "resume")).access
    if begun:
        assert open_table(path, access=access).columns == ("insider_id",)
    else:
        with pytest.raises(InvalidInput, match="may not be called from here"):
            open_table(path, access=access)
