"""One real Prefect server for all campaigns, and a few campaigns at once.

A test with the marker `concurrent` plays a campaign, most of which is waiting. Their bodies run in threads from the
beginning of the session, those that take longest first; each test waits for the end of its own. So the last campaign
of a file does not delay those of the next file. Such a test may have parameters, the fixture `folder` and fixtures of
the session. Fewer run at once under a worker: each of those campaigns takes a process that imports Prefect.
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
AT_ONCE_UNDER_WORKER = 3
MARKER = "concurrent"
# Of one test; each of its processes ends or fails far earlier.
TIMEOUT_SECONDS = 1800


def pytest_configure(config: pytest.Config) -> None:
    line = (
        f"{MARKER}(seconds): runs from the beginning of the session, beside others; about how long it takes"
    )
    config.addinivalue_line("markers", line)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sorts the tests in the order in which they are started; those without the marker are last, and run alone."""
    items.sort(key=_seconds, reverse=True)
    for item in items:
        if Path(__file__).parent in item.path.parents and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(TIMEOUT_SECONDS))


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Waits for a test that was started with the session, and takes its outcome."""
    started: Any = pyfuncitem.funcargs["started_tests"]
    if pyfuncitem.nodeid not in started:
        return None
    started[pyfuncitem.nodeid].result()
    return True


@pytest.fixture(scope="session", autouse=True)
def started_tests(request: pytest.FixtureRequest, folders: Path) -> Iterator[dict[str, Future[None]]]:
    """Starts all tests with the marker; returns their futures by the tests' ids."""

    def given(item: pytest.Function, name: str) -> Any:
        if name == "folder":
            return folder_of(item, folders)
        parameters = item.callspec.params if hasattr(item, "callspec") else {}
        return parameters[name] if name in parameters else request.getfixturevalue(name)

    started: dict[str, Future[None]] = {}
    with ThreadPoolExecutor(AT_ONCE) as others, ThreadPoolExecutor(AT_ONCE_UNDER_WORKER) as under_worker:
        for item in request.session.items:
            if isinstance(item, pytest.Function) and _seconds(item):
                # Prefect reads the server's address when the test imports it.
                request.getfixturevalue("prefect_url")
                named = {name: given(item, name) for name in inspect.signature(item.obj).parameters}
                pool = under_worker if "at_work" in named else others
                started[item.nodeid] = pool.submit(item.obj, **named)
        yield started
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
    """A folder for this test alone, which does not exist yet."""
    return folder_of(request.node, folders)


def folder_of(item: pytest.Item, folders: Path) -> Path:
    return folders / re.sub(r"\W+", "-", item.name.removeprefix("test_"))


@pytest.fixture(scope="session")
def worker_stage(folders: Path) -> Iterator[Stage]:
    """One stage for all campaigns under the worker: each has a name and an activity type of its own."""
    with stage(folders / "worker") as made:
        made.write(rows=LATE_END)
        yield made


@pytest.fixture(scope="session")
def at_work(worker_stage: Stage, prefect_url: str) -> Iterator[Worker]:
    from tests.chaos.workers import worker  # it imports what reads the server's address

    with worker(prefect_url, worker_stage.folder, worker_stage.environment) as made:
        yield made


def _seconds(item: pytest.Item) -> float:
    """Returns about how long the test takes; 0 where it has no marker, or is skipped."""
    marker = item.get_closest_marker(MARKER)
    if marker is None or any(each.args[0] for each in item.iter_markers("skipif")):
        return 0.0
    return float(marker.kwargs["seconds"])
