"""`live_activity` from Python: its exports, DataFrames as input and output, and errors."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from pydantic import SecretStr

import live_activity
from live_activity import Account, Campaign, InvalidInput
from live_activity.core.events import Event
from live_activity.core.settings import settings
from live_activity.engine.recovery import discard_old_people
from live_activity.ledger import Database, all_editions
from live_activity.library.frames import TEXT, TIME
from live_activity.sandbox import SandboxServer

DERBY = {"name": "derby", "activity_type": "Match", "time_zone": "Europe/Istanbul"}


@pytest.fixture(autouse=True)
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("LIVE_ACTIVITY_DATABASE_URL", f"sqlite:///{tmp_path / 'ledger.db'}")
    monkeypatch.setenv("LIVE_ACTIVITY_STORAGE", str(tmp_path / "segments"))
    for name in ("LIVE_ACTIVITY_BASE_URL", "LIVE_ACTIVITY_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    settings.cache_clear()
    yield
    settings.cache_clear()


def people(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame(columns or {"insider_id": ["a", "b", "c"]})


def rows(**columns: Any) -> pd.DataFrame:
    """Returns a timeline of three rows with times without a zone."""
    return pd.DataFrame(
        {
            "at": pd.to_datetime(["2026-07-19 20:00", "2026-07-19 21:00", "2026-07-19 22:00"]),
            "event": pd.Categorical(["start", "update", "end"]),
            "title": "Derby",
            "message": "goal",
            "state.score": pd.array([0, 1, 2], dtype="Int64"),
            **columns,
        }
    )


def stored(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "segments" / "frames").iterdir())


def test_every_exported_member_is_there_and_importing_the_package_costs_nothing() -> None:
    for name in live_activity.__all__:
        assert getattr(live_activity, name).__doc__
    assert {*live_activity.__all__} <= {*dir(live_activity)}
    with pytest.raises(AttributeError, match="no attribute 'rehearsal'"):
        _ = live_activity.rehearsal
    script = (
        "import sys, live_activity; print([m for m in ('pandas', 'httpx', 'pydantic') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_campaign_of_dataframes_is_rehearsed_and_its_report_is_a_dataframe() -> None:
    segment = people(
        insider_id=pd.array([1, 2, None, 3], dtype="Int64"),
        team=pd.Categorical(["home", "home", "away", "away"]),
        unused=[object()] * 4,
    )
    report = live_activity.rehearse({**DERBY, "split_by": ["team"]}, segment=segment, timeline=rows())
    assert report.status == "ended"
    frame = report.to_frame().set_index("team")
    assert frame["people"].to_dict() == {"home": 2, "away": 1}
    assert frame.loc["home", "started_at"] == pd.Timestamp("2026-07-19 17:00", tz="UTC")
    assert frame.loc["home", "updates.sent"] == 1
    assert report.rejects_frame().to_dict("records") == [{"line": 4, "insider_id": "", "reason": "no_id"}]
    assert report.findings_frame()["code"].tolist() == [finding.code for finding in report.findings]

    ledger = live_activity.read_ledger("derby")
    assert ledger.editions["mode"].tolist() == ["rehearse"]
    assert ledger.pushes.groupby("kind")["triggered"].sum()["start"] == frame["matched"].sum()
    assert str(ledger.pushes["due_at"].dtype).endswith("UTC]")
    assert len(live_activity.read_ledger().editions) == 1
    assert live_activity.read_ledger().pushes.empty


def test_the_dtypes_of_frames_do_not_depend_on_what_is_missing() -> None:
    """So frames of several campaigns can be joined, and a missing count does not make a column float."""
    report = live_activity.rehearse(DERBY, segment=people(insider_id=["a", "a"]), timeline=rows())
    assert repr(report).startswith("<Report of derby (rehearse): ended: 1 person")
    nothing = live_activity.check(DERBY, segment=people(), timeline=rows())
    for name in ("to_frame", "findings_frame", "rejects_frame"):
        full, empty = getattr(report, name)(), getattr(nothing, name)()
        assert full.dtypes[empty.columns].to_dict() == empty.dtypes.to_dict()
    full, empty = live_activity.read_ledger("derby"), live_activity.read_ledger()
    for name in ("editions", "activities", "pushes", "batches", "commands", "findings"):
        dtypes = getattr(full, name).dtypes
        assert dtypes.to_dict() == getattr(empty, name).dtypes.to_dict()
        assert {str(dtype) for dtype in dtypes} <= {str(TEXT), "Int64", "boolean", "object", TIME}
    assert full.pushes["row"].tolist() == [1, 2, 3]
    assert str(full.commands["asked_at"].dtype) == TIME == "datetime64[us, UTC]"
    assert full.batches["status"].dtype == full.pushes["triggered"].dtype == "Int64"


def test_a_split_column_with_the_name_of_a_report_column_is_distinguished() -> None:
    segment = people(insider_id=["a", "b"], status=["gold", "blue"])
    campaign = {**DERBY, "split_by": ["status"]}
    frame = live_activity.rehearse(campaign, segment=segment, timeline=rows()).to_frame()
    assert dict(zip(frame["key.status"], frame["people"], strict=True)) == {"gold": 1, "blue": 1}
    assert set(frame["status"]) <= {"ended", "nobody_eligible"}


async def test_synchronous_functions_work_inside_a_running_loop_and_the_others_are_awaited() -> None:
    report = live_activity.rehearse(DERBY, segment=people(), timeline=rows())
    same = await live_activity.arehearse(
        Campaign.model_validate({**DERBY, "segment": "people.csv", "timeline": "rows.csv"}),
        segment=people(),
        timeline=rows(),
    )
    assert report.to_frame().drop(columns="why").equals(same.to_frame().drop(columns="why"))
    with pytest.raises(InvalidInput, match="segment DataFrame"):
        live_activity.rehearse(DERBY, segment=people(name=["a"]), timeline=rows())


def test_an_edition_can_be_played_again_from_what_was_stored_without_the_dataframes(tmp_path: Path) -> None:
    multi = rows().set_index(["at", "event"])  # levels of an index are columns
    first = live_activity.rehearse(DERBY, segment=people(), timeline=multi)
    timeline, segment = (next(tmp_path.glob(f"segments/frames/{kind}-*")) for kind in ("timeline", "segment"))
    again = live_activity.rehearse(DERBY, segment=segment, timeline=str(timeline))
    assert again.model_dump(exclude={"segment"}) == {
        **first.model_dump(exclude={"segment"}),
        "findings": again.model_dump()["findings"],
    }
    live_activity.rehearse(DERBY, segment=people(), timeline=multi)
    assert len(stored(tmp_path)) == 2, "a stored table is not stored again"

    database = Database(settings().database_url)
    forgotten = tmp_path / "segments" / "frames" / f"segment-{'0' * 24}.jsonl"
    forgotten.touch()
    try:
        assert discard_old_people(database, now=datetime.now(UTC) + timedelta(days=31)) == 3
    finally:
        database.close()
    assert [name.partition("-")[0] for name in stored(tmp_path)] == ["timeline"], "ids are deleted at the end"


def test_dataframes_are_stored_in_a_store_as_well_and_are_no_live_timeline_there(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("LIVE_ACTIVITY_STORAGE", f"memory://{tmp_path.name}")
    settings.cache_clear()
    report = live_activity.rehearse(DERBY, segment=people(), timeline=rows())
    assert report.status == "ended"
    assert "live_needs_ends_at" not in {finding.code for finding in report.findings}


def test_a_check_stores_nothing(tmp_path: Path) -> None:
    report = live_activity.check(DERBY, segment=people(), timeline=rows())
    assert (report.status, report.segment.accepted) == ("checked", 3)
    assert report.to_frame().empty
    assert list(report.to_frame().columns)[:2] == ["activity_id", "status"]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("segment", "timeline", "where", "row", "column"),
    [
        (people(), rows(at=[b"x"] * 3), "timeline DataFrame", 1, "at"),
        (people(), rows(**{"state.score": [1.0, float("inf"), 2]}), "timeline DataFrame", 2, "state.score"),
        (
            people(),
            rows(at=pd.to_datetime(["2026-07-19", "2026-07-20", "2026-07-21"])).assign(
                event=["start", "rise", "end"]
            ),
            "timeline DataFrame",
            2,
            "event",
        ),
        (people(insider_id=["a", 1j, "c"]), rows(), "segment DataFrame", 2, "insider_id"),
        (people(uid=["a"]), rows(), "segment DataFrame", None, "insider_id"),
        (pd.DataFrame(), rows(), "segment DataFrame", None, None),
        ("nobody.csv", rows(), "nobody.csv", None, None),
        (people(), 7, "timeline DataFrame", None, None),
        (pd.Series(["a"], name="insider_id"), rows(), "segment DataFrame", None, None),
        (["a", "b"], rows(), "segment DataFrame", 1, None),
        (pd.DataFrame({"x": [1]}, index=["a"]), rows(), "segment DataFrame", None, "insider_id"),
        (people(), rows().set_index("at").rename_axis(None), "timeline DataFrame", None, "at"),
        (people(), rows(at=pd.to_timedelta([-5, 0, 5], unit="m")), "timeline DataFrame", 1, "at"),
    ],
)
def test_errors_name_the_table_the_column_and_the_row(
    segment: Any, timeline: Any, where: str, row: int | None, column: str | None
) -> None:
    with pytest.raises(InvalidInput) as raised:
        live_activity.check(DERBY, segment=segment, timeline=timeline)
    places = [(finding.where, finding.row, finding.column) for finding in raised.value.findings]
    assert (where, row, column) in places


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("segment", "campaign, segment: is a DataFrame; give it as the argument segment="),
        ("exclude", "campaign, exclude: is a DataFrame; give it as the argument exclude="),
        ("test_segment", "campaign, test_segment: is a DataFrame; this key takes the path of a file"),
    ],
)
def test_a_dataframe_among_the_keys_of_a_campaign_is_an_error_that_names_the_argument(
    key: str, expected: str
) -> None:
    with pytest.raises(InvalidInput, match=expected):
        live_activity.check({**DERBY, key: people()}, timeline=rows())


@pytest.mark.parametrize(
    "exclude",
    [
        ["b", "nobody", "7"],
        {"b", 7, None},
        (each for each in ("b", "7")),
        pd.Series(["b", 7], name="opted_out"),
        pd.Index(["b", "7"]),
        people(insider_id=["b", "7", "7"], since=["2026", "2025", "2024"]),
        people(insider_id=["b", "7"]).set_index("insider_id"),
        [{"insider_id": "b"}, {"insider_id": 7}],
    ],
    ids=lambda given: type(given).__name__,
)
def test_people_are_excluded_by_ids_or_a_table_that_is_stored_with_the_edition(
    tmp_path: Path, exclude: Any
) -> None:
    segment = people(insider_id=["a", "b", "c", "7"])
    report = live_activity.rehearse(DERBY, segment=segment, timeline=rows(), exclude=exclude)
    assert (report.segment.accepted, report.segment.reasons) == (2, {"excluded": 2})
    database = Database(settings().database_url)
    try:
        (edition,) = all_editions(database)
        table = edition.parameters["exclude"]
        assert Path(table).parent == tmp_path / "segments" / "frames"
        again = live_activity.check(DERBY, segment=segment, timeline=rows(), exclude=table)
        assert again.segment.reasons == {"excluded": 2}
        assert discard_old_people(database, now=datetime.now(UTC) + timedelta(days=31)) == 1
    finally:
        database.close()
    assert [name.partition("-")[0] for name in stored(tmp_path)] == ["timeline"], "ids are deleted at the end"


def test_an_excluded_table_replaces_that_of_the_campaign(tmp_path: Path) -> None:
    (tmp_path / "out.csv").write_text("insider_id\na\n")
    (tmp_path / "all.csv").write_text("insider_id\na\nb\n")
    given = {**DERBY, "exclude": "out.csv"}
    reasons = [
        live_activity.check(given, segment=people(), timeline=rows(), **more).segment.reasons
        for more in ({}, {"exclude": "all.csv"}, {"exclude": ["a", "b", "c ", "d"][:2]})
    ]
    assert reasons == [{"excluded": 1}, {"excluded": 2}, {"excluded": 2}]


@pytest.mark.parametrize(
    ("exclude", "where", "message"),
    [
        (people(uid=["a"]), "exclude DataFrame", "insider_id"),
        ([], "exclude DataFrame", "empty"),
        (7, "exclude DataFrame", "give a DataFrame"),
        ("nobody.csv", "nobody.csv", "nobody.csv"),
    ],
)
def test_a_wrong_excluded_table_is_an_error_that_names_it(exclude: Any, where: str, message: str) -> None:
    with pytest.raises(InvalidInput, match=message) as raised:
        live_activity.check(DERBY, segment=people(), timeline=rows(), exclude=exclude)
    assert where in {finding.where for finding in raised.value.findings}


def test_an_event_handler_that_raises_is_a_warning_and_stops_nothing() -> None:
    def breaks(_event: object) -> None:
        raise RuntimeError("ada")

    report = live_activity.rehearse(DERBY, segment=people(), timeline=rows(), event_handlers=[breaks])
    assert report.status == "ended"
    (finding,) = (each for each in report.findings if each.code == "event_handler_failed")
    assert "breaks raised RuntimeError" in finding.message
    assert "ada" not in finding.message


def test_a_function_is_called_for_tables_that_a_campaign_or_an_argument_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "own_tables.py").write_text(
        "import pandas as pd\n"
        "def people():\n"
        "    return pd.DataFrame({'insider_id': ['a', 'b']})\n"
        "def rows():\n"
        "    for at, event in (('0m', 'start'), ('9m', 'end')):\n"
        "        yield {'at': at, 'event': event, 'title': 'Derby', 'message': 'goal', 'state.score': 1}\n"
    )
    monkeypatch.setattr("sys.path", list(sys.path))
    given = {**DERBY, "timeline": "python:own_tables:rows"}
    times = {"starts_at": "2026-07-19T20:00:00Z", "ends_at": "2026-07-19T22:00:00Z"}
    report = live_activity.rehearse({**given, **times}, segment="python:own_tables:people")
    assert (report.status, report.segment.accepted) == ("ended", 2)
    database = Database(settings().database_url)
    (edition,) = all_editions(database)
    database.close()
    assert edition.functions_folder == str(tmp_path), "recovery finds the function in that folder"


def test_a_time_that_is_missing_is_named_where_the_end_depends_on_it() -> None:
    timeless = rows(at=["2026-07-19 20:00", None, "2026-07-19 22:00"])
    with pytest.raises(InvalidInput, match=r"\(row 2 has no time in at\).*; fill it in, or add 'ends_at"):
        live_activity.check(DERBY, segment=people(), timeline=timeless)


def test_cells_of_a_segment_that_are_no_text_are_rejected_and_not_turned_into_ids() -> None:
    mixed = people(insider_id=["a", True, 1.5, pd.Timestamp("2026-01-01"), ["x"], 7, 8.0, float("inf")])
    report = live_activity.rehearse(DERBY, segment=mixed, timeline=rows())
    assert report.segment.accepted == 3
    assert report.segment.reasons == {"not_text": 5}
    assert report.rejects_frame()["line"].tolist() == [3, 4, 5, 6, 9], "a line is one more than the row"


def test_a_time_that_a_clock_change_skips_is_an_error_in_its_row() -> None:
    skipped = rows(at=pd.to_datetime(["2026-03-29 01:00", "2026-03-29 02:30", "2026-03-29 04:00"]))
    with pytest.raises(InvalidInput, match=r"timeline DataFrame, row 2, at: .* never comes in Europe/Berlin"):
        live_activity.check({**DERBY, "time_zone": "Europe/Berlin"}, segment=people(), timeline=skipped)


def test_a_run_goes_to_the_account_that_is_given_and_needs_a_name(
    sandbox: SandboxServer, tmp_path: Path
) -> None:
    soon = rows(at=pd.to_timedelta([0, 0.2, 0.4], unit="s"))
    segment = people(insider_id=[f"u{number:03d}" for number in range(25)])
    with pytest.raises(InvalidInput, match="who approved"):
        live_activity.run(DERBY, agreed=" ", segment=segment, timeline=soon)
    with pytest.raises(InvalidInput, match="LIVE_ACTIVITY_BASE_URL"):
        live_activity.run(DERBY, agreed="Ada", segment=segment, timeline=soon)
    wrong = Account("127.0.0.1", "")
    with pytest.raises(InvalidInput, match=r"account, base_url: is not a web.*\naccount, api_key: is empty"):
        live_activity.run(DERBY, agreed="Ada", segment=segment, timeline=soon, account=wrong)
    account = Account(sandbox.base_url, "secret-key", requests_per_minute=0)
    assert account == Account(sandbox.base_url, SecretStr("secret-key"), requests_per_minute=0)
    assert "secret-key" not in repr(account)
    seen: list[Event] = []
    report = live_activity.test(
        {**DERBY, "min_seconds_between_updates": 0},
        agreed="Ada",
        segment=segment,
        timeline=soon,
        account=account,
        event_handlers=[seen.append],
    )
    assert (report.mode, report.status, report.segment.accepted) == ("test", "ended", 25)
    assert "reported" in {event.type for event in seen}
    assert re.fullmatch(r"\d\d:\d\d:\d\d  start: Derby .*", str(next(e for e in seen if e.type == "started")))
    assert live_activity.read_ledger("derby").editions["mode"].tolist() == ["test"]


ORDERS = pd.DataFrame({"activity_id": ["one", "two", None], "flight": ["A", "B", "B"]})


def test_activities_that_phones_opened_are_rehearsed_from_a_dataframe(tmp_path: Path) -> None:
    report = live_activity.rehearse({**DERBY, "split_by": ["flight"]}, activities=ORDERS, timeline=rows())
    assert report.status == "ended"
    assert (report.segment.rows, report.segment.accepted, report.segment.rejected) == (3, 2, 1)
    assert report.phones is not None
    assert (report.phones.reached, report.phones.showing_final) == (2, 2)
    assert (report.calls["register"], report.calls["start"]) == (0, 0)
    assert report.summary == "ended: 2 of 2 activities ended"
    assert any(name.startswith("activities-") for name in stored(tmp_path))


def test_activities_replace_the_segment_of_a_campaign() -> None:
    campaign = Campaign.model_validate({**DERBY, "segment": "fans.csv", "timeline": "derby.csv"})
    for asked in (campaign, {**DERBY, "segment": "fans.csv"}):
        report = live_activity.check(asked, activities=ORDERS, timeline=rows())
        assert report.summary == "checked: 2 activities"
    with pytest.raises(InvalidInput, match="remove segment"):
        live_activity.check(DERBY, segment=people(), activities=ORDERS, timeline=rows())
    with pytest.raises(InvalidInput, match=r"activities DataFrame.*activity_id"):
        live_activity.check(DERBY, activities=people(), timeline=rows())
