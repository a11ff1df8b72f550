import json
import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from live_activity.core.findings import InvalidInput
from live_activity.segment import StagedSegment, count, stage
from live_activity.segment.manifest import MANIFEST
from live_activity.tables import open_table

# Parts of ids, each unlike any other text.
SECRETS = ("zq7", "zqx", "9.87654E+21", "424242")


def output_for(source: str, **asked: object) -> str:
    with pytest.raises(InvalidInput) as caught:
        count(source, **asked)  # type: ignore[arg-type]  # whatever the case asks for
    error: BaseException | None = caught.value
    texts = []
    while error is not None:
        texts += [str(error), repr(error)]
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\n".join(texts)


def holds_nobody(text: str) -> bool:
    return not any(secret in text for secret in SECRETS)


def test_no_id_is_in_numbers_findings_reprs_logs_or_the_manifest(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    path = tmp_path / "people.csv"
    path.write_text(
        "insider_id,lang\nzq7-a,en\nzq7-a,en\n9.87654E+21,en\nzq7\x07,en\nzq7,\n"
        + "zq7" * 90
        + ",en\nzq7-b\n"
    )
    segment = stage(str(path), folder=str(tmp_path / "staged"), split_by=["lang"])
    counted = count(str(path), split_by=["lang"])
    assert (segment.accepted, segment.rejected, len(segment.findings)) == (2, 5, 2)
    loaded = StagedSegment.load(str(tmp_path / "staged"))
    assert holds_nobody(
        repr((segment, counted, loaded, segment.findings, [str(f) for f in segment.findings]))
    )
    assert holds_nobody((tmp_path / "staged" / MANIFEST).read_text())
    assert holds_nobody(caplog.text)
    assert holds_nobody("".join(capsys.readouterr()))
    assert not holds_nobody(Path(segment.rejects_file).read_text())


@pytest.mark.parametrize(
    "content",
    [
        "zq7-1\nzq7-2\n",
        "zq7\n",
        "zq7\nzq8\n",
        "zqx\nzqy\n",
        "zq7,en\nzq8,tr\n",
        "zq7-1,en\nzq7-2,tr\n",
        "zq7@example.org,en\nzq8@example.org,tr\n",
        "424242,en\nx,tr\n",
        "4242424242,4242424242\n1,2\n",
        "zq7-1,zq7-1\n",
        "zq7-1,,en\n",
        "zq7" * 30 + ",en\n",
    ],
)
def test_a_table_without_a_header_shows_nobody(tmp_path: Path, content: str) -> None:
    path = tmp_path / "people.csv"
    path.write_text(content)
    text = output_for(str(path))
    assert text
    assert holds_nobody(text)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("people.json", b'[{"insider_id": "zq7"}, {"insider_id": zq7}]'),
        ("people.json", b'{"zq7": "zq7"}'),
        ("people.csv", b"insider_id\nzq7\nzq7\xff\x81\n"),
        ("people.csv", b"insider_id\nzq7\0\n"),
        ("people.parquet", b"zq7"),
    ],
)
def test_a_table_that_cannot_be_read_shows_nobody(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert holds_nobody(output_for(str(path)))


def _damaged(path: Path) -> str:
    path.with_suffix(".jsonl").write_text('{"insider_id": "zq7"}\n{"insider_id": zq7}\n')
    return repr(list(open_table(str(path.with_suffix(".jsonl"))).rows()))


def _half_a_letter(path: Path) -> str:
    path.with_suffix(".json").write_text(json.dumps([{"insider_id": "zq7\ud800"}, {"insider_id": "a"}]))
    return repr(stage(str(path.with_suffix(".json")), folder=str(path.with_suffix(""))))


@pytest.mark.parametrize("read", [_damaged, _half_a_letter])
def test_a_damaged_row_shows_nobody(tmp_path: Path, read: Callable[[Path], str]) -> None:
    assert holds_nobody(read(tmp_path / "people"))


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("insider_ids", "no column 'insider_id'; did you mean insider_ids? (it has insider_ids)"),
        ("Insiderid", "no column 'insider_id'; did you mean Insiderid? (it has Insiderid)"),
        ("insider_id|name", "its cells are separated by |; separate them by commas, semicolons or tabs"),
        ("zq7", "its first line looks like a person and not like a header"),
    ],
)
def test_a_header_that_does_not_fit_is_one_problem_reported_as_what_it_is(
    tmp_path: Path, header: str, words: str
) -> None:
    (tmp_path / "fans.csv").write_text(f"{header}\nzqx|1\n")
    with pytest.raises(InvalidInput) as refused:
        count(str(tmp_path / "fans.csv"))
    (finding,) = refused.value.findings
    assert words in finding.message
    assert holds_nobody(str(finding))
