"""The `live-activity` command: the same campaigns from a shell. Imports Prefect only when it is needed."""

from __future__ import annotations

import atexit
import gc

import click

from live_activity.cli.commands.campaign import check, rehearse, run, test
from live_activity.cli.commands.inputs import contract, new_sheet, template
from live_activity.cli.commands.operations import desk, ledger, reconcile, recover, steer
from live_activity.cli.commands.sandbox import sandbox


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Runs Live Activity campaigns: everybody in the segment accounted for, every phone on the right final state."""
    # On exit, Python's garbage collector visits all objects several times, which takes longer than the rest of a stop.
    atexit.register(gc.freeze)


for command in (
    check,
    rehearse,
    test,
    run,
    sandbox,
    contract,
    new_sheet,
    template,
    ledger,
    desk,
    steer,
    recover,
    reconcile,
):
    main.add_command(command)

if __name__ == "__main__":
    main()
