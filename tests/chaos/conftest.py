"""One real Prefect server for all campaigns, and a handful of campaigns at once.

A test with the marker `story` plays a campaign, most of which is waiting. All of them are begun with the session, the
longest first, some at once; each test waits for the end of its own. So no file's last campaign keeps those of the next
file waiting. A story gets its parameters, a `folder` of its own and fixtures of the session by their names.
Those under a worker, each of whose runs imports Prefect anew, are fewer at once: they go on all the time beside others.
"""

from __future__ import annotations

import inspect
import os
import re
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from live_activity.prefect_integration.local_server import QUIET, local_server
from tests.chaos.campaign_stage import LATE_END, Stage, stage

if TYPE_CHECKING:
    from tests.chaos.workers import Worker

# Campaigns mostly wait, so two cores carry more of them than two.
AT_ONCE = 6
AT_ONCE_UNDER_WORKER = 2
MARKER = "story"


def pytest_configure(config: pytest.Config) -> None:
    line = f"{MARKER}(seconds): the test is begun with the session, beside others; about how long it takes"
    config.addinivalue_line("markers", line)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """In the order in which stories are begun; what is none comes last, when nothing goes on beside it."""
    items.sort(key=_seconds, reverse=True)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """A story goes on already, or is over: its test has its outcome."""
    begun: Any = pyfuncitem.funcargs["stories"]
    if pyfuncitem.nodeid not in begun:
        return None
    begun[pyfuncitem.nodeid].result()
    return True


@pytest.fixture(scope="session", autouse=True)
def stories(request: pytest.FixtureRequest, folders: Path) -> Iterator[dict[str, Future[None]]]:
    """All stories of the session by the tests' ids."""

    def given(item: pytest.Function, name: str) -> Any:
        if name == "folder":
            return folder_of(item, folders)
        parameters = item.callspec.params if hasattr(item, "callspec") else {}
        return parameters[name] if name in parameters else request.getfixturevalue(name)

    begun: dict[str, Future[None]] = {}
    with ThreadPoolExecutor(AT_ONCE) as others, ThreadPoolExecutor(AT_ONCE_UNDER_WORKER) as under_worker:
        for item in request.session.items:
            if isinstance(item, pytest.Function) and _seconds(item):
                # Whatever it imports may read the server's address.
                request.getfixturevalue("prefect_url")
                named = {name: given(item, name) for name in inspect.signature(item.obj).parameters}
                pool = under_worker if "at_work" in named else others
                begun[item.nodeid] = pool.submit(item.obj, **named)
        yield begun
        for pool in (others, under_worker):
            pool.shutdown(wait=True, cancel_futures=True)


@pytest.fixture(scope="session")
def prefect_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = tmp_path_factory.mktemp("prefect")
    with local_server() as url:
        # Prefect reads these when it is imported, which the process that all others are forked from does once.
        os.environ.update({**QUIET, "PREFECT_API_URL": url, "PREFECT_HOME": str(home)})
        yield url


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("stages")


@pytest.fixture
def folder(request: pytest.FixtureRequest, folders: Path) -> Path:
    """A folder of the test's own, which is not there yet."""
    return folder_of(request.node, folders)


def folder_of(item: pytest.Item, folders: Path) -> Path:
    return folders / re.sub(r"\W+", "-", item.name.removeprefix("test_"))


@pytest.fixture(scope="session")
def worker_stage(folders: Path) -> Iterator[Stage]:
    """One stage for all that a worker plays: each campaign has a name and an activity type of its own."""
    with stage(folders / "worker") as made:
        made.write(rows=LATE_END)
        yield made


@pytest.fixture(scope="session")
def at_work(worker_stage: Stage, prefect_url: str) -> Iterator[Worker]:
    from tests.chaos.workers import worker  # it imports what reads the server's address

    with worker(prefect_url, worker_stage.folder, worker_stage.environment) as made:
        yield made


def _seconds(item: pytest.Item) -> float:
    """About how long its story takes; 0 where it is none, or is skipped."""
    marker = item.get_closest_marker(MARKER)
    if marker is None or any(each.args[0] for each in item.iter_markers("skipif")):
        return 0.0
    return float(marker.kwargs["seconds"])
