"""The `live-activity` command: the same campaigns from a shell. Imports Prefect only where it needs it."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from live_activity.cli.exit_codes import DONE, FAILED, WRONG_INPUT
from live_activity.core.findings import InvalidInput

if TYPE_CHECKING:
    from live_activity.cli.report_file import ReportFiles


def reporting_errors(command: Callable[..., int]) -> Callable[..., None]:
    """Turns what a command raises into one clear line each, and its answer into the exit code."""

    @wraps(command)
    def reported(*args: Any, **options: Any) -> None:
        from live_activity.cli.console import err, print_findings

        try:
            code = command(*args, **options)
        except InvalidInput as wrong:
            print_findings(wrong.findings, to=err)
            code = WRONG_INPUT
        except KeyboardInterrupt:
            code = FAILED
        except (click.ClickException, click.Abort, click.exceptions.Exit, BrokenPipeError):
            raise  # click's own ways to end
        except Exception as error:
            err.print(_line_of(error), style="red")
            code = FAILED
        sys.exit(code)

    return reported


def _line_of(error: Exception) -> str:
    from live_activity.core.crash_report import report_crash
    from live_activity.ledger import LedgerUnwritable, LostLease, Owned

    return str(error) if isinstance(error, LedgerUnwritable | LostLease | Owned) else report_crash(error)


def finite(_context: click.Context, _option: click.Parameter, value: float | None) -> float | None:
    """Refuses NaN and infinity, which are within every range for click."""
    if value is not None and not math.isfinite(value):
        raise click.BadParameter("must be a finite number, such as 5")
    return value


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Runs Live Activity campaigns: everybody in the segment accounted for, every phone on the right final state."""


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
    """Adds the options that say where the report goes; the command is handed `files`."""

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


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@reporting_errors
@report_options
def check(file: Path, files: ReportFiles) -> int:
    """Look at a campaign FILE and everything it names; nothing is sent."""
    from live_activity.cli.play_command import check_file

    return check_file(file, files=files)


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--speed",
    type=click.FloatRange(min=0, min_open=True),
    callback=finite,
    help="Play it so many times as fast as the world, for watching.",
)
@click.option("--yes", is_flag=True, help="Ask nothing.")
@reporting_errors
@report_options
def rehearse(file: Path, files: ReportFiles, speed: float | None, yes: bool) -> int:
    """Play a campaign FILE to a sandbox of its own; nobody receives anything."""
    from live_activity.cli.play_command import play_file

    return play_file(file, "rehearse", files=files, speed=speed, yes=True)


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--yes", is_flag=True, help="Ask nothing.")
@click.option("--again", is_flag=True, help="Play an edition that is over once more, as a new one.")
@reporting_errors
@report_options
def test(file: Path, files: ReportFiles, yes: bool, again: bool) -> int:
    """Play a campaign FILE to its test_segment on the live account: a few colleagues, an activity of their own."""
    from live_activity.cli.play_command import play_file

    return play_file(file, "test", files=files, yes=yes, again=again)


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--yes", is_flag=True, help="Ask nothing.")
@click.option("--again", is_flag=True, help="Play an edition that is over once more, as a new one.")
@reporting_errors
@report_options
def run(file: Path, files: ReportFiles, yes: bool, again: bool) -> int:
    """Play a campaign FILE to its segment, for real."""
    from live_activity.cli.play_command import play_file

    return play_file(file, "run", files=files, yes=yes, again=again)


@main.command()
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
    help="The app's Swift file, a folder of them, or a JSON Schema: phones decode by it.",
)
@click.option(
    "--faults", type=click.Path(dir_okay=False, path_type=Path), help="A YAML file with faults to play."
)
@reporting_errors
def sandbox(
    host: str,
    port: int,
    api_keys: tuple[str, ...],
    fleet: Path | None,
    fleet_profile: Path | None,
    sync_delay: float,
    requests_per_minute: int,
    max_insider_ids: int,
    words: Literal["optional", "required"],
    contract: Path | None,
    faults: Path | None,
) -> int:
    """Serve a sandbox of the API with simulated phones, for any client in any language."""
    from live_activity.cli.console import err
    from live_activity.cli.wall_cards import LayoutCards
    from live_activity.core.clock import RealClock
    from live_activity.engine.phone_decoding import decoding_of
    from live_activity.sandbox import SandboxOptions, serve

    decode = decoding_of(contract) if contract is not None else None
    try:
        options = SandboxOptions(
            api_keys=frozenset(api_keys),
            fleet=fleet,
            fleet_profile=fleet_profile,
            sync_delay=sync_delay,
            requests_per_minute=requests_per_minute,
            max_insider_ids=max_insider_ids,
            words=words,
            faults=faults,
            decode=decode,
            cards=LayoutCards(),
        )
    except ValueError as invalid:
        raise click.UsageError(str(invalid)) from None
    try:
        serve(options, host=host, port=port, clock=RealClock())
    except OSError as error:
        err.print(
            f"cannot listen on {host}:{port}: {error.strerror or error}; choose another with --host or --port"
        )
        return FAILED
    return DONE


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--type", "type_name", help="The activity type. Needed only where there are several.")
@click.option("--json-schema", is_flag=True, help="Print the contract as JSON Schema.")
@reporting_errors
def contract(file: Path, type_name: str | None, json_schema: bool) -> int:
    """Show what the app's Swift FILE (or a folder of them, or a JSON Schema) accepts."""
    from live_activity.cli.subcommands import print_contract

    return print_contract(file, type_name, json_schema=json_schema)


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--row", "number", required=True, type=click.IntRange(min=1), help="The source's data row, from 1."
)
@reporting_errors
def template(file: Path, number: int) -> int:
    """Print what one source row becomes by the template of a campaign FILE; nothing is sent."""
    from live_activity.cli.template_command import print_template_row

    return DONE if print_template_row(file, number) else WRONG_INPUT


@main.command()
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV: a row an edition; with NAME a row a push.")
@click.option(
    "--table",
    type=click.Choice(["pushes", "activities", "batches", "commands", "findings"]),
    help="Which table of NAME --csv prints.  [default: pushes]",
)
@reporting_errors
def ledger(name: str | None, as_json: bool, as_csv: bool, table: str | None) -> int:
    """Print what the ledger knows: of every edition, or of one campaign's newest in full."""
    from live_activity.cli.subcommands import print_ledger

    if as_json and as_csv:
        raise click.UsageError("--json and --csv exclude each other; give one of them")
    if table is not None and not (name and as_csv):
        raise click.UsageError("--table chooses what NAME --csv prints; give both")
    return print_ledger(name, as_json=as_json, as_csv=as_csv, table=table)


class _TakesNegativeNumbers(click.Command):
    """Reads `shift -5` as it is meant: minutes, and no option."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        numbers = [each for each in args if re.fullmatch(r"-\d+(\.\d+)?", each)]
        if not numbers or "shift" not in args or "--" in args:
            return super().parse_args(ctx, args)
        return super().parse_args(ctx, [*(each for each in args if each not in numbers), "--", *numbers])


@main.command(cls=_TakesNegativeNumbers)
@click.argument("name")
@click.argument("action", required=False)
@click.argument("argument", required=False)
@click.option("--all", "everything", is_flag=True, help="Every running campaign: steer --all freeze.")
@click.option("--title", help="For send_now and end_now.")
@click.option("--message", help="For send_now and end_now.")
@click.option("--state", help="The content state as JSON, for send_now and end_now.")
@click.option("--confirm", is_flag=True, help="For send_now and end_now: send it though it breaks a guard.")
@click.option("--key", "key", multiple=True, help="One activity: column=value (repeatable). Default: all.")
@click.option(
    "--wait",
    "wait_seconds",
    default=30.0,
    show_default=True,
    type=click.FloatRange(min=0),
    callback=finite,
    help="Seconds to wait for the answer.",
)
@reporting_errors
def steer(
    name: str,
    action: str | None,
    argument: str | None,
    everything: bool,
    title: str | None,
    message: str | None,
    state: str | None,
    confirm: bool,
    key: tuple[str, ...],
    wait_seconds: float,
) -> int:
    """Send a steering command to the running campaign NAME; with --all, every running campaign: steer --all freeze.

    \b
    freeze                 send nothing but the end
    resume                 go on
    send_now --title T --message M --state JSON
    shift MINUTES          rows to come, start and end
    move_end TIME          2026-07-19T22:35:00Z
    change_timeline TABLE  another path or URL
    add_people TABLE       before the start
    remove_people TABLE    before the start
    end_now                optionally with --title, --message, --state
    release [FIELD]        a field that send_now set or that is held; default: all of them
    approve [NOTE]         the start that waits for approval: it starts as planned
    reject [NOTE]          the start that waits for approval: nothing is sent, the campaign is over
    """
    from live_activity.cli.subcommands import steer_campaign

    if everything:
        if action is not None or title or message or state or key:
            raise click.UsageError("with --all there is only the action: steer --all freeze")
        from live_activity.cli.desk_command import steer_everything

        return steer_everything(name, wait_seconds=wait_seconds)
    if action is None:
        raise click.UsageError("say which action: steer NAME ACTION; every campaign: steer --all freeze")
    return steer_campaign(
        name,
        action,
        argument,
        title=title,
        message=message,
        state=state,
        confirm=confirm,
        key=key,
        wait_seconds=wait_seconds,
    )


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option("--port", default=8710, show_default=True, type=click.IntRange(0, 65535), help="0: a free one.")
@click.option(
    "--allow-host", "allowed_hosts", multiple=True, help="A name by which it is reached (repeatable)."
)
@click.option("--prefect-ui", help="Address of the Prefect UI, for links to flow runs.")
@reporting_errors
def desk(host: str, port: int, allowed_hosts: tuple[str, ...], prefect_ui: str | None) -> int:
    """Serve the web page on which people watch, approve, correct and stop campaigns."""
    from live_activity.cli.desk_command import serve_desk

    return serve_desk(host, port, allowed_hosts=allowed_hosts, prefect_ui=prefect_ui)


@main.command("new-sheet")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--contract", required=True, help="The app's Swift file, a folder of them, or a JSON Schema.")
@click.option("--type", "type_name", help="The activity type. Needed only where there are several.")
@reporting_errors
def new_sheet(file: Path, contract: str, type_name: str | None) -> int:
    """Write an empty timeline workbook FILE.xlsx: right headings, choices, checks and an example row."""
    from live_activity.cli.console import out
    from live_activity.contract import only_type, read_contract
    from live_activity.timeline.blank_workbook import write_sheet

    write_sheet(str(file), read_contract(contract, type_name or only_type(contract)))
    out.print(f"{file} is written; fill it in, and name it as a campaign's timeline")
    return DONE


@main.command()
@click.option(
    "--every",
    type=click.FloatRange(min=1),
    callback=finite,
    help="Look again every so many seconds, until it is stopped; without it, once.",
)
@reporting_errors
def recover(every: float | None) -> int:
    """Finish what dead runs left open: resume it, or close it."""
    from live_activity.cli.subcommands import recover_now

    return recover_now(every=every)


@main.command(hidden=True)
@reporting_errors
def reconcile() -> int:
    """The former name of `recover`."""
    from live_activity.cli.subcommands import recover_now

    return recover_now()


if __name__ == "__main__":
    main()
