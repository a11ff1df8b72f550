"""Prefect's services write nothing to the console while the server is away."""

from __future__ import annotations

import os
import subprocess
import sys

SCRIPT = """
import logging
from live_activity.cli.flow_run import quiet_prefect
quiet_prefect()
from prefect.logging.configuration import setup_logging
for incremental in (None, True):
    setup_logging(incremental=incremental)
    logging.getLogger("prefect._internal.concurrency").error("Service EventsWorker failed with 3 items: secret")
    logging.getLogger("EventsWorker").warning("Still processing items: secret")
    logging.getLogger("APILogWorker").warning("queue is full: secret")
print("done")
"""


def test_services_of_prefect_write_nothing_to_the_console() -> None:
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("PREFECT_LOGGING")
    }
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        env=environment,
    )
    assert done.stdout == "done\n"
    assert "secret" not in done.stderr
