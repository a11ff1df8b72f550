"""Tables that need credentials: a run opens every table with its own access."""

from __future__ import annotations

import contextlib
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
from live_activity.core.settings import settings
from live_activity.core.source_access import SourceAccess
from live_activity.engine.check import check
from live_activity.engine.direct_calls import direct_calls
from live_activity.engine.edition import Edition
from live_activity.engine.recovery import UnfinishedEdition, continuing, unfinished_editions
from live_activity.engine.run_request import RunRequest
from live_activity.engine.session import open_run
from live_activity.engine.steering.listener import listen_for_commands
from live_activity.engine.timeline_feed import read_timeline
from live_activity.ledger import Database
from live_activity.tables import open_table
from live_activity.tables.python_function import access_to_functions
from tests.campaign_harness import CampaignHarness, campaign_harness
from tests.sources.web import AdminApi, serving

TOKEN = ("X-Token", "s3cret")
ACCESS = SourceAccess(credentials={"feed": Credentials(headers=dict([TOKEN]))}, chosen="feed")
FAR_END = "2099-01-01T00:00:00Z"
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
        segment=None, activities=at(web, "orders.csv"), timeline=web.url, ends_at=FAR_END
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


@pytest.fixture
def module(harness: CampaignHarness, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a module of this test, in the folder of the campaign file, with people and rows."""
    name = f"tables_{uuid4().hex}"
    (harness.folder / f"{name}.py").write_text(
        "def people():\n    return [{'insider_id': 'u001'}]\n"
        "def rows():\n"
        "    for at, event in (('0m', 'start'), ('60m', 'end')):\n"
        "        yield {'at': at, 'event': event, 'title': 'Derby', 'message': 'on', 'score': 7}\n"
    )
    monkeypatch.setattr("sys.path", list(sys.path))
    return f"python:{name}"


def of_file(harness: CampaignHarness, **tables: str) -> RunRequest:
    """The request for a campaign whose file names these tables."""
    access = access_to_functions(tables.values(), folder=str(harness.folder))
    return RunRequest(harness.campaign(ends_at=FAR_END, **tables), "run", access=access)


def left_open() -> UnfinishedEdition:
    with contextlib.closing(Database(settings().database_url)) as database:
        (found,) = unfinished_editions(database, at_once=True)
    return found


async def begin(request: RunRequest) -> None:
    """Reads and stages the tables as a run does that dies afterwards."""
    async with open_run(request) as edition, direct_calls(edition) as calls:
        await calls.stage(edition)


@pytest.mark.parametrize(
    "begun", [True, False], ids=["of one that had read its tables", "of one that had not"]
)
async def test_functions_of_a_dead_run_may_be_called_by_whoever_continues_it(
    harness: CampaignHarness, module: str, begun: bool
) -> None:
    tables = {"segment": f"{module}:people", "timeline": f"{module}:rows"}
    async with open_run(of_file(harness, **tables)) as edition, direct_calls(edition) as calls:
        if begun:
            await calls.stage(edition)
    async with open_run(continuing(left_open())) as edition:
        if begun:
            assert open_table(tables["segment"], access=edition.access).columns == ("insider_id",)
            assert [row.content.state for row in edition.feed.timeline.rows] == [{"score": 7}] * 2
        else:
            assert edition.feed.unread
            with pytest.raises(InvalidInput, match="may not be called from here"):
                open_table(tables["segment"], access=edition.access)


async def test_functions_are_found_in_the_folder_of_the_campaign_file_or_in_the_working_directory(
    harness: CampaignHarness, module: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await begin(of_file(harness, timeline=f"{module}:rows"))
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    async with open_run(continuing(left_open())) as edition:
        assert edition.access.folder == str(harness.folder)
    file = f"{module.removeprefix('python:')}.py"
    (harness.folder / file).rename(here / file)
    async with open_run(continuing(left_open())) as edition:
        assert edition.access.folder == str(here)


@pytest.mark.parametrize("by_name", [True, False], ids=["by its name", "by its id"])
async def test_a_function_that_a_form_names_for_an_open_edition_is_never_called(
    harness: CampaignHarness, module: str, by_name: bool
) -> None:
    await begin(of_file(harness, timeline=f"{module}:rows"))
    (harness.folder / "typed_into_a_form.py").write_text("def rows():\n    return []\n")
    typed = harness.campaign(ends_at=FAR_END, timeline="python:typed_into_a_form:rows")
    found = left_open()
    await begin(RunRequest(typed, "run", edition_id=None if by_name else found.record.id))
    found = left_open()
    assert found.campaign.timeline == typed.timeline, "the ledger has the parameters of the form's run"
    async with open_run(continuing(found)) as edition:
        assert edition.feed.unread
    assert "typed_into_a_form" not in sys.modules
