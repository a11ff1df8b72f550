from __future__ import annotations

import re
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from live_activity.segment import StagedSegment, stage
from live_activity.segment.roster import Roster


def staged(folder: Path, name: str, people: dict[str, str], *, batch_size: int = 2) -> StagedSegment:
    """Stages these people (id, flight) in batches."""
    table = folder / f"{name}.csv"
    table.write_text("insider_id,flight\n" + "".join(f"{who},{flight}\n" for who, flight in people.items()))
    return stage(
        str(table),
        id_column="insider_id",
        split_by=["flight"],
        defaults={},
        folder=str(folder / name),
        batch_size=batch_size,
    )


FLIGHTS = {"a": "LH1", "b": "LH1", "c": "LH1", "d": "TK1"}


def everybody(roster: Roster, batches: int) -> list[list[str]]:
    return [roster.read(batch) for batch in range(batches)]


def test_sizes_are_people_by_batch_with_the_rest_in_the_last(tmp_path: Path) -> None:
    roster = Roster(staged(tmp_path, "people", FLIGHTS))
    assert roster.sizes(0) == {0: 2, 1: 1}
    assert roster.sizes(1) == {2: 1}
    assert everybody(roster, 3) == [["a", "b"], ["c"], ["d"]]


def test_people_who_were_added_are_a_further_batch_of_their_activity(tmp_path: Path) -> None:
    roster = Roster(staged(tmp_path, "people", FLIGHTS))
    batches = roster.take(staged(tmp_path, "more", {"e": "TK1", "f": "LH1"}), adding=True)
    assert {batch: (delta.activity, len(delta.people)) for batch, delta in batches.items()} == {
        3: (1, 1),
        4: (0, 1),
    }
    assert (roster.read(3), roster.read(4)) == (["e"], ["f"])


def test_people_who_are_in_are_not_added_and_people_who_are_out_are_not_removed(tmp_path: Path) -> None:
    roster = Roster(staged(tmp_path, "people", FLIGHTS))
    assert roster.take(staged(tmp_path, "again", {"a": "LH1"}), adding=True) == {}
    assert roster.take(staged(tmp_path, "never", {"x": "LH1"}), adding=False) == {}
    # The same person on another flight belongs to another activity.
    assert len(roster.take(staged(tmp_path, "other", {"a": "TK1"}), adding=True)) == 1


def test_removed_people_are_left_out_when_a_batch_is_sent_again(tmp_path: Path) -> None:
    roster = Roster(staged(tmp_path, "people", FLIGHTS))
    (removing,) = roster.take(staged(tmp_path, "fewer", {"b": "LH1"}), adding=False)
    assert roster.read(0) == ["a"]
    assert roster.read(removing) == ["b"]


def test_removed_people_who_are_added_again_are_in(tmp_path: Path) -> None:
    roster = Roster(staged(tmp_path, "people", FLIGHTS))
    (removing,) = roster.take(staged(tmp_path, "fewer", {"b": "LH1"}), adding=False)
    (adding,) = roster.take(staged(tmp_path, "back", {"b": "LH1"}), adding=True)
    assert roster.read(removing) == []
    assert roster.read(adding) == ["b"]


def test_a_change_that_was_prepared_counts_only_where_no_other_came_between(tmp_path: Path) -> None:
    roster = Roster(staged(tmp_path, "people", FLIGHTS))
    more = staged(tmp_path, "more", {"e": "LH1", "f": "LH1"})
    change = roster.prepare(more, adding=True)
    roster.take(staged(tmp_path, "one", {"e": "LH1"}), adding=True)
    (adding,) = roster.take(more, adding=True, change=change)
    assert roster.read(adding) == ["f"]


def test_people_of_no_activity_are_in_no_batch(tmp_path: Path) -> None:
    roster = Roster(staged(tmp_path, "people", FLIGHTS))
    assert roster.take(staged(tmp_path, "lost", {"z": "XX9"}), adding=True) == {}


def test_a_roster_shows_nobodys_id(tmp_path: Path) -> None:
    roster = Roster(staged(tmp_path, "people", {"zebra-1": "LH1"}))
    deltas = roster.take(staged(tmp_path, "more", {"zebra-2": "LH1"}), adding=True)
    assert not re.search("zebra", f"{roster!r} {deltas!r}")


def test_only_added_and_removed_people_are_held_in_memory(tmp_path: Path) -> None:
    roster = Roster(staged(tmp_path, "people", FLIGHTS))
    roster.take(staged(tmp_path, "fewer", {"b": "LH1", "x": "LH1"}), adding=False)
    assert roster._changed == [{"b": False, "x": False}, {}]


@settings(max_examples=15)
@given(
    st.lists(
        st.tuples(st.booleans(), st.sets(st.sampled_from("abcdefgh"), min_size=1, max_size=4)), max_size=4
    )
)
def test_exactly_the_people_of_the_roster_are_added(
    steps: list[tuple[bool, set[str]]],
) -> None:
    with TemporaryDirectory() as made:
        folder = Path(made)
        roster = Roster(staged(folder, "people", dict.fromkeys("abcd", "LH1")))
        wanted, adds = set("abcd"), set(roster.sizes(0))
        removes: set[int] = set()
        for number, (adding, who) in enumerate(steps):
            delta = staged(folder, f"delta-{number}", dict.fromkeys(sorted(who), "LH1"))
            wanted = wanted | who if adding else wanted - who
            (adds if adding else removes).update(roster.take(delta, adding=adding))
        added = [person for batch in adds for person in roster.read(batch)]
        removed = {person for batch in removes for person in roster.read(batch)}
    assert set(added) == wanted
    assert removed.isdisjoint(wanted)


def test_a_run_that_takes_over_gives_the_batches_the_same_numbers(tmp_path: Path) -> None:
    deltas = [
        (staged(tmp_path, "more", {"e": "LH1", "a": "LH1"}), True),
        (staged(tmp_path, "fewer", {"e": "LH1", "b": "LH1"}), False),
    ]
    rosters = [Roster(staged(tmp_path, name, FLIGHTS)) for name in ("first", "second")]
    batches = [[roster.take(delta, adding=adding) for delta, adding in deltas] for roster in rosters]
    assert batches[0] == batches[1]
    assert everybody(rosters[0], 5) == everybody(rosters[1], 5)
