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
from live_activity.views.markdown import card, moment, people, phones, plain, table, words
from live_activity.views.now import ends
from live_activity.views.sketcher import sketcher_of

# Counters of the API that count people; all others count phones (reference, /register).
OF_PEOPLE = frozenset({"user_not_found"})
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
    segment = edition.roster.staged
    if edition.campaign.device_started:
        rejected = [
            (f"less rejected: {words(why)}", f"{number:,}") for why, number in segment.reasons.items()
        ]
        accepted = ("**accepted**", f"**{segment.accepted:,}**")
        return table(
            ("which", "activities"), [("rows of the table", f"{segment.rows:,}"), *rejected, accepted]
        )
    lines: list[tuple[str, str, str]] = [("rows of the segment", people(segment.rows), "")]
    lines += [(f"less rejected: {words(why)}", people(number), "") for why, number in segment.reasons.items()]
    lines.append(("**accepted**", f"**{people(segment.accepted)}**", ""))
    skipped: Counter[str] = Counter()
    matched = denied = unknown = count = 0
    for activity in edition.activities:
        totals = activity.people.totals()
        skipped.update(totals.skipped)
        matched, denied = matched + totals.matched, denied + totals.gdpr_denied
        unknown, count = unknown + totals.unprocessed, count + activity.people.count
    if count != segment.accepted:
        lines.append(("added or removed by hand since", f"{count - segment.accepted:+,} people", ""))
    not_found = sum(number for why, number in skipped.items() if why in OF_PEOPLE)
    lines += [
        (f"less {words(why)}", people(number), "") for why, number in skipped.items() if why in OF_PEOPLE
    ]
    pending = not everybody_added(edition)
    label = "less not added yet" if pending else "less unknown: their look-up failed"
    if unknown:
        lines.append((label, people(unknown), ""))
    of_phones = {why: number for why, number in skipped.items() if why not in OF_PEOPLE}
    if denied:
        of_phones["consent_refused"] = denied
    seen = matched + sum(of_phones.values())
    lines.append(("**found**", f"**{people(count - not_found - unknown)}**", phones(seen)))
    lines += [(f"less {words(why)}", "", phones(number)) for why, number in of_phones.items()]
    lines.append(("**matched**", "", f"**{phones(matched)}**"))
    return table(("who", "people", "phones"), lines)


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
