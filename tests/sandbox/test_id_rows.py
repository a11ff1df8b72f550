"""The compact table of people and rows behaves like a dictionary."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from live_activity.sandbox import id_rows
from live_activity.sandbox.id_rows import IdRows

IDS = st.text(max_size=4) | st.sampled_from(["user-1", "user-2", "\ud800", "ü", "İ"])
STEPS = st.lists(
    st.tuples(st.sampled_from(["add", "pop"]), st.lists(IDS, max_size=30, unique=True)), max_size=12
)


def held_against_a_dictionary(steps: list[tuple[str, list[str]]]) -> None:
    people, expected, row = IdRows(), dict[str, int](), 0
    for step, ids in steps:
        if step == "pop":
            assert [people.pop(each) for each in ids] == [expected.pop(each, None) for each in ids]
        else:
            fresh = [each for each in ids if each not in expected]
            rows = np.arange(row, row + len(fresh))
            people.add(fresh, rows)
            expected.update(zip(fresh, rows.tolist(), strict=True))
            row += len(fresh)
        assert people.known(ids).tolist() == [each in expected for each in ids]
        assert [people.get(each) for each in ids] == [expected.get(each) for each in ids]
        assert list(people.items()) == list(expected.items())
        assert len(people) == len(expected)


@given(STEPS)
def test_it_behaves_like_a_dictionary(steps: list[tuple[str, list[str]]]) -> None:
    held_against_a_dictionary(steps)


@given(STEPS)
@settings(max_examples=50)
def test_ids_whose_hashes_are_alike_are_distinguished_by_their_text(
    steps: list[tuple[str, list[str]]],
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(id_rows, "_hashes", lambda ids: np.array([len(each) % 2 for each in ids], np.uint32))
        held_against_a_dictionary(steps)


@given(STEPS)
@settings(max_examples=50)
def test_long_texts_and_many_slices_change_nothing(
    steps: list[tuple[str, list[str]]],
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(id_rows, "_MOST_SHORT", 20)
        patch.setattr(id_rows, "_SLICE", 3)
        held_against_a_dictionary(steps)
