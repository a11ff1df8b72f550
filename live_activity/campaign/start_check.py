"""Checks the start that will be sent as a whole: its attributes, title and message may come from different rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from live_activity.campaign.activity_findings import each_once
from live_activity.campaign.model import Campaign
from live_activity.campaign.planning import Times, planned_for
from live_activity.contract import Contract, check_size
from live_activity.core.findings import Finding
from live_activity.timeline import Row, Timeline

Key = Mapping[str, str]


def start_findings(
    campaign: Campaign,
    timeline: Timeline,
    times: Times,
    keys: Sequence[Key],
    contract: Contract | None,
    *,
    where: str,
    now: datetime,
) -> Iterator[Finding]:
    """What keeps the starts of these activities from being shown: each problem once, with its first activity.

    Where the timeline has errors already, its own findings say what is wrong, and the starts are not checked.
    """
    if any(finding.severity == "error" for finding in timeline.findings):
        return
    found = (
        (key, finding)
        for key in keys
        if (rows := timeline.for_key(key))
        for finding in _of_one(
            campaign, rows, planned_for(campaign, timeline, key, whole=times).starts_at, contract, now=now
        )
    )
    yield from each_once(found, where=where)


def _of_one(
    campaign: Campaign, rows: Sequence[Row], starts_at: datetime, contract: Contract | None, *, now: datetime
) -> Iterator[Finding]:
    ordered = sorted(rows, key=lambda row: (row.due(starts_at), row.number))
    opening = next((row for row in ordered if row.event == "start"), None)
    first = opening or ordered[0]
    # The start shows the newest row that is due at the start, else the first row.
    due = [row for row in ordered if row.due(starts_at) <= starts_at]
    shown = due[-1] if due else ordered[0]
    title = shown.content.title or first.content.title
    message = shown.content.message or first.content.message
    for name, text in (("title", title), ("message", message)):
        if not text:
            yield Finding.error(
                "start_without_text",
                f"no row is a start, and the start that is made of this row has no {name}, which the API asks for; "
                f"write start as the event of the first row, and a {name}",
                row=shown.number,
                column=name,
            )
    if opening is None and contract is not None:
        for finding in contract.check_attributes({}, from_text=False, now=now).findings:
            if finding.severity == "error":
                yield finding.model_copy(
                    update={
                        "code": "start_without_attributes",
                        "row": shown.number,
                        "message": "no row is a start, so the start is sent without attributes, and phones do not show "
                        f"it: {finding.message}; write start as the event of the first row, and its attributes",
                    }
                )
    if shown is not opening:
        yield from (
            finding.model_copy(update={"row": shown.number})
            for finding in check_size(
                event="start",
                activity_type=campaign.activity_type,
                title=title,
                message=message,
                state=shown.content.state,
                attributes=first.attributes,
            )
        )
