"""Approval gate: once the audience is known, a person approves or rejects the start; silence rejects."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from live_activity.campaign.previous_editions import never_rehearsed
from live_activity.core.background import in_background
from live_activity.core.findings import Finding
from live_activity.core.formatting import count_of
from live_activity.core.report import NO_ANSWER, NOT_APPROVED
from live_activity.engine.edition import Edition
from live_activity.ledger import LedgerUnwritable, LostLease

# How often to check whether the audience is known, and whether the time to answer is over; real seconds.
LOOK_SECONDS = 0.5
# How long to wait, after the time to answer, for a form that was answered at the last moment; real seconds.
LAST_LOOK_SECONDS = 3.0
# How long a campaign that would start at once waits for an answer.
PATIENCE = timedelta(minutes=60)
# Above this share of ids that can match nobody, approval is needed in any case.
MOST_UNMATCHED = 0.05

ApprovalAnswer = Literal["approved", "rejected", "no answer"]


@dataclass(frozen=True, slots=True)
class Decision:
    """Why approval is needed, since when, and the answer; `answer` is None until there is one.

    `author` is who answered, where that is known.
    """

    reasons: tuple[str, ...]
    asked_at: datetime
    answer: ApprovalAnswer | None = None
    note: str = ""
    answered_at: datetime | None = None
    author: str = ""

    def as_json(self) -> dict[str, Any]:
        """The decision as the ledger keeps it."""
        values = asdict(self)
        moments = {name: at.isoformat() for name in ("asked_at", "answered_at") if (at := values[name])}
        return {**values, "reasons": list(self.reasons), **moments}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Decision:
        """The decision that `as_json` returned as JSON."""
        answered = values.get("answered_at")
        return cls(
            tuple(values["reasons"]),
            datetime.fromisoformat(values["asked_at"]),
            values.get("answer"),
            values.get("note") or "",
            datetime.fromisoformat(answered) if answered else None,
            values.get("author") or "",
        )


AskApproval = Callable[[Edition, Decision], Awaitable[tuple[ApprovalAnswer, str]]]
"""Shows a form to a person, and returns the answer with its note. It is cancelled once somebody answered elsewhere."""


@asynccontextmanager
async def approval(
    edition: Edition, *, agreed: str | None = None, ask: AskApproval | None = None
) -> AsyncIterator[None]:
    """Holds the start back until it is approved, if approval is needed; `agreed` says who approved it beforehand.

    The answer comes from `ask`, or from a steering command. Without either in time, nothing starts.
    """
    before = decision_of(edition)
    # A start that was approved beforehand is recorded once, with the reasons for which approval was needed.
    unrecorded = agreed is not None and before is not None and not before.reasons
    reasons = reasons_to_ask(edition) if before is None or before.answer is None or unrecorded else []
    if not reasons or not hold(edition):
        yield
        return
    if agreed is not None:
        decide(edition, open_decision(edition, reasons), "approved", agreed)
        yield
        return
    async with in_background(_ask_until_decided(edition, reasons, ask)):
        yield


async def _ask_until_decided(edition: Edition, reasons: list[str], ask: AskApproval | None) -> None:
    # No event says that an activity is enrolled, and half a second does not matter to a person who reads a plan.
    while not everybody_added(edition):  # noqa: ASYNC110  # see above
        await asyncio.sleep(LOOK_SECONDS)
    while awaited(edition):
        try:
            await _ask_once(edition, reasons, ask)
        except LedgerUnwritable as unwritable:
            edition.emit("failed", f"{unwritable}; approval is asked for again")
            await asyncio.sleep(LOOK_SECONDS)
        except LostLease:
            # The run that owns the edition now asks. The next call of this run finds that out and sends nothing.
            for activity in edition.activities:
                activity.change(undecided=False)


async def _ask_once(edition: Edition, reasons: list[str], ask: AskApproval | None) -> None:
    decision = open_decision(edition, reasons)
    form = asyncio.create_task(_answer(edition, decision, ask))
    try:
        by = answer_by(edition, decision.asked_at).astimezone(edition.campaign.zone)
        edition.emit(
            "awaiting_approval",
            f"waits for approval until {by:%Y-%m-%d %H:%M:%S} {edition.campaign.zone.key}: {'; '.join(reasons)}",
        )
        while (
            awaited(edition)
            and not form.done()
            and edition.clock.now() < answer_by(edition, decision.asked_at)
        ):
            await asyncio.wait({form}, timeout=LOOK_SECONDS)
        if awaited(edition) and ask is not None:
            await asyncio.wait({form}, timeout=LAST_LOOK_SECONDS)
    finally:
        answered = form.done() and not form.cancelled()
        form.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.wait({form})
    if not awaited(edition):
        return
    answer, note = form.result() if answered else ("no answer", "")
    decide(edition, decision, answer, note)


async def _answer(
    edition: Edition, decision: Decision, ask: AskApproval | None
) -> tuple[ApprovalAnswer, str]:
    if ask is None:
        await asyncio.Event().wait()  # the answer comes as a command, or not at all
        raise AssertionError("unreachable: nothing sets this event")
    return await ask(edition, decision)


def agreement(note: str, *, now: datetime) -> dict[str, Any]:
    """The record of an approval that was given before it was asked for."""
    return Decision((), now, "approved", note, now).as_json()


def decision_of(edition: Edition) -> Decision | None:
    """The approval as the ledger records it; None where it was not asked for yet."""
    written = edition.ledger.edition().decision
    return Decision.from_json(written) if written else None


def reasons_to_ask(edition: Edition) -> list[str]:
    """The reasons why a person has to approve the start, a line each; empty where no approval is needed.

    Only the mode `run` needs approval, and never a device-started campaign. Approval is needed unless `approval` is
    false; even then if content or segment was never rehearsed or tested, or if many ids can match nobody.
    """
    if edition.mode != "run" or edition.campaign.device_started:
        return []
    asked_for = (
        ["a person has to approve every start of this campaign"]
        if edition.campaign.approval is not False
        else []
    )
    return [
        *asked_for,
        *_unmatched(edition),
        *never_rehearsed(edition.ledger.database, edition.ledger.edition_id),
    ]


def _unmatched(edition: Edition) -> list[str]:
    people = edition.roster.staged if edition.roster is not None else None
    if people is None or people.unmatched_share <= MOST_UNMATCHED:
        return []
    return [
        f"{people.unmatched_share:.0%} of the ids look as if they could match nobody "
        f"({count_of(people.unmatched, 'row')}; the findings say why)"
    ]


def hold(edition: Edition) -> bool:
    """Holds every start back until there is a decision; returns whether any start is held."""
    waiting = [each for each in edition.activities if not each.state.started and not each.state.start_unknown]
    for activity in waiting:
        if activity.state.stop_request is None and activity.state.over is None:
            activity.change(undecided=True)
    return awaited(edition)


def awaited(edition: Edition) -> bool:
    """Whether some activity still waits for the decision."""
    return any(
        each.state.undecided and each.state.stop_request is None and each.state.over is None
        for each in edition.activities
    )


def everybody_added(edition: Edition) -> bool:
    """Whether each activity has its people, or will never have any: then the plan is complete."""
    return all(
        each.state.enrolled or each.state.over is not None or each.state.stop_request is not None
        for each in edition.activities
    )


def answer_by(edition: Edition, asked_at: datetime) -> datetime:
    """Until when an answer counts: until the current planned start, or for an hour where it starts at once.

    A start that was past when approval was asked for counts as a start at once. No answer counts after the end.
    """
    held = [each for each in edition.activities if each.state.undecided]
    starts = min(
        (each.state.plan.starts_at for each in held if each.times.given), default=edition.times.starts_at
    )
    given = any(each.times.given for each in held)
    until = starts if given and starts > asked_at else asked_at + PATIENCE
    ends_at = edition.campaign.ends_at
    return min(until, ends_at) if ends_at is not None else until


def open_decision(edition: Edition, reasons: list[str]) -> Decision:
    """Records that approval is asked for; a decision that is still open keeps the time when it was asked for first."""
    asked = Decision(tuple(reasons), edition.clock.now())
    before = decision_of(edition)
    if before is not None and before.answer is None:
        asked = Decision(tuple(reasons), before.asked_at)
    edition.ledger.note(decision=asked.as_json(), status="awaiting_approval")
    return asked


def open_question(edition: Edition) -> Decision | None:
    """The decision that is still waited for; None where there is none."""
    decision = decision_of(edition)
    return decision if decision is not None and decision.answer is None and awaited(edition) else None


def decide_by_command(edition: Edition, answer: ApprovalAnswer, *, note: str, author: str) -> None:
    """Decides as a steering command says. An earlier decision is kept, so the command may be repeated."""
    asked = decision_of(edition)
    if asked is None or asked.answer is not None:
        return
    hold(edition)
    decide(edition, asked, answer, note, author=author)


def decide(
    edition: Edition, asked: Decision, answer: ApprovalAnswer, note: str = "", *, author: str = ""
) -> None:
    """Records the answer; an approval releases the start, everything else ends the campaign as rejected."""
    now = edition.clock.now()
    decision = Decision(asked.reasons, asked.asked_at, answer, note.strip()[:1000], now, author)
    if answer != "approved":
        edition.ledger.note(decision=decision.as_json(), status="running")
        why = _why(decision)
        edition.add_finding(Finding.warning(NOT_APPROVED, why, where=edition.campaign.name))
        edition.emit("rejected", why, answer=answer)
        edition.request_stop("rejected")
        return
    for activity in edition.activities:
        if activity.state.undecided and activity.state.enrolled and not activity.times.given:
            edition.start_times_from(activity, now)
    edition.ledger.note(decision=decision.as_json(), status="running")
    for activity in edition.activities:
        activity.change(undecided=False)
    by = f" by {author}" if author else ""
    reasons = "; ".join(asked.reasons)
    edition.emit(
        "note", f"the start was approved{by} ({decision.note or 'without a note'}), asked because: {reasons}"
    )


def _why(decision: Decision) -> str:
    if decision.answer == "no answer":
        return NO_ANSWER
    by = f" by {decision.author}" if decision.author else ""
    return f"not started: it was rejected{by}" + (f" ({decision.note})" if decision.note else "")
