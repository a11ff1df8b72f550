"""Mode `check`: looks at a campaign and at everything it names; nothing is sent, and the ledger stays as it is."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from live_activity.findings import WrongInput
from live_activity.inputs import look
from live_activity.occasion import in_words
from live_activity.playing import Order
from live_activity.report import Report, SegmentReport
from live_activity.telling import Listener, Told


def check(order: Order, *, listeners: tuple[Listener, ...] = ()) -> dict[str, Any]:
    """What was found, as a report of the status `checked`. Raises `WrongInput` where it could not be played."""
    now = datetime.now(UTC)
    inputs = look(order.campaign, now=now, scheduled=order.scheduled, mode="check", with_people=True)
    people = inputs.people
    assert people is not None  # they were asked for
    lines = [
        f"{people.rows:,} rows = {people.accepted:,} accepted + {people.rejected:,} rejected",
        in_words(inputs.times, order.campaign, device_started=order.device_started),
        *(f"{finding.severity}: {finding}" for finding in inputs.findings if finding.severity != "error"),
    ]
    if inputs.source is not None and (sample := inputs.source.sample()) is not None:
        lines += [" | ".join(cells) for cells in (sample[0], *sample[1])]
    for line in lines:
        for listener in listeners:
            listener(Told("note", line, now))
    if inputs.errors:
        raise WrongInput(inputs.errors)
    report = Report(
        campaign=order.campaign.name,
        edition=inputs.times.starts_at,
        mode="check",
        status="checked",
        segment=SegmentReport(
            rows=people.rows, accepted=people.accepted, rejected=people.rejected, reasons=dict(people.reasons)
        ),
        findings=list(inputs.findings),
    )
    return report.as_json()
