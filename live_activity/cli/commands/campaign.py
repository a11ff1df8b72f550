"""The commands `check`, `rehearse`, `test` and `run`, which look at a campaign file or play it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from live_activity.cli.error_reporting import reporting_errors
from live_activity.cli.options import again_option, file_argument, finite, report_options, yes_option

if TYPE_CHECKING:
    from live_activity.cli.report_file import ReportFiles


@click.command()
@file_argument
@reporting_errors
@report_options
def check(file: Path, files: ReportFiles) -> int:
    """Look at a campaign FILE and everything it names; nothing is sent."""
    from live_activity.cli.play_command import check_file

    return check_file(file, files=files)


@click.command()
@file_argument
@click.option(
    "--speed",
    type=click.FloatRange(min=0, min_open=True),
    callback=finite,
    help="Play it so many times as fast as real time, for watching.",
)
@yes_option
@reporting_errors
@report_options
def rehearse(file: Path, files: ReportFiles, speed: float | None, yes: bool) -> int:
    """Play a campaign FILE to a sandbox of its own; nobody receives anything."""
    from live_activity.cli.play_command import play_file

    return play_file(file, "rehearse", files=files, speed=speed, yes=True)


@click.command()
@file_argument
@yes_option
@again_option
@reporting_errors
@report_options
def test(file: Path, files: ReportFiles, yes: bool, again: bool) -> int:
    """Play a campaign FILE to its test_segment on the live account: a few colleagues, an activity of their own."""
    from live_activity.cli.play_command import play_file

    return play_file(file, "test", files=files, yes=yes, again=again)


@click.command()
@file_argument
@yes_option
@again_option
@reporting_errors
@report_options
def run(file: Path, files: ReportFiles, yes: bool, again: bool) -> int:
    """Play a campaign FILE to its segment, for real."""
    from live_activity.cli.play_command import play_file

    return play_file(file, "run", files=files, yes=yes, again=again)
