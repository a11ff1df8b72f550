"""Plays an activity's heart against a made-up world, without any I/O: what would leave, and when."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from live_activity.activity import End, Enrol, Note, Over, Refresh, Settle, Start, Update, Wait, next_step
from live_activity.content import Content
from live_activity.recorded import Kind, Outcome, Plan, Push, Recorded
from live_activity.schedule import Schedule, schedule
from live_activity.timeline import Event, Row

KICK_OFF = datetime(2026, 7, 19, 19, 0, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return KICK_OFF + timedelta(minutes=minutes)


def row(
    number: int, minutes: float, score: int, *, event: Event = "update", title: str | None = "Derby"
) -> Row:
    content = Content(title=title, message=f"score {score}", state={"score": score})
    return Row(
        number, event, content, {"home": "A"} if event == "start" else {}, {}, timedelta(minutes=minutes)
    )


def rows_of(*rows: Row) -> Schedule:
    return schedule(rows, start=KICK_OFF)


def plan(**values: object) -> Plan:
    return replace(Plan(starts_at=KICK_OFF, registers_at=at(-30)), **values)  # type: ignore[arg-type]


def enrolled(**values: object) -> Recorded:
    return replace(Recorded(plan=plan(expires_at=at(600)), enrolled=True, refreshed=True), **values)  # type: ignore[arg-type]


@dataclass
class Answer:
    outcome: Outcome = Outcome.DONE
    unsynced: int | None = 0


Answers = Callable[[Push], Answer]


@dataclass
class Played:
    """What left, in order, with what was answered; and how it finished."""

    pushes: list[Push] = field(default_factory=list)
    recorded: Recorded = field(default_factory=enrolled)
    over: Over | None = None
    enrolments: int = 0
    refreshes: int = 0

    def scores(self, *kinds: Kind) -> list[object]:
        return [push.content.state["score"] for push in self.pushes if not kinds or push.kind in kinds]

    def kinds(self) -> list[Kind]:
        return [push.kind for push in self.pushes]


def play(
    rows: Schedule,
    recorded: Recorded,
    *,
    now: datetime,
    answers: Answers | Sequence[Answer] = (),
    most: int = 500,
) -> Played:
    """Loops over `next_step` as the flow does, jumping to each wait's end; answers come in turn, then all is well."""
    played = Played(recorded=recorded)
    for _ in range(most):
        step = next_step(rows, played.recorded, now)
        match step:
            case Over():
                played.over = step
                return played
            case Wait(until=None):
                return played
            case Wait(until=until):
                assert until is not None
                assert until > now, "a wait that is over already would spin"
                now = until
                continue
            case Enrol():
                played.enrolments += 1
                played.recorded = replace(
                    played.recorded, enrolled=True, plan=replace(played.recorded.plan, expires_at=at(600))
                )
                continue
            case Refresh():
                played.refreshes += 1
                played.recorded = replace(played.recorded, refreshed=True)
                continue
            case Note():
                push = Push(Kind.UNCHANGED, step.content, now, Outcome.DONE, step.place, step.passed)
                played.recorded = played.recorded.after(push)
                continue
            case Start():
                kind = Kind.START
            case Update():
                kind = Kind.REPEAT if step.repeat else Kind.UPDATE
            case Settle():
                kind = Kind.SETTLE
            case End():
                kind = Kind.END
        intended = Push(kind, step.content, now, Outcome.UNKNOWN, step.place, step.passed)
        if callable(answers):
            answer = answers(intended)
        else:
            answer = answers[len(played.pushes)] if len(played.pushes) < len(answers) else Answer()
        push = replace(intended, outcome=answer.outcome, unsynced=answer.unsynced)
        played.pushes.append(push)
        played.recorded = played.recorded.after(push)
    raise AssertionError(f"no end after {most} steps: {played.kinds()[-10:]}")
