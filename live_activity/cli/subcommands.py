"""Playing a campaign file from a shell: look first, then a Prefect server, then the flow."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
from collections.abc import Callable, Coroutine, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from live_activity.api.account import account_of_environment
from live_activity.campaign.inputs import Inputs, look, without_timeline
from live_activity.campaign.model import Campaign, Mode, read_campaign
from live_activity.campaign.paths import resolved
from live_activity.campaign.placeholders import fill_placeholders
from live_activity.campaign.preset_keys import PRESET_KEYS
from live_activity.cli.console import ConsoleOutput, err, out, print_check, print_findings, print_report
from live_activity.cli.main import DONE, FAILED, WRONG, expect_report, write_report
from live_activity.core.findings import Finding, InvalidInput
from live_activity.core.report import Report, SegmentReport
from live_activity.core.settings import settings
from live_activity.core.yaml_file import read_yaml
from live_activity.engine.session import LISTENERS
from live_activity.ledger import Database, LedgerUnwritable, LostLease, Owned, newest_edition
from live_activity.prefect_integration.local_server import (
    QUIET,
    ServerDidNotStart,
    private_server,
    wait_until_reachable,
)
from live_activity.prefect_integration.options import OPTIONS, Options
from live_activity.sources.saved_query import is_query


def check_file(file: Path, *, report_file: Path | None) -> int:
    """Looks at a campaign file and at everything it names; the exit code."""
    campaign, inputs = _looked_at(file, "check", report_file)
    write_report(report_file, _report(campaign.name, "check", "checked", inputs.findings, inputs).as_json())
    print_check(campaign.name, inputs)
    return WRONG if inputs.errors else DONE


def play_file(
    file: Path,
    mode: Mode,
    *,
    report_file: Path | None,
    speed: float | None = None,
    yes: bool = False,
    again: bool = False,
) -> int:
    """Plays a campaign file; the exit code. The report is written on failure too."""
    campaign, inputs = _looked_at(file, mode, report_file, to_ask=not yes)
    if inputs.errors and not _is_open(campaign.name, mode):
        write_report(report_file, _report(campaign.name, mode, "failed", inputs.findings, inputs).as_json())
        raise InvalidInput(inputs.findings)
    if mode in ("run", "test") and not yes and not _agreed(campaign, inputs):
        return FAILED
    lines = ConsoleOutput()
    signal.signal(signal.SIGTERM, terminate)
    try:
        with (
            _prefect(live=mode != "rehearse", alone=_needs_no_blocks(campaign)) as with_ui,
            _listening(
                lines,
                Options(
                    again=again,
                    speed=speed,
                    base=str(file.parent.resolve()),
                    agreed="--yes at a shell" if yes else "yes at a terminal",
                    shown=with_ui,
                ),
            ),
        ):
            _unless_stopped(lambda: _play(campaign, mode))
    except InvalidInput as invalid:
        write_report(report_file, _report(campaign.name, mode, "failed", invalid.findings, inputs).as_json())
        raise
    except (Owned, LostLease, LedgerUnwritable, ServerDidNotStart) as stopped:
        err.print(str(stopped))
        finding = Finding(severity="error", code="not_played", message=str(stopped), where=campaign.name)
        values = lines.report or _report(campaign.name, mode, "failed", [finding], inputs)
        write_report(report_file, values.as_json())
        return FAILED
    except KeyboardInterrupt:
        err.print("stopped")
    except Exception as unexpected:  # whatever it is, the report is written and the exit code is right
        err.print(f"failed: {type(unexpected).__name__}: {unexpected}")
    if lines.report is None:
        write_report(
            report_file, _report(campaign.name, mode, "cancelled", inputs.findings, inputs).as_json()
        )
        return FAILED
    write_report(report_file, lines.report.as_json())
    print_report(lines.report)
    return FAILED if lines.report.failed else DONE


def print_ledger(name: str | None, *, as_json: bool) -> int:
    """Prints the ledger: every edition in a line, or all of one campaign's newest."""
    from live_activity.ledger.queries import overview, whole

    database = Database(settings().database_url)
    try:
        told: Any = overview(database) if name is None else whole(database, name)
    finally:
        database.close()
    if as_json:
        out.print_json(json.dumps(told, default=str))
        return DONE
    from live_activity.cli.console import print_edition, print_ledger_overview

    print_ledger_overview(told) if name is None else print_edition(told)
    return DONE


def print_contract(file: Path, type_name: str | None, *, json_schema: bool) -> int:
    """Prints what an app's type accepts; the exit code."""
    from live_activity.contract import as_text, only_type, read_contract

    contract = read_contract(file, type_name or only_type(file))
    if json_schema:
        out.print_json(json.dumps(contract.json_schema()))
    else:
        out.print(as_text(contract.table()), markup=False)
    print_findings(contract.notes, to=err if json_schema else out)
    return WRONG if any(note.severity == "error" for note in contract.notes) else DONE


def steer_campaign(
    name: str,
    action: str,
    argument: str | None,
    *,
    title: str | None,
    message: str | None,
    state: str | None,
    key: tuple[str, ...],
    wait_seconds: float,
) -> int:
    """Tells a living campaign something, and prints its answer; the exit code."""
    from live_activity.engine.steering.send import ask, key_of

    given = {"title": title, "message": message, "state": state, **_named(action, argument)}
    database = Database(settings().database_url)
    try:
        answer = asyncio.run(ask(database, name, action, given, key=key_of(key), wait_seconds=wait_seconds))
    except LedgerUnwritable as unwritable:
        err.print(f"not told: {unwritable}")
        return FAILED
    finally:
        database.close()
    out.print(answer.line)
    return DONE if answer.done else FAILED


def reconcile_now() -> int:
    """Finishes what dead runs left open; the exit code."""
    try:
        with _prefect(), _listening(ConsoleOutput(), Options(keep_run=False)):
            from flows.recover import reconcile

            found = _unless_stopped(reconcile)
    except (ServerDidNotStart, LedgerUnwritable) as stopped:
        err.print(str(stopped))
        return FAILED
    out.print(f"{found} campaigns were left open by dead runs" if found else "nothing was left open")
    return DONE


def _named(action: str, argument: str | None) -> dict[str, str]:
    """The one argument of an action under its name; a table's path is where the shell stands."""
    if argument is None:
        return {}
    name = {"shift": "minutes", "move_end": "ends_at"}.get(action, "table")
    if name == "table" and "://" not in argument:
        argument = str(Path(argument).expanduser().resolve())
    return {name: argument}


class Terminated(KeyboardInterrupt):
    """SIGTERM. Python ends as interrupted, whoever catches it, when Ctrl-C's own exception comes at an import."""


def terminate(_number: int, _frame: Any) -> None:
    """Has SIGTERM be what Ctrl-C is, until the campaign minds its signals itself."""
    raise Terminated


def _unless_stopped(doing: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    """Runs a flow to its end. Raises `KeyboardInterrupt` where a signal stopped it, at whatever point."""
    # Imported here: `check` and the sandbox need no Prefect, and its settings are read when it is imported.
    from prefect.exceptions import CancelledRun, TerminationSignal

    try:
        return asyncio.run(doing())
    except (CancelledRun, TerminationSignal, asyncio.CancelledError):
        raise KeyboardInterrupt from None


async def _play(campaign: Campaign, mode: Mode) -> None:
    from prefect.logging.handlers import APILogHandler

    from flows.campaign import campaign as flow

    try:
        await flow(mode=mode, **{name: getattr(campaign, name) for name in Campaign.model_fields})
    finally:
        # What is still on its way to the server would find it stopped.
        await APILogHandler.aflush()


def _looked_at(
    file: Path, mode: Mode, report_file: Path | None, *, to_ask: bool = True
) -> tuple[Campaign, Inputs]:
    expect_report(report_file)
    try:
        written = read_yaml(file, what="campaign file")
        values = {
            key: written[key] for key in written if key not in PRESET_KEYS or key in Campaign.model_fields
        }
        asked = resolved(read_campaign(values, where=file.name), str(file.parent.resolve()))
        campaign = fill_placeholders(asked, mode, now=datetime.now(UTC), where=file.name)
        if campaign.source_credentials is not None or is_query(campaign.timeline):
            # Imported here: only blocks need Prefect.
            from live_activity.prefect_integration.source_block import open_sources_now

            open_sources_now(campaign)
        return campaign, _handed_over(campaign, mode, to_ask=to_ask)
    except InvalidInput as invalid:
        write_report(report_file, _report(file.stem, mode, "failed", invalid.findings, None).as_json())
        raise


def _handed_over(campaign: Campaign, mode: Mode, *, to_ask: bool) -> Inputs:
    """Everything that the campaign names. Where an edition is to be gone on with, what cannot be read is only told.

    Where nobody is to be asked either, whoever plays it on looks by itself: a dead run's phones wait.
    """
    now = datetime.now(UTC)
    if not to_ask and _is_open(campaign.name, mode):
        return without_timeline(campaign, (), begun_at=now, planned_start=campaign.starts_at, mode=mode)
    try:
        return look(campaign, now=now, mode=mode, with_people=True)
    except InvalidInput as invalid:
        if not _is_open(campaign.name, mode):
            raise
        return without_timeline(
            campaign, invalid.findings, begun_at=now, planned_start=campaign.starts_at, mode=mode
        )


def _is_open(name: str, mode: Mode) -> bool:
    """Whether an edition is to be gone on with: no wrong row or unreadable timeline must keep it from its end."""
    if mode not in ("test", "run"):
        return False
    try:
        database = Database(settings().database_url)
    except LedgerUnwritable:
        return False
    try:
        newest = newest_edition(database, name, mode=mode)
    finally:
        database.close()
    return newest is not None and not newest.finished


def _report(name: str, mode: Mode, status: str, findings: Any, inputs: Inputs | None) -> Report:
    people = inputs.people if inputs is not None else None
    return Report(
        campaign=name,
        edition=inputs.times.starts_at if inputs is not None else None,
        mode=mode,
        status=status,
        findings=list(findings),
        segment=SegmentReport.of(people),
    )


def _agreed(campaign: Campaign, inputs: Inputs) -> bool:
    import click

    print_check(campaign.name, inputs)
    people = inputs.people.accepted if inputs.people is not None else 0
    try:
        return click.confirm(f"Send this to {people:,} people?", default=False)
    except click.Abort:
        err.print("not started: nobody agreed; add --yes where nobody can be asked")
        return False


@contextlib.contextmanager
def _listening(lines: ConsoleOutput, options: Options) -> Iterator[None]:
    heard, chosen = LISTENERS.set((lines,)), OPTIONS.set(options)
    try:
        yield
    finally:
        LISTENERS.reset(heard)
        OPTIONS.reset(chosen)


def _needs_no_blocks(campaign: Campaign) -> bool:
    """Whether the environment has all that would else be a block of the Prefect server that is named."""
    if account_of_environment(settings()) is None:
        return False
    if campaign.source_credentials is None and not is_query(campaign.timeline):
        return True
    from live_activity.prefect_integration.source_block import blocks_named  # only blocks need Prefect

    return not blocks_named(campaign)


@contextlib.contextmanager
def _prefect(*, live: bool = False, alone: bool = False) -> Iterator[bool]:
    """The Prefect server that the environment names, or a private one for as long as the block lasts.

    What is `live` waits for a server that is away, and where it can be played `alone` it is not lost with the server:
    the phones matter more than where it is shown. Whether there is a UI: a private server is gone with the command,
    and nobody could look at what is shown there. Raises `ServerDidNotStart`.
    """
    before = dict(os.environ)
    os.environ.update({name: value for name, value in QUIET.items() if name not in os.environ})
    try:
        if named := os.environ.get("PREFECT_API_URL"):
            try:
                wait_until_reachable(named, though_nobody_listens=live)
            except ServerDidNotStart as away:
                if not (live and alone):
                    raise
                err.print(f"{away}; it is played without that server, and shown in no UI")
            else:
                yield True
                return
        out.print("a Prefect server of its own starts, which takes some seconds", style="dim")
        with private_server() as url:
            os.environ["PREFECT_API_URL"] = url
            yield False
    finally:
        os.environ.clear()
        os.environ.update(before)
