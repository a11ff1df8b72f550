"""Prints to the console: one line for each event, and a table at the end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from live_activity.campaign.forecast import describe_forecast
from live_activity.campaign.inputs import Inputs
from live_activity.campaign.model import Campaign
from live_activity.core.events import PROBLEMS, Event
from live_activity.core.findings import Finding
from live_activity.core.formatting import count_of
from live_activity.core.report import ActivityReport, Report, SegmentNumbers
from live_activity.views.handoff import handoff_line
from live_activity.views.who_was_reached import Reached, who_was_reached

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)

_COLOURS = {"error": "red", "warning": "yellow", "info": "cyan"}
WIDEST = 10_000
# With more activities than `MANY`, nobody reads every push: the first lines are printed, then one of `ONE_OF` lines.
MANY, FIRST_LINES, ONE_OF = 12, 40, 250


class ConsoleOutput:
    """An event handler that prints the events of a campaign; with very many activities it prints only some of them."""

    def __init__(self) -> None:
        self.report: Report | None = None
        self._count = 0
        self._activities: set[str] = set()
        self._leaves_some_out = False

    def __call__(self, event: Event) -> None:
        if event.type == "reported":
            self.report = event.figures["report"]
            return
        if event.activity is not None:
            self._count += 1
            self._activities.add(event.activity)
            if len(self._activities) > MANY and self._leaves_out(event):
                return
        name = f"{event.activity}  " if event.activity else ""
        style = "red" if event.type == "failed" else "yellow" if event.type in PROBLEMS else ""
        out.print(Text.assemble((f"{event.at:%H:%M:%S}  ", "dim"), name, (event.message, style)))

    def _leaves_out(self, event: Event) -> bool:
        if self._count > FIRST_LINES and not self._leaves_some_out:
            self._leaves_some_out = True
            out.print(Text(f"from here on: one line of {ONE_OF}, and every problem", "dim"))
        return self._count > FIRST_LINES and event.type not in PROBLEMS and self._count % ONE_OF != 0


def print_table(table: Table) -> None:
    """Prints a table, cut to the width of the terminal; in a file or a pipe it is as wide as its content."""
    if out.is_terminal:
        out.print(table)
    else:
        Console(file=out.file, highlight=False, width=WIDEST).print(table)


def print_cannot_listen(host: str, port: int, error: OSError) -> None:
    """Prints why a server could not begin to listen."""
    err.print(
        f"cannot listen on {host}:{port}: {error.strerror or error}; choose another with --host or --port"
    )


def print_findings(findings: Iterable[Finding], *, to: Console = out) -> None:
    """Prints a line for each finding."""
    for finding in findings:
        to.print(Text.assemble((finding.severity, _COLOURS[finding.severity]), f"  {finding}"))


def print_check(campaign: Campaign, inputs: Inputs, *, preview: str) -> None:
    """Prints the result of `check`; `preview` says what a run would do now."""
    out.print(Text(campaign.name, style="bold"))
    people = inputs.people
    table = _plain_table()
    if people is not None:
        for cells in _reach_rows(people, None, device_started=campaign.device_started):
            table.add_row(*cells)
        if len(people.activities) != 1 and not campaign.device_started:
            table.add_row("activities", f"{len(people.activities):,}")
    times = inputs.times
    table.add_row("timeline", f"{len(inputs.timeline.rows):,} rows")
    if campaign.device_started:
        table.add_row("rows count from", _moment(times.starts_at) if times.given else "the start of the run")
    else:
        table.add_row("registers", _moment(times.registers_at) if times.given else "at once")
        at_once = "at once, when everybody was added"
        table.add_row("starts", _moment(times.starts_at) if times.given else at_once)
    table.add_row("ends", _moment(times.ends_at))
    if inputs.forecast is not None:
        for name, line in describe_forecast(inputs.forecast):
            table.add_row(name, line)
    print_table(table)
    if inputs.source is not None and (sample := inputs.source.sample()) is not None:
        print_rows(*sample)
    print_findings(inputs.findings)
    out.print(Text(preview))
    if inputs.suggested_guards:
        out.print(
            Text("guards that fit this timeline; copy what you want into the campaign file:", style="dim")
        )
        out.print(Text("guards:\n" + "\n".join(f"  - {line}" for line in inputs.suggested_guards)))
    errors = len(inputs.errors)
    verdict = count_of(errors, "error") if errors else "ready to rehearse"
    out.print(Text(verdict, style="red" if errors else "green"))


def print_rows(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Prints the first rows that a saved query returns."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for column in columns:
        table.add_column(Text(column))
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    print_table(table)


def print_report(report: Report) -> None:
    """Prints the summary at the end."""
    out.print()
    rehearsed = " (rehearsal)" if report.mode == "rehearse" else ""
    colour = "red" if report.failed else "green"
    out.print(Text.assemble((f"{report.campaign}{rehearsed}: ", "bold"), (report.status, colour)))
    table = _plain_table()
    activities = report.activities
    for cells in _reach_rows(report.segment, Reached.of(report), device_started=report.device_started):
        table.add_row(*cells)
    if len(activities) > 1:
        statuses = _statuses(activities).items()
        table.add_row("of them" if report.device_started else "activities", _listed(statuses))
    elif activities and activities[0].started_at is not None:
        table.add_row("started", _moment(activities[0].started_at))
        table.add_row("ended", _moment(activities[0].ended_at))
    updates = [each.updates for each in activities]
    table.add_row(
        "updates",
        f"{sum(u.sent for u in updates):,} sent, {sum(u.repeated for u in updates):,} repeated, "
        f"{sum(u.superseded for u in updates):,} overtaken, {sum(u.unchanged for u in updates):,} unchanged, "
        f"{sum(u.failed for u in updates):,} failed",
    )
    table.add_row("calls", ", ".join(f"{n:,} {name}" for name, n in report.calls.items() if n))
    if report.handoff.rows and report.mode != "rehearse":
        table.add_row("feed to handoff", handoff_line(report.handoff))
    if report.phones is not None:
        phones = report.phones
        table.add_row(
            "phones",
            f"{phones.reached:,} reached, {phones.showing_final:,} show the final state, {phones.stuck:,} stuck",
        )
    unreached = sum(each.unsynced_at_end for each in activities)
    if unreached:
        table.add_row("", f"{unreached:,} had not synced when it ended and could not be reached")
    print_table(table)
    print_findings(report.findings)
    if report.mode == "rehearse":
        out.print(Text("This was a rehearsal: nobody received anything.", style="bold"))


def _reach_rows(
    segment: SegmentNumbers, reached: Reached | None, *, device_started: bool
) -> Iterator[tuple[str, str]]:
    """The rows of the segment as one sum, and the lines below it."""
    numbers = f"{segment.rows:,} rows = {segment.accepted:,} accepted + {segment.rejected:,} rejected"
    yield "activities" if device_started else "people", numbers
    for line in who_was_reached(segment, reached, device_started=device_started).lines[1:]:
        if line.name != "accepted":
            yield line.label, line.amounts


def _listed(statuses: Iterable[tuple[str, int]]) -> str:
    return ", ".join(f"{number:,} {status.replace('_', ' ')}" for status, number in statuses)


def _plain_table() -> Table:
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    table.add_column(style="dim")
    table.add_column()
    return table


def _moment(moment: datetime | None, none: str = "not known") -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC" if moment is not None else none


def _statuses(activities: list[ActivityReport]) -> dict[str, int]:
    counted: dict[str, int] = {}
    for activity in activities:
        counted[activity.status] = counted.get(activity.status, 0) + 1
    return counted


def print_ledger_overview(editions: list[dict[str, Any]]) -> None:
    """Prints a line for each edition."""
    if not editions:
        out.print("the ledger is empty")
        return
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for heading in ("campaign", "mode", "edition", "status", "ended"):
        table.add_column(heading)
    for each in editions:
        table.add_row(
            each["name"],
            each["mode"],
            _moment(each["edition"]),
            each["status"],
            _moment(each["ended_at"], ""),
        )
    print_table(table)


def print_edition(edition: dict[str, Any]) -> None:
    """Prints one edition: its calls with their answers."""
    out.print(Text(f"{edition['name']} ({edition['mode']}): {edition['status']}", style="bold"))
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for heading in ("intended", "activity", "call", "outcome", "phones", "not synced", "what"):
        table.add_column(heading)
    for batch in edition["batches"]:
        matched = (batch["counters"] or {}).get("matched", "")
        table.add_row(
            _moment(batch["intended_at"]),
            str(batch["number"]),
            batch["endpoint"],
            batch["outcome"],
            str(matched),
            "",
            f"batch {batch['batch']}, {count_of(batch['people'], 'person', 'people')}",
        )
    for push in edition["pushes"]:
        unsynced = "" if push["unsynced"] is None else str(push["unsynced"])
        table.add_row(
            _moment(push["intended_at"]),
            str(push["number"]),
            push["kind"],
            push["outcome"],
            str(push["triggered"]),
            unsynced,
            push["told"] or push["content"].get("title") or "",
        )
    for command in edition["commands"]:
        table.add_row(
            _moment(command["asked_at"]),
            "",
            command["action"],
            "",
            "",
            "",
            command["answer"] or "not carried out yet",
        )
    print_table(table)
