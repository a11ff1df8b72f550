"""What a person approves, as text: account, people, start, first and last card, findings, and where the plan is."""

from __future__ import annotations

import json

from live_activity.api.account import reaches_nobody
from live_activity.core.content import Content
from live_activity.core.formatting import count_of
from live_activity.core.settings import settings
from live_activity.engine.approval import Decision, answer_by
from live_activity.engine.edition import Edition
from live_activity.views.markdown import moment, people, phones, plain

MOST_FINDINGS = 10
_SEVERITIES = ("error", "warning")
_SHORT = 200


def approval_text(edition: Edition, decision: Decision, *, plan: str | None = None) -> str:
    """The text beside the decision; `plan` is the address of the plan, where that is published."""
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
    return "\n".join(lines)


def account_line(account: str) -> str:
    """The account's name, and whether real phones are behind it."""
    if reaches_nobody(account, settings()):
        return f"{account} (the sandbox: no real phone receives anything)"
    return f"{account} (real phones receive it)"


def text_line(content: Content) -> str:
    """Content on one line: title, message, and the state's fields."""
    state = json.dumps(content.state, ensure_ascii=False, sort_keys=True)
    shown = f"{content.title or 'no title'} - {content.message or 'no message'} - {state}"
    return plain(shown if len(shown) <= _SHORT else f"{shown[: _SHORT - 3]}...")


def _start(edition: Edition) -> str:
    given = [each.state.plan.starts_at for each in edition.activities if each.times.given]
    if not given:
        return "at once, when it is approved"
    first, last = (moment(at, zone=edition.campaign.zone) for at in (min(given), max(given)))
    if first == last:
        return first
    return f"{first}, the last of {count_of(len(given), 'activity', 'activities')} {last}"


def _cards(edition: Edition) -> list[str]:
    rows = sorted(edition.feed.timeline.rows, key=lambda row: (row.due(edition.times.starts_at), row.number))
    if not rows:
        return ["- First card: not known yet"]
    lines = [f"- First card: {text_line(rows[0].content)}"]
    if edition.feed.timeline.live:
        lines.append("- Last card: not known yet, the timeline is live")
    elif len(rows) > 1:
        lines.append(f"- Last card: {text_line(rows[-1].content)}")
    return lines


def _findings(edition: Edition) -> list[str]:
    found = [each for severity in _SEVERITIES for each in edition.findings if each.severity == severity]
    if not found:
        return ["Nothing was found that you would have to look at."]
    lines = ["Findings:", "", *(f"- {each.severity}: {plain(each)}" for each in found[:MOST_FINDINGS])]
    more = len(found) - MOST_FINDINGS
    return [*lines, f"- and {more:,} more, in the plan"] if more > 0 else lines
