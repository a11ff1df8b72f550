"""A timeline on the web: unchanged content is not sent again, and a wrong table is not used."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from live_activity.campaign.inputs import read_inputs
from live_activity.campaign.model import read_campaign
from live_activity.core.findings import InvalidInput
from live_activity.sources.timeline_source import PolledSource
from live_activity.tables import TableRow
from tests.sources.web import AdminApi, serving

ROWS = "at,score\n0m,0\n5m,1\n"


@pytest.fixture
def desk() -> Iterator[AdminApi]:
    with serving(AdminApi(ROWS)) as desk:
        yield desk


def read(source: PolledSource) -> list[dict[str, object]]:
    rows = [dict(row.cells) for row in source.table().rows() if isinstance(row, TableRow)]
    source.accept()
    return rows


def polled(desk: AdminApi) -> PolledSource:
    source = PolledSource(desk.url)
    assert source.changed()
    assert len(read(source)) == 2
    return source


def test_an_unchanged_table_is_answered_without_its_content(desk: AdminApi) -> None:
    desk.etag = '"one"'
    source = polled(desk)
    assert not source.changed()
    desk.body, desk.etag = ROWS + "9m,2\n", '"two"'
    assert source.changed()
    assert len(read(source)) == 3
    assert not source.changed()
    assert desk.answers == [200, 304, 200, 304]


def test_a_server_with_last_modified_alone_is_polled_by_it(desk: AdminApi) -> None:
    desk.modified = "Sun, 19 Jul 2026 19:00:00 GMT"
    source = polled(desk)
    assert not source.changed()
    assert desk.answers == [200, 304]


def test_equal_content_of_a_server_without_validators_counts_as_unchanged(desk: AdminApi) -> None:
    source = polled(desk)
    assert not source.changed()
    assert desk.answers == [200, 200]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("<!DOCTYPE html><html><body>Sign in</body></html>", "web page"),
        ("at,points\n0m,0\n5m,1\n7m,2\n", "'score' is missing"),
        ("", "empty"),
    ],
)
def test_a_200_with_a_wrong_table_is_no_good_poll_and_the_next_one_is_unconditional(
    desk: AdminApi, body: str, expected: str
) -> None:
    desk.etag = '"one"'
    source = polled(desk)
    desk.body, desk.etag = body, '"broken"'
    for _ in range(2):
        # A reading that was not accepted must not count as unchanged.
        assert source.changed()
        with pytest.raises(InvalidInput, match=expected):
            read(source)
    desk.body, desk.etag = ROWS + "9m,2\n", '"corrected"'
    assert source.changed()
    assert len(read(source)) == 3
    assert desk.answers[-1] == 200


def test_compressed_rows_are_used_only_if_complete(desk: AdminApi) -> None:
    source = polled(desk)
    desk.body = ROWS + "".join(f"{minute}m,{minute % 7}\n" for minute in range(9, 99))
    desk.pack(most=90)
    with pytest.raises(InvalidInput, match="cut off"):
        source.changed()
    desk.pack()
    assert source.changed()
    assert len(read(source)) == 92


@pytest.mark.parametrize("travels_compressed", [True, False])
def test_a_compressed_file_is_read_with_and_without_content_encoding(
    desk: AdminApi, travels_compressed: bool
) -> None:
    desk.url = desk.url.replace("rows.csv", "rows.csv.gz")
    desk.pack()
    desk.encoded = travels_compressed
    source = PolledSource(desk.url)
    assert source.changed()
    assert len(read(source)) == 2


def test_an_older_copy_than_the_last_one_is_not_used(desk: AdminApi) -> None:
    desk.modified = "Sun, 19 Jul 2026 19:00:00 GMT"
    source = polled(desk)
    desk.body, desk.modified = ROWS + "9m,2\n", "Sun, 19 Jul 2026 18:00:00 GMT"
    with pytest.raises(InvalidInput, match="older than before"):
        source.changed()
    desk.modified = "Sun, 19 Jul 2026 19:05:00 GMT"
    assert source.changed()


@pytest.mark.parametrize(
    ("status", "expected"), [(404, "not there"), (403, "may not be read"), (500, "HTTP 500")]
)
def test_an_error_answer_is_reported_without_the_address(desk: AdminApi, status: int, expected: str) -> None:
    desk.status = status
    with pytest.raises(InvalidInput, match=expected) as invalid:
        PolledSource(desk.url + "?token=secret").changed()
    assert "secret" not in str(invalid.value)
    assert "127.0.0.1" not in str(invalid.value)


def test_an_unreachable_server_is_reported() -> None:
    with pytest.raises(InvalidInput, match="cannot be reached"):
        PolledSource("http://127.0.0.1:9/rows.csv").changed()


def test_a_published_sheet_is_known_by_its_content_type(desk: AdminApi) -> None:
    source = PolledSource(desk.url.replace("rows.csv", "export"))
    assert source.changed()
    assert len(read(source)) == 2


def test_further_columns_and_rows_are_read(desk: AdminApi) -> None:
    source = polled(desk)
    desk.body = "at,score,note\n0m,0,a\n5m,1,b\n9m,2,c\n"
    assert source.changed()
    assert len(read(source)) == 3


def test_findings_of_a_segment_on_the_web_do_not_show_its_address(desk: AdminApi, tmp_path: Path) -> None:
    desk.body = "insider_id,team\nu1,a\n"
    rows = tmp_path / "rows.csv"
    rows.write_text("at,event,title,message,team,x\n0m,start,T,M,b,1\n9m,end,T,M,b,2\n")
    values = {"name": "derby", "activity_type": "Match", "timeline": str(rows), "split_by": ["team"]}
    asked = read_campaign({**values, "segment": f"{desk.url}?token=secret"}, where="derby.yaml")
    found = read_inputs(asked, now=datetime(2026, 7, 19, tzinfo=UTC), with_people=True).findings
    assert "no_rows_for_value" in {finding.code for finding in found}
    assert not [str(finding) for finding in found if "secret" in str(finding)]
