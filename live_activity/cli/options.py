"""Arguments and options that several commands have."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click

file_argument = click.argument("file", type=click.Path(path_type=Path))
type_option = click.option("--type", "type_name", help="The activity type. Needed only if there are several.")
yes_option = click.option("--yes", is_flag=True, help="Ask nothing.")
again_option = click.option(
    "--again", is_flag=True, help="Play an edition that is over once more, as a new one."
)


def finite(_context: click.Context, _option: click.Parameter, value: float | None) -> float | None:
    """Refuses NaN and infinity, which click accepts in every range."""
    if value is not None and not math.isfinite(value):
        raise click.BadParameter("must be a finite number, such as 5")
    return value


report_option = click.option(
    "--report",
    "report_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the report here, as JSON; on failure too.",
)
html_option = click.option(
    "--html",
    "html_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the report here, as a page to look at; on failure too.",
)
open_option = click.option(
    "--open", "open_html", is_flag=True, help="Open the page of the report in the browser."
)


def report_options(command: Callable[..., int]) -> Callable[..., int]:
    """Adds the options that say where the report goes; the command gets them as `files`."""

    @report_option
    @html_option
    @open_option
    @wraps(command)
    def with_files(
        *args: Any, report_file: Path | None, html_file: Path | None, open_html: bool, **options: Any
    ) -> int:
        from live_activity.cli.report_file import ReportFiles

        return command(*args, files=ReportFiles(report_file, html_file, open_html=open_html), **options)

    return with_files
