"""Mode `check`: looks at a campaign and at everything it names; nothing is sent, and the ledger is not changed."""

from __future__ import annotations

from datetime import UTC, datetime

from live_activity.campaign.inputs import read_inputs
from live_activity.campaign.placeholders import describe_times
from live_activity.core.events import Event, EventHandler
from live_activity.core.findings import InvalidInput
from live_activity.core.report import Report, SegmentReport
from live_activity.engine.run_preview import run_preview
from live_activity.engine.run_request import RunRequest


def check(request: RunRequest, *, event_handlers: tuple[EventHandler, ...] = ()) -> Report:
    """Checks a campaign; the report's status is `checked`. Raises `InvalidInput` where it cannot be played."""
    now = datetime.now(UTC)
    inputs = read_inputs(
        request.campaign,
        now=now,
        scheduled=request.scheduled,
        mode="check",
        with_people=True,
        access=request.access,
    )
    people = inputs.people
    assert people is not None  # they were asked for
    lines = [
        f"{people.rows:,} rows = {people.accepted:,} accepted + {people.rejected:,} rejected",
        describe_times(inputs.times, request.campaign),
        run_preview(request.campaign, inputs, now=now, scheduled=request.scheduled),
        *(f"{finding.severity}: {finding}" for finding in inputs.findings if finding.severity != "error"),
    ]
    if inputs.source is not None and (sample := inputs.source.sample()) is not None:
        lines += [" | ".join(cells) for cells in (sample[0], *sample[1])]
    if inputs.suggested_guards:
        lines += ["guards that fit this timeline:", *(f"- {line}" for line in inputs.suggested_guards)]
    for line in lines:
        for handle in event_handlers:
            handle(Event("note", line, now))
    if inputs.errors:
        raise InvalidInput(inputs.errors)
    return Report(
        campaign=request.campaign.name,
        edition=inputs.times.starts_at,
        mode="check",
        status="checked",
        device_started=request.campaign.device_started,
        segment=SegmentReport.of(people),
        findings=list(inputs.findings),
    )
