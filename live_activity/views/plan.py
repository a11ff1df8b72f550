"""The view `plan`: who will be reached, in a table that adds up, and what else is known before anything is sent."""

from __future__ import annotations

from collections import Counter

from live_activity.campaign.forecast import expected_repeats
from live_activity.campaign.planning import vendor_expiry
from live_activity.core.findings import Finding
from live_activity.core.formatting import count_of
from live_activity.engine.approval import decision_of, everybody_added
from live_activity.engine.edition import Edition
from live_activity.views.first_and_last import of_edition
from live_activity.views.markdown import card, moment, phones, plain, table
from live_activity.views.now import ends
from live_activity.views.sketcher import sketcher_of
from live_activity.views.who_was_reached import Reached, who_was_reached

MOST_FINDINGS = 30
HOW_TO_ANSWER = (
    "To answer, press Resume on the page of its run (in the newer UI, Resume is in the menu behind the three dots), or "
    "run the deployment steer with approve or reject."
)
_MARKS = {"error": "**error**", "warning": "**warning**", "info": "info"}


def plan_page(edition: Edition) -> str:
    """The plan as it is now; the number of phones is complete once everybody was added."""
    times, campaign, zone = edition.times, edition.campaign, edition.campaign.zone
    rehearsed = "Rehearsal: nobody receives anything.\n\n" if edition.mode == "rehearse" else ""
    expires = min(
        (at for each in edition.activities if (at := each.state.plan.expires_at) is not None),
        default=vendor_expiry(times, now=edition.clock.now()),
    )
    plans = [each.state.plan for each in edition.activities]
    registers = min((each.registers_at for each in plans), default=times.registers_at)
    starts = min((each.starts_at for each in plans), default=times.starts_at)
    begins = [
        ("registers", moment(registers, zone=zone) if times.given else "at once"),
        ("starts", moment(starts, zone=zone) if times.given else "at once, when everybody was added"),
    ]
    if edition.campaign.device_started:
        begins = [("rows count from", moment(starts, zone=zone) if times.given else "now")]
    facts = [
        ("activities", f"{len(edition.activities):,}"),
        *begins,
        ("ends", ends(edition)),
        ("the vendor's expiry", moment(expires, zone=zone)),
        ("account", plain(campaign.account)),
    ]
    return "\n\n".join(
        (
            f"# Plan of {plain(campaign.name)} ({edition.mode})",
            f"{rehearsed}{_decided(edition)}",
            people_table(edition),
            table(("when and where", ""), facts),
            # A table does not break long lines, in the older UI at least.
            f"forecast so far: {forecast(edition)}.",
            "\n\n".join(_cards(edition)),
            "## Findings",
            findings_list(edition.findings),
        )
    )


def _cards(edition: Edition) -> list[str]:
    """The first content, and the last one if it is known."""
    ends = of_edition(edition)
    if not ends:
        return [card("The first content is not known yet.", None)]
    sketcher = sketcher_of(edition.campaign, edition.feed.contract)
    return [
        card(
            each.named("content"),
            each.content,
            picture=sketcher.picture(each.content, each.attributes, each.at),
        )
        for each in ends
    ]


def people_table(edition: Edition) -> str:
    """From rows to people to phones: each line has its unit, and each sum is the one above less what was left out."""
    if edition.roster is None:
        return "The segment is not read yet."
    device_started = edition.campaign.device_started
    reach = who_was_reached(edition.roster.staged, _reached(edition), device_started=device_started)
    lines = []
    for place, line in enumerate(reach.lines):
        bold = "**" if place and line.kind == "sum" else ""
        # With one unit, the heading of its column says which one it is.
        numbers = [line.amount(unit) if len(reach.units) > 1 else line.number(unit) for unit in reach.units]
        lines.append([f"{bold}{cell}{bold}" if cell else "" for cell in (plain(line.label), *numbers)])
    return table(("which" if device_started else "who", *reach.units), lines)


def _reached(edition: Edition) -> Reached | None:
    if not edition.activities:
        return None
    skipped: Counter[str] = Counter()
    totals = [each.people.totals() for each in edition.activities]
    for each in totals:
        skipped.update(each.skipped)
    return Reached(
        people=sum(each.people.count for each in edition.activities),
        matched=sum(each.matched for each in totals),
        skipped=skipped,
        gdpr_denied=sum(each.gdpr_denied for each in totals),
        unprocessed=sum(each.unprocessed for each in totals),
        pending=not everybody_added(edition),
    )


def forecast(edition: Edition) -> str:
    """What would be sent if the timeline no longer changed, with the pushes expected for phones left behind."""
    pushes = behind = alerts = 0
    for activity in edition.activities:
        rows = activity.schedule.rows
        pushes += len(rows)
        behind += len(expected_repeats([each.due for each in rows if each.row.event == "update"]))
        behind += bool(rows)
        alerts = max(alerts, sum(bool(each.row.content.title or each.row.content.message) for each in rows))
    more = ", and rows that are still to be written" if edition.feed.timeline.live else ""
    phone_alerts = f"a phone alerts at most {count_of(alerts, 'time')}"
    more = f" for rows{more}, about {behind:,} more for phones left behind; {phone_alerts}"
    if edition.campaign.device_started:
        return f"{pushes:,} pushes{more}"
    matched = sum(activity.people.totals().matched for activity in edition.activities)
    return f"{pushes:,} pushes{more}; to {phones(matched)} matched so far"


def findings_list(findings: list[Finding]) -> str:
    """A line for each finding, errors first."""
    if not findings:
        return "Nothing was found."
    severities = ("error", "warning", "info")
    ordered = sorted(findings, key=lambda finding: severities.index(finding.severity))
    lines = [f"- {_MARKS[each.severity]} {plain(each)}" for each in ordered[:MOST_FINDINGS]]
    if len(ordered) > MOST_FINDINGS:
        lines.append(f"- and {len(ordered) - MOST_FINDINGS:,} more, in the table of findings")
    return "\n".join(lines)


def _decided(edition: Edition) -> str:
    decision = decision_of(edition)
    if decision is None:
        return ""
    why = "; ".join(decision.reasons)
    if decision.answer is None:
        return f"**It waits for approval**, because {plain(why)}. {HOW_TO_ANSWER}"
    note = f": {plain(decision.note)}" if decision.note else ""
    answered = f"**{decision.answer}** at {moment(decision.answered_at, zone=edition.campaign.zone)}{note}"
    return f"Approval: {answered}. It was needed because {plain(why)}."
