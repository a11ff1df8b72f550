"""`make demo`: plays the World Cup final as a Prefect flow run against a sandbox, and prints what happened."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from live_activity.cli.console import err, out
from live_activity.cli.exit_codes import FAILED
from live_activity.cli.play_command import play_file
from live_activity.cli.report_file import ReportFiles
from live_activity.core.findings import InvalidInput
from live_activity.prefect_integration.local_server import QUIET, ServerDidNotStart, local_server

CAMPAIGN = Path(__file__).parents[1] / "examples" / "world_cup_final" / "final.yaml"
REPORT = Path("demo-report.json")


def main() -> int:
    """Starts a Prefect server, rehearses the campaign on it, and stops the server. Returns the exit code."""
    out.print("a Prefect server starts on a free port; the first time that takes half a minute", style="dim")
    try:
        with local_server() as url:
            os.environ.update({**QUIET, "PREFECT_API_URL": url})
            return play_file(CAMPAIGN, "rehearse", files=ReportFiles(REPORT), yes=True)
    except (ServerDidNotStart, InvalidInput) as failed:
        err.print(str(failed))
        return FAILED


if __name__ == "__main__":
    sys.exit(main())
