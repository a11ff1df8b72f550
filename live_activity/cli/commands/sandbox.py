"""The command `sandbox`, which serves the API on this machine, with simulated phones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from live_activity.cli.error_reporting import reporting_errors
from live_activity.cli.options import finite


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option("--port", default=8700, show_default=True, type=click.IntRange(0, 65535), help="0: a free one.")
@click.option(
    "--api-key",
    "api_keys",
    multiple=True,
    help="A key that is accepted (repeatable). Default: any that is not empty.",
)
@click.option(
    "--fleet",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A CSV file with the phones, one row each.",
)
@click.option(
    "--fleet-profile",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A YAML file that says which shares of the phones behave how.",
)
@click.option(
    "--sync-delay",
    default=3.0,
    show_default=True,
    type=click.FloatRange(min=0),
    callback=finite,
    help="Seconds between a start and a phone's token being synced.",
)
@click.option(
    "--requests-per-minute",
    default=1000,
    show_default=True,
    type=click.IntRange(min=0),
    help="The limit of each endpoint and key; 0: off.",
)
@click.option(
    "--max-insider-ids",
    default=10_000,
    show_default=True,
    type=click.IntRange(min=1),
    help="The most people in one call.",
)
@click.option(
    "--words",
    default="optional",
    show_default=True,
    type=click.Choice(["optional", "required"]),
    help="Whether /update and /end need a title and a message.",
)
@click.option(
    "--contract",
    type=click.Path(path_type=Path),
    help="The app's Swift file, a folder of them, or a JSON Schema; simulated phones decode by it.",
)
@click.option(
    "--faults", type=click.Path(dir_okay=False, path_type=Path), help="A YAML file with faults to play."
)
@reporting_errors
def sandbox(host: str, port: int, api_keys: tuple[str, ...], contract: Path | None, **options: Any) -> int:
    """Serve a sandbox of the API with simulated phones, for any client in any language."""
    from live_activity.cli.sandbox_command import serve_sandbox

    return serve_sandbox(host, port, contract=contract, api_keys=frozenset(api_keys), **options)
