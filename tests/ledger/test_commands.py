from __future__ import annotations

import asyncio
from typing import Any

import pytest

from live_activity.commanding import Answer, ask, key_of
from live_activity.findings import WrongInput
from live_activity.ledger import Book, Store
from live_activity.steering import ACTIONS, checked
from tests.ledger.occasions import NOW, book_of, ended, opened


async def obeyed(book: Book, answer: str, effect: dict[str, Any] | None) -> None:
    """The command that is being asked is answered so: asking has booked it once it first waits."""
    await asyncio.sleep(0)
    (waiting,) = book.commands(waiting=True)
    book.obeyed(waiting.id, answer=answer, effect=effect, at=NOW)


async def test_what_is_told_comes_to_the_owner_and_its_answer_comes_back(store: Store) -> None:
    book = book_of(store)
    key = {"flight": "LH1"}
    asking = asyncio.create_task(ask(store, "derby", "shift", {"minutes": "20"}, key=key))
    await obeyed(book, "3 rows moved", {"minutes": 20.0})
    assert await asking == Answer("3 rows moved", True)
    (command,) = book.commands()
    assert (command.action, command.arguments, command.key) == ("shift", {"minutes": 20.0}, key)
    assert (command.answer, command.effect, command.obeyed_at) == ("3 rows moved", {"minutes": 20.0}, NOW)
    assert book.commands(waiting=True) == []


async def test_what_was_not_done_is_told_as_not_done(store: Store) -> None:
    book = book_of(store)
    asking = asyncio.create_task(ask(store, "derby", "freeze", {}))
    await obeyed(book, "not done: nothing is alive", None)
    assert await asking == Answer("not done: nothing is alive", False)


async def test_what_nobody_obeys_is_noted_and_waits_for_the_next_run(store: Store) -> None:
    edition = opened(store)
    answer = await ask(store, "derby", "freeze", {}, wait_seconds=0)
    assert not answer.done
    assert "the reconciler takes it over" in answer.line
    assert [command.action for command in book_of(store, edition).commands(waiting=True)] == ["freeze"]


async def test_a_campaign_that_is_over_or_unknown_cannot_be_told_anything(store: Store) -> None:
    ended(store, opened(store), status="cancelled")
    opened(store, name="derby 2")
    with pytest.raises(WrongInput, match=r"'derby' is over \(cancelled\)"):
        await ask(store, "derby", "freeze", {})
    with pytest.raises(WrongInput, match="no campaign 'derby 3' lives; did you mean derby 2"):
        await ask(store, "derby 3", "freeze", {})


async def test_a_campaign_that_ends_before_it_obeys_is_told_to_be_over(store: Store) -> None:
    edition = opened(store)
    asking = asyncio.create_task(ask(store, "derby", "freeze", {}))
    await asyncio.sleep(0)
    ended(store, edition)
    assert await asking == Answer("not done: derby is over (ended)", False)


async def test_what_does_not_fit_never_reaches_the_ledger(store: Store) -> None:
    book = book_of(store)
    with pytest.raises(WrongInput):
        await ask(store, "derby", "shift", {"minutes": "soon"})
    assert book.commands() == []


@pytest.mark.parametrize(
    ("action", "arguments", "told"),
    [
        ("frees", {}, "did you mean freeze"),
        ("shift", {}, "shift needs minutes"),
        ("shift", {"minutes": ""}, "shift needs minutes"),
        ("shift", {"minutes": 0}, "is 0, or more than a week"),
        ("shift", {"minutes": "nan"}, "is 0, or more than a week"),
        ("shift", {"minutes": 1e9}, "is 0, or more than a week"),
        ("send_now", {"title": "Goal"}, "send_now needs state"),
        ("send_now", {"state": "{"}, "is no JSON"),
        ("send_now", {"state": '{"odds": NaN}'}, "is no JSON"),
        ("send_now", {"state": "[1]"}, "is no JSON object"),
        ("move_end", {}, "move_end needs ends_at"),
        ("freeze", {"minutes": 5}, "freeze takes no minutes"),
        ("add_people", {}, "add_people needs table"),
    ],
)
def test_arguments_that_do_not_fit_are_told_in_one_line(
    action: str, arguments: dict[str, Any], told: str
) -> None:
    with pytest.raises(WrongInput) as refused:
        checked(action, arguments)
    assert told in str(refused.value)
    assert str(refused.value).isprintable()


def test_every_action_takes_what_it_needs_and_leaves_what_is_empty() -> None:
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
        given = checked(action, {**{name: full[name] for name in needed}, "title": "", "message": None})
        assert sorted(given) == needed
    assert checked("shift", {"minutes": "20"}) == {"minutes": 20.0}
    assert checked("send_now", {"state": '{"score": 1}'}) == {"state": {"score": 1}}


def test_an_activity_is_named_by_pairs() -> None:
    assert key_of(["flight=LH1", "language=de"]) == {"flight": "LH1", "language": "de"}
    assert key_of(["note=a=b"]) == {"note": "a=b"}
    assert key_of([]) is None
    with pytest.raises(WrongInput, match="write it like flight=LH123"):
        key_of(["LH1"])
