import os
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import fsspec
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from live_activity.core.findings import InvalidInput
from live_activity.segment import StagedSegment, stage, staged
from live_activity.segment.manifest import MANIFEST, PEOPLE, REJECTS

IDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters='\r\n\0",'), max_size=5)
LANGUAGES = st.sampled_from(["en", "tr", " de ", "", "e n"])


@pytest.fixture
def source(tmp_path: Path) -> str:
    path = tmp_path / "people.csv"
    path.write_text("insider_id,lang\na,en\nb,tr\na,en\nc,en\n")
    return str(path)


@pytest.fixture
def open_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def everybody(segment: StagedSegment) -> list[list[str]]:
    return [segment.batch(number) for number in range(segment.batches)]


@settings(max_examples=80)
@given(
    rows=st.lists(st.tuples(IDS, LANGUAGES), max_size=30), batch_size=st.integers(1, 7), split=st.booleans()
)
def test_nobody_is_lost_and_no_id_is_altered(
    rows: list[tuple[str, str]], batch_size: int, split: bool
) -> None:
    expected: dict[str, list[str]] = {}
    for each, language in rows:
        person, key = each.strip(), language.strip() if split else "everybody"
        control = any(unicodedata.category(letter) == "Cc" for letter in person)
        if person and key and not control and person not in expected.get(key, []):
            expected.setdefault(key, []).append(person)
    with TemporaryDirectory() as folder:
        path = Path(folder, "people.csv")
        path.write_bytes("\n".join(["insider_id,lang", *map(",".join, rows)]).encode())
        segment = stage(
            str(path),
            split_by=["lang"] if split else [],
            folder=f"{folder}/staged",
            batch_size=batch_size,
        )
        batches = everybody(segment)
        rejects = Path(segment.rejects_file).read_text().count("\n") - 1
    assert segment.rows == len(rows) == segment.accepted + segment.rejected
    assert segment.rejected == sum(segment.reasons.values()) == rejects
    assert segment.accepted == sum(map(len, batches)) == sum(each.people for each in segment.activities)
    assert all(0 < len(batch) <= batch_size for batch in batches)
    found = {}
    for activity in segment.activities:
        sizes = segment.batch_sizes(activity)
        assert [len(batches[number]) for number in sizes] == list(sizes.values())
        found[activity.key.get("lang", "everybody")] = [each for number in sizes for each in batches[number]]
    assert list(found.items()) == list(expected.items())


@settings(max_examples=50)
@given(body=st.text('",\nab', max_size=60), split=st.booleans())
def test_rows_with_any_damage_are_accepted_or_rejected(body: str, split: bool) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder, "people.csv")
        path.write_text(f"insider_id,lang\n{body}")
        segment = stage(
            str(path), split_by=["lang"] if split else [], folder=f"{folder}/staged", batch_size=2
        )
        assert segment.rows == segment.accepted + segment.rejected
        assert segment.accepted == sum(map(len, everybody(segment)))


def test_what_was_staged_is_loaded_as_it_was(source: str, tmp_path: Path) -> None:
    folder = str(tmp_path / "deep" / "staged")
    assert not staged(folder)
    segment = stage(source, folder=folder, split_by=["lang"])
    assert staged(folder)
    assert StagedSegment.load(folder) == segment
    assert everybody(StagedSegment.load(folder)) == [["a", "c"], ["b"]]


def test_the_fingerprint_tells_segments_apart_and_knows_the_same_one(source: str, tmp_path: Path) -> None:
    other = tmp_path / "other.csv"

    def of(content: str, *split_by: str) -> str:
        other.write_text(content)
        folder = tmp_path / f"staged{len(list(tmp_path.iterdir()))}"
        return stage(str(other), folder=str(folder), split_by=split_by).fingerprint

    same = of("insider_id,lang\na,en\nb,tr\n", "lang")
    assert of("lang;insider_id\nen;a\ntr;b\ntr;b\n", "lang") == same
    others = {
        of("insider_id,lang\nb,tr\na,en\n", "lang"),
        of("insider_id,lang\na,en\nb,de\n", "lang"),
        of("insider_id,lang\na,en\nc,tr\n", "lang"),
        of("insider_id,lang\na,en\nb,tr\n"),
        of("insider_id,lang\nab,en\n"),
        of('insider_id,lang\na,en\n"[""tr""]",en\nb,en\n', "lang"),
    }
    assert len(others - {same}) == 6


@pytest.mark.usefixtures("open_umask")
def test_nobody_else_may_read_what_is_staged(source: str, tmp_path: Path) -> None:
    folder = tmp_path / "staged"
    stage(source, folder=str(folder))
    assert sorted(path.name for path in folder.iterdir()) == sorted([MANIFEST, PEOPLE, REJECTS])
    assert {oct(path.stat().st_mode & 0o777) for path in folder.iterdir()} == {"0o600"}
    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_batch_is_one_row_group(source: str, tmp_path: Path) -> None:
    stage(source, folder=str(tmp_path / "staged"), split_by=["lang"], batch_size=1)
    people = pyarrow.parquet.ParquetFile(tmp_path / "staged" / PEOPLE)
    assert [people.read_row_group(number).to_pylist() for number in range(people.num_row_groups)] == [
        [{"activity": 0, "insider_id": "a"}],
        [{"activity": 0, "insider_id": "c"}],
        [{"activity": 1, "insider_id": "b"}],
    ]


@pytest.mark.parametrize("number", [-1, 1, 100])
def test_a_batch_number_out_of_range_is_an_index_error(source: str, tmp_path: Path, number: int) -> None:
    segment = stage(source, folder=str(tmp_path / "staged"))
    with pytest.raises(IndexError, match="the segment has 1"):
        segment.batch(number)


def test_a_batch_size_below_one_is_refused(source: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least one person"):
        stage(source, folder=str(tmp_path / "staged"), batch_size=0)
    assert list((tmp_path / "staged").iterdir()) == []


def test_a_staged_segment_is_never_staged_again(source: str, tmp_path: Path) -> None:
    folder = str(tmp_path / "staged")
    segment = stage(source, folder=folder)
    Path(source).write_text("insider_id\nx\n")
    with pytest.raises(InvalidInput, match="staged there already"):
        stage(source, folder=folder)
    segment.discard()
    with pytest.raises(InvalidInput, match="staged there already"):
        stage(source, folder=folder)
    assert StagedSegment.load(folder) == segment


def test_where_nothing_is_staged_nothing_is_loaded(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="no segment is staged there"):
        StagedSegment.load(str(tmp_path))


def test_files_of_a_crashed_staging_are_no_segment_and_do_not_disturb_the_next(
    source: str, tmp_path: Path
) -> None:
    folder = tmp_path / "staged"
    stage(source, folder=str(folder))
    (folder / MANIFEST).unlink()
    (folder / f"{PEOPLE}.part").write_bytes(b"half")
    (folder / f"{REJECTS}.part").write_bytes(b"half")
    assert not staged(str(folder))
    with pytest.raises(InvalidInput):
        StagedSegment.load(str(folder))
    assert everybody(stage(source, folder=str(folder))) == [["a", "b", "c"]]
    assert sorted(path.name for path in folder.iterdir()) == sorted([MANIFEST, PEOPLE, REJECTS])


def test_a_table_that_breaks_in_the_middle_leaves_nobody_behind(tmp_path: Path) -> None:
    source = tmp_path / "people.parquet"
    ids = [f"{number:08d}" for number in range(40_000)]
    pyarrow.parquet.write_table(
        pyarrow.table({"insider_id": ids}), source, row_group_size=10_000, use_dictionary=False
    )
    content = bytearray(source.read_bytes())
    half = len(content) // 2
    content[half : half + 5_000] = bytes(5_000)
    source.write_bytes(content)
    folder = tmp_path / "staged"
    with pytest.raises(InvalidInput) as caught:
        stage(str(source), folder=str(folder))
    assert caught.value.findings[0].code == "unreadable"
    assert list(folder.iterdir()) == []


def test_a_manifest_of_another_version_is_refused(source: str, tmp_path: Path) -> None:
    folder = tmp_path / "staged"
    stage(source, folder=str(folder))
    (folder / MANIFEST).write_text('{"version": 2}')
    with pytest.raises(InvalidInput, match="not written by this version"):
        StagedSegment.load(str(folder))


def test_changed_files_of_people_are_refused(source: str, tmp_path: Path) -> None:
    segment = stage(source, folder=str(tmp_path / "staged"))
    stage(str(source), folder=str(tmp_path / "other"), batch_size=2)
    os.replace(tmp_path / "other" / PEOPLE, tmp_path / "staged" / PEOPLE)
    with pytest.raises(InvalidInput, match="batch 0 is not what was staged"):
        segment.batch(0)


def test_discarded_people_are_deleted_and_the_numbers_stay(source: str, tmp_path: Path) -> None:
    folder = tmp_path / "staged"
    segment = stage(source, folder=str(folder))
    segment.discard()
    segment.discard()
    assert [path.name for path in folder.iterdir()] == [MANIFEST]
    assert staged(str(folder))
    loaded = StagedSegment.load(str(folder))
    assert (loaded.rows, loaded.accepted) == (4, 3)
    for each in (segment, loaded):
        with pytest.raises(InvalidInput, match="were discarded"):
            each.batch(0)


@pytest.mark.parametrize("scheme", ["memory", "file"])
def test_a_segment_may_lie_at_any_url(source: str, tmp_path: Path, scheme: str) -> None:
    folder = f"{scheme}://{tmp_path}/staged"
    segment = stage(source, folder=folder, batch_size=2)
    assert staged(folder)
    assert everybody(StagedSegment.load(folder)) == [["a", "b"], ["c"]]
    with fsspec.open(segment.rejects_file, "rt") as rejects:
        assert rejects.read() == "line,insider_id,reason\n4,a,duplicate\n"
    segment.discard()
    files, inner = fsspec.core.url_to_fs(folder)
    assert [name.rpartition("/")[2] for name in files.find(inner)] == [MANIFEST]
