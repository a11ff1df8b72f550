"""People who are kept out: a table of excluded people, and a control group."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from live_activity.core.findings import InvalidInput
from live_activity.segment import count, stage


def written(folder: Path, name: str, ids: list[str], column: str = "insider_id") -> str:
    path = folder / name
    path.write_text("\n".join([f"{column},lang", *(f"{each},en" for each in ids), ""]))
    return str(path)


def test_excluded_people_are_rejected_though_the_segment_names_them(tmp_path: Path) -> None:
    people = written(tmp_path, "people.csv", ["a", "b", "0012", "c", "b", "d"])
    exclude = written(tmp_path, "opted_out.csv", ["b", " d ", "12", "nobody", "b"])
    segment = stage(people, exclude=exclude, folder=str(tmp_path / "staged"))
    assert segment.batch(0) == ["a", "0012", "c"]
    assert segment.reasons == {"excluded": 3}
    assert Path(segment.rejects_file).read_text() == (
        "line,insider_id,reason\n3,b,excluded\n6,b,excluded\n7,d,excluded\n"
    )
    assert count(people, exclude=exclude).reasons == segment.reasons


def test_an_exclusion_that_may_miss_people_is_a_warning(tmp_path: Path) -> None:
    people = written(tmp_path, "people.csv", ["a", "b"])
    (tmp_path / "out.csv").write_text('insider_id,lang\nb,en\n"c,en\n1001.0,en\nNULL,en\nd\n,en\n')
    result = count(people, exclude=str(tmp_path / "out.csv"))
    assert result.reasons == {"excluded": 1}
    assert {finding.code: finding.message.partition(" can")[0] for finding in result.findings} == {
        "exclude_damaged_rows": "2 rows",
        "exclude_unmatched_ids": "2 ids",
    }
    assert all(finding.where == "out.csv" for finding in result.findings)


def test_an_exclusion_needs_the_column_of_the_ids(tmp_path: Path) -> None:
    people = written(tmp_path, "people.csv", ["a"])
    with pytest.raises(InvalidInput, match=r"out\.csv, insider_id: there is no column"):
        count(people, exclude=written(tmp_path, "out.csv", ["a"], column="email"))
    with pytest.raises(InvalidInput, match=r"there is no .*gone\.csv"):
        count(people, exclude=str(tmp_path / "gone.csv"))


def test_an_empty_exclusion_excludes_nobody(tmp_path: Path) -> None:
    result = count(written(tmp_path, "people.csv", ["a"]), exclude=written(tmp_path, "out.csv", []))
    assert (result.accepted, result.findings) == (1, ())


def in_holdout(name: str, person: str, percent: float) -> bool:
    digest = hashlib.sha256(f"{name}\n{person}".encode()).digest()
    return int.from_bytes(digest[:8], "big") < percent / 100 * 2**64


def test_the_control_group_is_the_documented_share_and_the_same_in_every_edition(tmp_path: Path) -> None:
    ids = [f"u{number}" for number in range(3000)]
    people = written(tmp_path, "people.csv", ids)
    segment = stage(people, holdout=10, salt="derby", folder=str(tmp_path / "one"))
    out = [each for each in ids if in_holdout("derby", each, 10)]
    assert segment.reasons == {"holdout": len(out)}
    assert 200 < len(out) < 400
    rejects = Path(segment.rejects_file).read_text().splitlines()[1:]
    assert [line.split(",")[1] for line in rejects] == out
    # A later edition with other people and a larger group keeps the same people out.
    later = written(tmp_path, "later.csv", list(reversed(ids[:100])))
    again = stage(later, holdout=20, salt="derby", folder=str(tmp_path / "two"))
    assert not set(again.batch(0)) & set(out)
    other = count(people, holdout=10, salt="cup")
    assert other.reasons["holdout"] == sum(in_holdout("cup", each, 10) for each in ids)
