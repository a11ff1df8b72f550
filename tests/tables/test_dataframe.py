"""DataFrames and lists of dicts as segments and timelines."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from live_activity.core.findings import InvalidInput
from live_activity.segment import StagedSegment, stage
from live_activity.tables import TableRow
from live_activity.tables.dataframe import DataFrameTable, rows_to_table
from live_activity.timeline import FirstSeen, read_timeline


def staged(folder: Path, frame: pd.DataFrame, **options: Any) -> StagedSegment:
    return stage(DataFrameTable(frame), folder=str(folder / "staged"), **options)


def cells(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [dict(row.cells) for row in DataFrameTable(frame).rows() if isinstance(row, TableRow)]


@pytest.mark.parametrize(
    ("column", "ids", "reasons"),
    [
        (pd.Series(["007", " 8 ", None, "8"]), ["007", "8"], {"no_id": 1, "duplicate": 1}),
        (pd.Series(["007", None], dtype="string"), ["007"], {"no_id": 1}),
        (pd.Series(["007", None, 8], dtype=object), ["007", "8"], {"no_id": 1}),
        (pd.Series(pd.Categorical(["b", "a", None])), ["b", "a"], {"no_id": 1}),
        (pd.Series(pd.Categorical([2, 1])), ["2", "1"], {}),
        (pd.Series([7, 8]), ["7", "8"], {}),
        (pd.Series([2**63 + 1], dtype="uint64"), [str(2**63 + 1)], {}),
        (pd.Series([7, None], dtype="Int64"), ["7"], {"no_id": 1}),
        (pd.Series([7.0, None, 8.0]), ["7", "8"], {"no_id": 1}),
        (pd.Series([7.0, 7.5]), ["7"], {"not_text": 1}),
        (pd.Series([7.0, None], dtype="Float64"), ["7"], {"no_id": 1}),
        (pd.Series([True, False]), [], {"not_text": 2}),
        (pd.Series([True, None], dtype="boolean"), [], {"not_text": 1, "no_id": 1}),
        (pd.Series([Decimal(7), Decimal("NaN")]), ["7"], {"no_id": 1}),
        (pd.to_datetime(pd.Series(["2026-07-19"])), [], {"not_text": 1}),
        (pd.Series([UUID(int=7)]), [str(UUID(int=7))], {}),
        (pd.Series([7, None], dtype="int64[pyarrow]"), ["7"], {"no_id": 1}),
        (pd.Series(pd.arrays.SparseArray([7, 8])), ["7", "8"], {}),
        (pd.Series(["007"], dtype=pd.ArrowDtype(pa.dictionary(pa.int32(), pa.string()))), ["007"], {}),
    ],
)
def test_ids_of_every_dtype_are_text_or_rejected(
    tmp_path: Path, column: Any, ids: list[str], reasons: dict[str, int]
) -> None:
    segment = staged(tmp_path, pd.DataFrame({"insider_id": column}))
    assert [each for number in range(segment.batches) for each in segment.batch(number)] == ids
    assert segment.reasons == reasons
    assert ("not_text" in reasons) == any(finding.code == "ids_not_text" for finding in segment.findings)


def test_a_named_index_and_the_levels_of_a_multi_index_are_columns(tmp_path: Path) -> None:
    frame = pd.DataFrame({"x": [1, 2]}, index=pd.Index(["a", "b"], name="insider_id"))
    assert staged(tmp_path / "one", frame).batch(0) == ["a", "b"]
    levels = pd.MultiIndex.from_tuples([("a", "TK1"), ("b", "TK2")], names=["insider_id", "flight"])
    segment = staged(tmp_path / "two", pd.DataFrame({"x": [1, 2]}, index=levels), split_by=["flight"])
    assert [dict(each.key) for each in segment.activities] == [{"flight": "TK1"}, {"flight": "TK2"}]
    assert cells(pd.DataFrame({"id": ["a"]}, index=[17])) == [{"id": "a"}]
    assert cells(pd.DataFrame({("state", "home"): [1], ("at", ""): ["0m"]})) == [
        {"state.home": 1, "at": "0m"}
    ]


def test_an_index_that_is_a_column_too_is_read_once(tmp_path: Path) -> None:
    frame = pd.DataFrame({"insider_id": ["a", "b"]}).set_index("insider_id", drop=False)
    assert staged(tmp_path, frame).batch(0) == ["a", "b"]


def test_split_values_that_are_no_text_are_reported_by_column_and_line(tmp_path: Path) -> None:
    frame = pd.DataFrame({"insider_id": ["a", "b", "c"], "vip": ["x", True, pd.Timestamp("2026-01-01")]})
    segment = staged(tmp_path, frame, split_by=["vip"])
    assert segment.reasons == {"no_value_to_split_by": 2}
    (finding,) = segment.findings
    assert (finding.code, finding.row, finding.column) == ("split_values_not_text", 2, "vip")
    assert finding.message.startswith(
        "2 rows with a value that is not text or a whole number, the first on line 3"
    )


def test_the_row_of_a_frame_is_its_position_and_not_its_index(tmp_path: Path) -> None:
    segment = staged(tmp_path, pd.DataFrame({"insider_id": ["a", None, "a"]}, index=[9, 9, 3]))
    assert Path(segment.rejects_file).read_text() == "line,insider_id,reason\n3,,no_id\n4,a,duplicate\n"


def test_a_doubled_column_is_an_error_where_it_is_needed(tmp_path: Path) -> None:
    frame = pd.DataFrame([["a", "x", "y"]], columns=["insider_id", "note", "note"])
    assert staged(tmp_path, frame).accepted == 1
    with pytest.raises(InvalidInput, match="columns 2 and 3 have the same name 'note'"):
        staged(tmp_path / "other", frame, id_column="note")
    frame.index.name = "insider_id"
    with pytest.raises(InvalidInput, match="columns 1 and 2 have the same name"):
        staged(tmp_path / "third", frame)


@pytest.mark.parametrize(
    "frame", [pd.DataFrame(), pd.DataFrame({"insider_id": []}), pd.DataFrame(index=[1, 2])]
)
def test_an_empty_frame_is_an_error(frame: pd.DataFrame) -> None:
    with pytest.raises(InvalidInput, match="segment: is an empty DataFrame; it needs rows and columns"):
        DataFrameTable(frame, where="segment")


def test_a_value_that_no_table_can_hold_is_named_by_column_and_row() -> None:
    frame = pd.DataFrame({"id": ["a", "b"], "x": ["c", b"d"], "p": pd.period_range("2026-01", periods=2)})
    with pytest.raises(InvalidInput, match="DataFrame, row 2, x: is a bytes, which no table can hold"):
        list(DataFrameTable(frame[["id", "x"]]).rows())
    with pytest.raises(InvalidInput, match="row 1, p: is a Period"):
        list(DataFrameTable(frame).column_chunks(["p"], 10))
    assert len(list(DataFrameTable(frame).column_chunks(["id"], 1))) == 2


def test_the_cells_of_a_timeline_keep_their_types() -> None:
    nested = {"home": np.int64(1), "goals": (pd.Timestamp("2026-07-19 20:00", tz="UTC"), np.nan)}
    frame = pd.DataFrame(
        {
            "at": pd.to_timedelta(["0m", "23m"]),
            "b": pd.array([True, None], dtype="boolean"),
            "i": pd.array([1, None], dtype="Int64"),
            "f": [1.0, None],
            "d": [Decimal("1.5"), None],
            "s": ["text", None],
            "o": [nested, [1, "a"]],
            "aware": pd.to_datetime(pd.Series(["2026-07-19 20:00", None])).dt.tz_localize("Europe/Istanbul"),
            "naive": pd.to_datetime(pd.Series(["2026-07-19 20:00:00.123456789", None])),
        }
    )
    first, second = cells(frame)
    assert (first["at"], first["b"], first["i"], first["d"], first["s"]) == (
        timedelta(0), True, 1, Decimal("1.5"), "text",
    )  # fmt: skip
    assert isinstance(first["f"], float)
    assert first["o"] == {"home": 1, "goals": [datetime(2026, 7, 19, 20, tzinfo=UTC), None]}
    assert first["aware"] == datetime(2026, 7, 19, 17, tzinfo=UTC)
    assert first["naive"] == datetime(2026, 7, 19, 20, 0, 0, 123456)  # noqa: DTZ001  # it has no zone
    assert second == {**dict.fromkeys(frame.columns), "at": timedelta(minutes=23), "o": [1, "a"]}


@pytest.mark.parametrize("dtype", ["float32", "Float32", "float[pyarrow]", object])
def test_numbers_of_single_precision_keep_their_shortest_digits(dtype: Any) -> None:
    column = pd.Series([np.float32(0.1), None], dtype=object).astype(dtype)
    assert [row["x"] for row in cells(pd.DataFrame({"x": column, "y": 1}))] == [0.1, None]


@pytest.mark.parametrize("dtype", ["float64", "Float64", "double[pyarrow]"])
def test_whole_floats_are_read_as_integers_without_a_python_object_for_each_cell(dtype: str) -> None:
    frame = pd.DataFrame(
        {"id": pd.Series([7, None, 8], dtype=dtype), "x": pd.Series([1e15, 2, 3], dtype=dtype)}
    )
    (chunk,) = DataFrameTable(frame).arrow_chunks(["id", "x"])
    assert isinstance(chunk.columns["id"], pa.Int64Array)
    assert chunk.columns["id"].to_pylist() == [7, None, 8]
    assert chunk.columns["x"] == [1e15, 2.0, 3.0], "as text it looks like an id that was rounded"


def test_a_frame_is_a_timeline() -> None:
    frame = pd.DataFrame(
        {
            "at": pd.to_datetime(["2026-07-19 20:00", "2026-07-19 20:30"]),
            "event": pd.Categorical(["start", "end"]),
            "title": ["Derby", "Derby"],
            "message": ["Kick-off", "Over"],
            "state.score": pd.array([0, 1], dtype="Int64"),
        }
    )
    table = DataFrameTable(frame, where="timeline")
    zone = ZoneInfo("Europe/Istanbul")
    now = datetime(2026, 7, 1, tzinfo=UTC)
    timeline = read_timeline(table, where=table.where, zone=zone, now=now, first_seen_times=FirstSeen())
    assert not timeline.findings
    assert [row.at for row in timeline.rows] == [
        datetime(2026, 7, 19, 17, 0, tzinfo=UTC),
        datetime(2026, 7, 19, 17, 30, tzinfo=UTC),
    ]
    assert [dict(row.content.state) for row in timeline.rows] == [{"score": 0}, {"score": 1}]


def test_rows_of_a_function_are_a_table(tmp_path: Path) -> None:
    rows = [{"insider_id": "a"}, {"insider_id": np.int64(7), "lang": "tr"}, {"lang": "en"}]
    table = rows_to_table(iter(rows), where="python:people")
    assert table.columns == ("insider_id", "lang")
    segment = stage(table, folder=str(tmp_path / "staged"))
    assert (segment.batch(0), segment.reasons) == (["a", "7"], {"no_id": 1})
    assert rows_to_table(table, where="x") is table
    assert isinstance(rows_to_table(pd.DataFrame({"a": [1]}), where="x"), DataFrameTable)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([], "rows: has no rows"),
        ([{"a": 1}, ["b"]], "rows, row 2: is a list and not a dict"),
        ([{3: 1}], "rows, row 1: has the key 3; names of columns are text"),
        ("people.csv", "rows: is a str; give a DataFrame or a list of dicts"),
        ({"a": [1]}, "rows: is a dict; give a DataFrame or a list of dicts"),
        (None, "rows: is a NoneType"),
        (pa.table({"a": [1]}), "rows: is a pyarrow Table; give what its to_pandas() returns"),
    ],
)
def test_what_is_no_table_is_an_error(rows: Any, expected: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        rows_to_table(rows, where="rows")
    assert str(caught.value).startswith(expected)
