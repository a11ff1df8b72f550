from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from live_activity.engine.batch_tracker import BatchTracker, Totals
from live_activity.ledger import BatchCall

SKIPS = ("push_permission_disabled", "push_to_start_token_missing", "user_not_found")


def call(batch: int, outcome: str = "done", **counters: Any) -> BatchCall:
    return BatchCall(0, batch, "add_users", outcome, counters)


def test_a_batch_without_an_answer_is_open_and_its_people_are_unprocessed() -> None:
    people = BatchTracker({0: 10, 1: 4}, [call(0, matched=10)])
    assert people.open() == [1]
    assert people.totals() == Totals(matched=10, unprocessed=4)
    assert people.count == 14


def test_an_intended_call_without_an_answer_is_sent_again() -> None:
    assert BatchTracker({0: 10}, [call(0, "intended")]).open() == [0]
    assert BatchTracker({0: 10}, [call(0, "failed")]).open() == [0]


def test_a_batch_with_nobody_eligible_is_answered() -> None:
    people = BatchTracker({0: 10}, [call(0, "nobody", skipped={"user_not_found": 10}, gdpr_denied=0)])
    assert people.open() == []
    assert people.totals() == Totals(skipped={"user_not_found": 10})


def test_a_refused_batch_is_not_sent_again_and_its_people_are_reported() -> None:
    people = BatchTracker({0: 10}, [call(0, "refused")])
    assert people.open() == []
    assert people.totals() == Totals(unprocessed=10)


def test_a_partial_answer_is_sent_again_and_the_last_answer_counts() -> None:
    people = BatchTracker({0: 10}, [call(0, matched=7, unprocessed=3)])
    assert people.left_out() == [0]
    assert people.totals() == Totals(matched=7, unprocessed=3)
    people.answered(call(0, matched=10))
    assert people.left_out() == []
    assert people.totals() == Totals(matched=10)


def test_a_denied_batch_is_sent_again_until_it_has_an_answer() -> None:
    people = BatchTracker({0: 10}, [call(0, "denied")])
    assert people.left_out() == [0]
    people.answered(call(0, matched=10))
    assert people.left_out() == []
    people.answered(call(0, "denied"))
    assert people.left_out() == []


def test_a_repeat_that_failed_or_was_refused_takes_nothing_back() -> None:
    for outcome in ("intended", "failed", "never_left", "refused"):
        people = BatchTracker({0: 10}, [call(0, matched=7, unprocessed=3), call(0, outcome)])
        assert people.open() == []
        assert people.totals() == Totals(matched=7, unprocessed=3)


def test_a_refused_batch_is_not_opened_by_a_later_failure() -> None:
    assert BatchTracker({0: 10}, [call(0, "refused"), call(0, "failed")]).open() == []


def test_batches_with_missing_tokens_are_known_in_order_until_none_is_missing() -> None:
    missing = {"push_to_start_token_missing": 2}
    people = BatchTracker({0: 5, 1: 5, 2: 5}, [call(2, skipped=missing), call(0, skipped=missing), call(1)])
    assert people.missing_tokens() == [0, 2]
    people.answered(call(0, matched=5, skipped={"push_to_start_token_missing": 0}))
    assert people.missing_tokens() == [2]


def test_people_who_were_removed_are_no_longer_counted() -> None:
    people = BatchTracker({0: 10}, [call(0, matched=10)])
    people.takes(1, 3, adding=False)
    assert people.count == 7
    assert people.open() == []
    assert people.to_remove() == [1]
    people.answered(BatchCall(0, 1, "remove_users", "done", {"removed": 4}))
    assert people.to_remove() == []
    assert people.totals() == Totals(matched=6)


def test_people_who_were_added_later_are_open_until_they_are_answered() -> None:
    people = BatchTracker({0: 10}, [call(0, matched=10)])
    people.takes(1, 3, adding=True)
    assert people.count == 13
    assert people.open() == [1]
    assert people.totals() == Totals(matched=10, unprocessed=3)


@st.composite
def answer(draw: st.DrawFn, *, batch: int, people: int) -> BatchCall:
    """One answer as the vendor gives it: everybody of the batch is in one of its counters."""
    outcome = draw(st.sampled_from(["done", "done", "nobody", "refused", "failed", "never_left", "intended"]))
    if outcome not in ("done", "nobody"):
        return call(batch, outcome)
    left = people
    counters: dict[str, int] = {}
    for name in ("matched", "unprocessed", "gdpr_denied")[outcome == "nobody" and 2 :]:
        counters[name] = draw(st.integers(0, left))
        left -= counters[name]
    skipped = {}
    for why in SKIPS[:-1]:
        skipped[why] = draw(st.integers(0, left))
        left -= skipped[why]
    return call(batch, outcome, **counters, skipped={**skipped, SKIPS[-1]: left})


@st.composite
def histories(draw: st.DrawFn) -> tuple[dict[int, int], list[BatchCall]]:
    sizes = dict(enumerate(draw(st.lists(st.integers(1, 50), min_size=1, max_size=5))))
    batches = draw(st.lists(st.sampled_from(sorted(sizes)), max_size=15))
    return sizes, [draw(answer(batch=batch, people=sizes[batch])) for batch in batches]


@settings(max_examples=150)
@given(histories())
def test_nobody_is_lost_for_any_answers(history: tuple[dict[int, int], list[BatchCall]]) -> None:
    sizes, calls = history
    people = BatchTracker(sizes, calls)
    totals = people.totals()
    accounted = totals.matched + sum(totals.skipped.values()) + totals.gdpr_denied + totals.unprocessed
    assert people.count == sum(sizes.values()) == accounted
    # Whoever is unprocessed is either asked again, or was refused for good.
    refused = {each.batch for each in calls if each.outcome == "refused"}
    again = {*people.open(), *people.left_out(), *refused}
    assert not totals.unprocessed or again
    assert all(number >= 0 for number in (totals.matched, totals.unprocessed, totals.gdpr_denied))


@settings(max_examples=100)
@given(histories())
def test_a_run_that_takes_over_has_the_same_totals(
    history: tuple[dict[int, int], list[BatchCall]],
) -> None:
    sizes, calls = history
    lived = BatchTracker(sizes)
    for each in calls:
        lived.answered(each)
    restored = BatchTracker(sizes, calls)
    assert restored.totals() == lived.totals()
    assert (restored.open(), restored.left_out()) == (lived.open(), lived.left_out())


@settings(max_examples=100)
@given(histories(), st.data())
def test_totals_are_those_of_the_last_answers_in_any_order_of_people_and_answers(
    history: tuple[dict[int, int], list[BatchCall]], data: st.DataObject
) -> None:
    sizes, calls = history
    joined = dict(enumerate(data.draw(st.lists(st.integers(1, 50), max_size=3)), start=len(sizes)))
    left = {len(sizes) + len(joined): 3, len(sizes) + len(joined) + 1: 1}
    answers = [*calls, *(call(batch, matched=people) for batch, people in joined.items())]
    answers += [BatchCall(0, batch, "remove_users", "done", {"removed": 2 * left[batch]}) for batch in left]
    whole = BatchTracker(sizes)
    for batch, people in (*joined.items(), *left.items()):
        whole.takes(batch, people, adding=batch in joined)
    for each in answers:
        whole.answered(each)
    mixed = BatchTracker(sizes)
    come_later = [*joined.items(), *left.items()]
    for each in answers:
        joins_now: bool = data.draw(st.booleans())
        if come_later and joins_now:
            batch, people = come_later.pop()
            mixed.takes(batch, people, adding=batch in joined)
        mixed.answered(each)
        mixed.totals()
    for batch, people in come_later:
        mixed.takes(batch, people, adding=batch in joined)
    assert mixed.totals() == whole.totals()
    assert mixed.count == whole.count == sum(sizes.values()) + sum(joined.values()) - sum(left.values())
    alone = BatchTracker(sizes, calls).totals()
    assert whole.totals().unprocessed == alone.unprocessed
    assert whole.totals().matched == alone.matched + sum(joined.values()) - 2 * sum(left.values())


def test_updating_the_totals_takes_the_same_work_for_any_number_of_batches() -> None:
    class Watched(dict[int, int]):
        looks = 0

        def __getitem__(self, batch: int) -> int:
            self.looks += 1
            return super().__getitem__(batch)

        def items(self) -> Any:
            raise AssertionError("every batch is looked at again for one answer")

        __iter__ = items

    people = BatchTracker(dict.fromkeys(range(1_000), 10))
    people.sizes = sizes = Watched(people.sizes)
    for batch in range(100):
        people.answered(call(batch, matched=10))
        assert people.totals() == Totals(matched=10 * (batch + 1), unprocessed=10 * (999 - batch))
        assert people.count == 10_000
    assert sizes.looks <= 300
