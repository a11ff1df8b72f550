from __future__ import annotations

import asyncio
from typing import Any

import pytest

from live_activity.core.findings import InvalidInput
from live_activity.engine.steering.arguments import ACTIONS, check_arguments
from live_activity.engine.steering.send import CommandAnswer, ask, key_of
from live_activity.ledger import Database, EditionLedger
from tests.ledger.edition_requests import NOW, ended, ledger_of, opened


async def carried_out(ledger: EditionLedger, answer: str, effect: dict[str, Any] | None) -> None:
    """Answers the command that is being sent, which is recorded once `ask` waits for the first time."""
    await asyncio.sleep(0)
    (waiting,) = ledger.commands(waiting=True)
    ledger.carried_out(waiting.id, answer=answer, effect=effect, at=NOW)


async def test_a_command_reaches_the_owner_and_its_answer_comes_back(database: Database) -> None:
    ledger = ledger_of(database)
    key = {"flight": "LH1"}
    asking = asyncio.create_task(ask(database, "derby", "shift", {"minutes": "20"}, key=key))
    await carried_out(ledger, "3 rows moved", {"minutes": 20.0})
    assert await asking == CommandAnswer("3 rows moved", True)
    (command,) = ledger.commands()
    assert (command.action, command.arguments, command.key) == ("shift", {"minutes": 20.0}, key)
    assert (command.answer, command.effect, command.obeyed_at) == ("3 rows moved", {"minutes": 20.0}, NOW)
    assert ledger.commands(waiting=True) == []


async def test_a_command_that_did_nothing_is_answered_as_not_done(database: Database) -> None:
    ledger = ledger_of(database)
    asking = asyncio.create_task(ask(database, "derby", "freeze", {}))
    await carried_out(ledger, "not done: no activity is running", None)
    assert await asking == CommandAnswer("not done: no activity is running", False)


async def test_a_command_that_no_run_carries_out_is_recorded_and_waits_for_the_next_run(
    database: Database,
) -> None:
    edition = opened(database)
    answer = await ask(database, "derby", "freeze", {}, wait_seconds=0)
    assert not answer.done
    assert "recovery takes it over" in answer.line
    assert [command.action for command in ledger_of(database, edition).commands(waiting=True)] == ["freeze"]


async def test_a_campaign_that_is_over_or_unknown_takes_no_commands(database: Database) -> None:
    ended(database, opened(database), status="cancelled")
    opened(database, name="derby 2")
    with pytest.raises(InvalidInput, match=r"'derby' is over \(cancelled\)"):
        await ask(database, "derby", "freeze", {})
    with pytest.raises(InvalidInput, match="no campaign 'derby 3' is running; did you mean derby 2"):
        await ask(database, "derby 3", "freeze", {})


async def test_a_command_to_a_campaign_that_ends_first_is_answered_as_over(database: Database) -> None:
    edition = opened(database)
    asking = asyncio.create_task(ask(database, "derby", "freeze", {}))
    await asyncio.sleep(0)
    ended(database, edition)
    assert await asking == CommandAnswer("not done: derby is over (ended)", False)


async def test_a_command_with_wrong_arguments_never_reaches_the_ledger(database: Database) -> None:
    ledger = ledger_of(database)
    with pytest.raises(InvalidInput):
        await ask(database, "derby", "shift", {"minutes": "soon"})
    assert ledger.commands() == []


@pytest.mark.parametrize(
    ("action", "arguments", "said"),
    [
        ("frees", {}, "did you mean freeze"),
        ("shift", {}, "shift needs minutes"),
        ("shift", {"minutes": ""}, "shift needs minutes"),
        ("shift", {"minutes": 0}, "is 0, or more than a week"),
        ("shift", {"minutes": "nan"}, "is 0, or more than a week"),
        ("shift", {"minutes": 1e9}, "is 0, or more than a week"),
        ("send_now", {"title": "Goal"}, "send_now needs state"),
        ("send_now", {"state": "{"}, "is not valid JSON"),
        ("send_now", {"state": '{"odds": NaN}'}, "is not valid JSON"),
        ("send_now", {"state": "[1]"}, "must be a JSON object"),
        ("move_end", {}, "move_end needs ends_at"),
        ("freeze", {"minutes": 5}, "freeze takes no minutes"),
        ("add_people", {}, "add_people needs table"),
    ],
)
def test_wrong_arguments_are_refused_in_one_line(action: str, arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_arguments(action, arguments)
    assert said in str(refused.value)
    assert str(refused.value).isprintable()


def test_every_action_takes_the_arguments_it_needs_and_ignores_empty_ones() -> None:
    full = {"state": '{"score": 1}', "minutes": "20", "ends_at": "2026-07-19T22:35:00Z", "table": "more.csv"}
    for action in ACTIONS:
        needed = {
            "send_now": ["state"],
            "shift": ["minutes"],
            "move_end": ["ends_at"],
            "change_timeline": ["table"],
            "add_people": ["table"],
            "remove_people": ["table"],
        }.get(action, [])
        given = check_arguments(
            action, {**{name: full[name] for name in needed}, "title": "", "message": None}
        )
        assert sorted(given) == needed
    assert check_arguments("shift", {"minutes": "20"}) == {"minutes": 20.0}
    assert check_arguments("send_now", {"state": '{"score": 1}'}) == {"state": {"score": 1}}


def test_an_activity_is_named_by_pairs() -> None:
    assert key_of(["flight=LH1", "language=de"]) == {"flight": "LH1", "language": "de"}
    assert key_of(["note=a=b"]) == {"note": "a=b"}
    assert key_of([]) is None
    with pytest.raises(InvalidInput, match="write it like flight=LH123"):
        key_of(["LH1"])
