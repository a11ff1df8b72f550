"""Runs `next_step` for one activity against given answers, without any I/O: what would be sent, and when."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from live_activity.core.content import Content
from live_activity.decision.after_push import after_push
from live_activity.decision.next_step import (
    End,
    Enrol,
    Finished,
    MarkUnchanged,
    Refresh,
    Settle,
    Start,
    Update,
    Wait,
    next_step,
)
from live_activity.decision.schedule import Schedule, schedule
from live_activity.decision.state import ActivityState, Kind, Outcome, Plan, Push
from live_activity.timeline import Row, RowEvent

KICK_OFF = datetime(2026, 7, 19, 19, 0, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return KICK_OFF + timedelta(minutes=minutes)


def row(
    number: int, minutes: float, score: int, *, event: RowEvent = "update", title: str | None = "Derby"
) -> Row:
    content = Content(title=title, message=f"score {score}", state={"score": score})
    return Row(
        number, event, content, {"home": "A"} if event == "start" else {}, {}, timedelta(minutes=minutes)
    )


def rows_of(*rows: Row) -> Schedule:
    return schedule(rows, start=KICK_OFF)


def plan(**values: object) -> Plan:
    return replace(Plan(starts_at=KICK_OFF, registers_at=at(-30)), **values)  # type: ignore[arg-type]  # names are checked


def enrolled(**values: object) -> ActivityState:
    return replace(ActivityState(plan=plan(expires_at=at(600)), enrolled=True, refreshed=True), **values)  # type: ignore[arg-type]  # names are checked


@dataclass
class Answer:
    outcome: Outcome = Outcome.DONE
    unsynced: int | None = 0
    triggered: int = 0


Answers = Callable[[Push], Answer]


@dataclass
class Played:
    """The pushes in order with their outcomes, and how the activity finished."""

    pushes: list[Push] = field(default_factory=list)
    state: ActivityState = field(default_factory=enrolled)
    over: Finished | None = None
    enrolments: int = 0
    refreshes: int = 0

    def scores(self, *kinds: Kind) -> list[object]:
        return [push.content.state["score"] for push in self.pushes if not kinds or push.kind in kinds]

    def kinds(self) -> list[Kind]:
        return [push.kind for push in self.pushes]

    def alerting(self) -> list[tuple[Kind, object]]:
        """Returns kind and score of the pushes with title and message, at which phones alert."""
        return [(push.kind, push.content.state["score"]) for push in self.pushes if push.words]


def open_run(
    rows: Schedule,
    state: ActivityState,
    *,
    now: datetime,
    answers: Answers | Sequence[Answer] = (),
    most: int = 500,
) -> Played:
    """Loops over `next_step` as the engine does, jumping to the end of each wait. Pushes without an answer succeed."""
    played = Played(state=state)
    for _ in range(most):
        step = next_step(rows, played.state, now)
        match step:
            case Finished():
                played.over = step
                return played
            case Wait(until=None):
                return played
            case Wait(until=until):
                assert until is not None
                assert until > now, "a wait that has already ended would loop forever"
                now = until
                continue
            case Enrol():
                played.enrolments += 1
                played.state = replace(
                    played.state, enrolled=True, plan=replace(played.state.plan, expires_at=at(600))
                )
                continue
            case Refresh():
                played.refreshes += 1
                played.state = replace(played.state, refreshed=True)
                continue
            case MarkUnchanged():
                push = Push(Kind.UNCHANGED, step.content, now, Outcome.DONE, step.place, step.passed)
                played.state = after_push(played.state, push)
                continue
            case Start():
                kind = Kind.START
            case Update():
                kind = Kind.REPEAT if step.repeat else Kind.UPDATE
            case Settle():
                kind = Kind.SETTLE
            case End():
                kind = Kind.END
        intended = Push(kind, step.content, now, Outcome.UNKNOWN, step.place, step.passed, words=step.words)
        if callable(answers):
            answer = answers(intended)
        else:
            answer = answers[len(played.pushes)] if len(played.pushes) < len(answers) else Answer()
        push = replace(intended, outcome=answer.outcome, unsynced=answer.unsynced, triggered=answer.triggered)
        played.pushes.append(push)
        played.state = after_push(played.state, push)
    raise AssertionError(f"no end after {most} steps: {played.kinds()[-10:]}")
