"""One real Prefect server for all campaigns, and a handful of campaigns at once."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from live_activity.prefect_integration.local_server import QUIET, local_server
from tests.chaos.campaign_stage import LATE_END, Stage, stage
from tests.chaos.chosen import is_soak

if TYPE_CHECKING:
    from tests.chaos.workers import Worker

# Campaigns mostly wait, so two cores carry more of them than two.
AT_ONCE = 6


@pytest.fixture(scope="session")
def prefect_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = tmp_path_factory.mktemp("prefect")
    with local_server() as url:
        # Prefect reads these when it is imported, which the process that all others are forked from does once.
        os.environ.update({**QUIET, "PREFECT_API_URL": url, "PREFECT_HOME": str(home)})
        yield url


@pytest.fixture(scope="session")
def company(prefect_url: str) -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield pool
        pool.shutdown(wait=True, cancel_futures=True)


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("stages")


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


@pytest.fixture(scope="session", autouse=True)
def begun_first(
    request: pytest.FixtureRequest, company: ThreadPoolExecutor, folders: Path
) -> dict[str, Future[None]]:
    """The campaigns that wait longest, or are few, begun before all others: nobody waits for them in the end."""
    # They import what reads the server's address.
    from tests.chaos.test_killed_while_stopping import STRUCK, stopped_and_killed
    from tests.chaos.test_soak import SMALL, soak
    from tests.chaos.test_start_unanswered import ENDINGS, unanswered
    from tests.chaos.test_without_prefect import played

    begun: dict[str, Future[None]] = {}
    files = {item.path.stem for item in request.session.items}
    if "test_without_prefect" in files:
        for how in ("halted", "killed"):
            begun[how] = company.submit(played, folders / f"prefect-{how}", how)
    if "test_soak" in files and not is_soak():
        begun["soak"] = company.submit(soak, folders / "soak", SMALL)
    if "test_killed_while_stopping" in files:
        for endpoint in STRUCK:
            begun[endpoint] = company.submit(stopped_and_killed, folders / f"stopping-{endpoint}", endpoint)
    if "test_start_unanswered" in files:
        for how in ENDINGS:
            begun[f"unanswered {how}"] = company.submit(unanswered, folders / f"unanswered-{how}", how)
    return begun
