"""The text of the approval form: account, people, start, first and last card, findings, and a link to the plan."""

from __future__ import annotations

from live_activity.api.account import reaches_nobody
from live_activity.core.formatting import count_of
from live_activity.core.settings import settings
from live_activity.engine.approval import Decision, answer_by
from live_activity.engine.edition import Edition
from live_activity.views.first_and_last import of_edition
from live_activity.views.markdown import moment, people, phones, plain
from live_activity.views.sketcher import content_line, sketcher_of

MOST_FINDINGS = 10
_SEVERITIES = ("error", "warning")


def approval_text(edition: Edition, decision: Decision, *, plan: str | None = None) -> str:
    """The text beside the decision; `plan` is the address of the plan, if it is published."""
    zone = edition.campaign.zone
    by = moment(answer_by(edition, decision.asked_at), zone=zone)
    everybody = sum(each.people.count for each in edition.activities)
    matched = sum(each.people.totals().matched for each in edition.activities)
    lines = [
        f"**{plain(edition.campaign.name)}** waits for your decision. Answer before {by}; without an answer "
        "nothing starts.",
        "",
        f"- Account: **{plain(account_line(edition.campaign.account))}**",
        f"- Goes to: **{people(everybody)}**, {phones(matched)}",
        f"- Starts: **{_start(edition)}**",
        *_cards(edition),
        "",
        "You are asked because:",
        "",
        *(f"- {plain(reason)}" for reason in decision.reasons),
        "",
        *_findings(edition),
    ]
    if plan:
        lines += ["", f"[Open the plan]({plan})"]
    return "\n".join([*lines, *_pictures(edition)])


def account_line(account: str) -> str:
    """The account's name, and whether real phones receive what is sent with it."""
    if reaches_nobody(account, settings()):
        return f"{account} (the sandbox: no real phone receives anything)"
    return f"{account} (real phones receive it)"


def _start(edition: Edition) -> str:
    given = [each.state.plan.starts_at for each in edition.activities if each.times.given]
    if not given:
        return "at once, when it is approved"
    first, last = (moment(at, zone=edition.campaign.zone) for at in (min(given), max(given)))
    if first == last:
        return first
    return f"{first}, the last of {count_of(len(given), 'activity', 'activities')} {last}"


def _cards(edition: Edition) -> list[str]:
    ends = of_edition(edition)
    if not ends:
        return ["- First card: not known yet"]
    lines = [f"- {plain(each.named('card'))}: {content_line(each.content)}" for each in ends]
    if edition.feed.timeline.live:
        lines.append("- Last card: not known yet, the timeline is live")
    return lines


def _pictures(edition: Edition) -> list[str]:
    """The cards as pictures; they come last, because they are large."""
    sketcher = sketcher_of(edition.campaign, edition.feed.contract)
    pictures = [sketcher.picture(each.content, each.attributes, each.at) for each in of_edition(edition)]
    return [line for picture in pictures if picture for line in ("", picture)]


def _findings(edition: Edition) -> list[str]:
    found = [each for severity in _SEVERITIES for each in edition.findings if each.severity == severity]
    if not found:
        return ["There are no errors and no warnings."]
    lines = ["Findings:", "", *(f"- {each.severity}: {plain(each)}" for each in found[:MOST_FINDINGS])]
    more = len(found) - MOST_FINDINGS
    return [*lines, f"- and {more:,} more, in the plan"] if more > 0 else lines
