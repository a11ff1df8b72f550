"""The commands `ledger`, `desk`, `steer` and `recover`, for campaigns that have begun."""

from __future__ import annotations

import re

import click

from live_activity.cli.error_reporting import reporting_errors
from live_activity.cli.options import finite


@click.command()
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option(
    "--csv", "as_csv", is_flag=True, help="Print CSV: a row for each edition; with NAME, for each push."
)
@click.option(
    "--table",
    type=click.Choice(["pushes", "activities", "batches", "commands", "findings"]),
    help="Which table of NAME --csv prints.  [default: pushes]",
)
@reporting_errors
def ledger(name: str | None, as_json: bool, as_csv: bool, table: str | None) -> int:
    """Print the ledger: one line for each edition, or the newest edition of the campaign NAME in full."""
    from live_activity.cli.ledger_command import print_ledger

    if as_json and as_csv:
        raise click.UsageError("--json and --csv exclude each other; give one of them")
    if table is not None and not (name and as_csv):
        raise click.UsageError("--table chooses what NAME --csv prints; give both")
    return print_ledger(name, as_json=as_json, as_csv=as_csv, table=table)


@click.command()
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


class _TakesNegativeNumbers(click.Command):
    """Reads the -5 of `shift -5` as a number of minutes, not as an option."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        numbers = [each for each in args if re.fullmatch(r"-\d+(\.\d+)?", each)]
        if not numbers or "shift" not in args or "--" in args:
            return super().parse_args(ctx, args)
        return super().parse_args(ctx, [*(each for each in args if each not in numbers), "--", *numbers])


@click.command(cls=_TakesNegativeNumbers)
@click.argument("name")
@click.argument("action", required=False)
@click.argument("argument", required=False)
@click.option("--all", "everything", is_flag=True, help="Every running campaign: steer --all freeze.")
@click.option("--title", help="For send_now and end_now.")
@click.option("--message", help="For send_now and end_now.")
@click.option("--state", help="The content state as JSON, for send_now and end_now.")
@click.option("--confirm", is_flag=True, help="For send_now and end_now: send content that breaks a guard.")
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
    confirm: bool,
    key: tuple[str, ...],
    wait_seconds: float,
    **content: str | None,
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
    from live_activity.cli.steer_command import steer_campaign, steer_everything

    if everything:
        if action is not None or any(content.values()) or key:
            raise click.UsageError("with --all there is only the action: steer --all freeze")
        return steer_everything(name, wait_seconds=wait_seconds)
    if action is None:
        raise click.UsageError("say which action: steer NAME ACTION; every campaign: steer --all freeze")
    given = {**content, "confirm": confirm}
    return steer_campaign(name, action, argument, given, key=key, wait_seconds=wait_seconds)


@click.command()
@click.option(
    "--every",
    type=click.FloatRange(min=1),
    callback=finite,
    help="Look again every so many seconds, until stopped. Default: look once.",
)
@reporting_errors
def recover(every: float | None) -> int:
    """Finish what dead runs left open: continue it, or close it."""
    from live_activity.cli.recover_command import recover_now

    return recover_now(every=every)


@click.command(hidden=True)
@reporting_errors
def reconcile() -> int:
    """The former name of `recover`."""
    from live_activity.cli.recover_command import recover_now

    return recover_now()
