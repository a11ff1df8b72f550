"""An unexpected error is one line and a file with details; neither contains the error's message."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from live_activity.cli.error_reporting import reporting_errors
from live_activity.cli.main import main
from live_activity.core.crash_report import Unforeseen, report_crash
from live_activity.core.settings import data_folder, settings
from live_activity.engine import play_campaign

SECRET = "u4711 key-of-ours"


@pytest.fixture(autouse=True)
def _home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    settings.cache_clear()
    yield
    settings.cache_clear()


def fails() -> None:
    insider_id = SECRET
    try:
        raise KeyError(insider_id)
    except KeyError as error:
        raise RuntimeError(insider_id) from error


async def fails_in_a_loop(*_: object) -> None:
    fails()


def rehearsed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, dict[str, Any]]:
    """Returns the output and the report of a rehearsal that fails, and asserts that neither contains a value."""
    (folder / "people.csv").write_text("insider_id\nu1\n")
    (folder / "rows.csv").write_text("at,event,title,message,score\n0m,start,a,b,0\n5m,end,a,b,1\n")
    campaign, report = folder / "derby.yaml", folder / "report.json"
    campaign.write_text("name: derby\nactivity_type: M\nsegment: people.csv\ntimeline: rows.csv\n")
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    result = CliRunner().invoke(main, ["rehearse", str(campaign), "--report", str(report)])
    assert result.exit_code == 1, result.output
    assert "u4711" not in result.output + report.read_text()
    return result.output, json.loads(report.read_text())


def crashes() -> list[Path]:
    return sorted((data_folder() / "crashes").glob("*.txt"))


def test_the_line_names_a_file_that_says_where_it_failed_and_holds_no_value() -> None:
    with pytest.raises(RuntimeError) as failed:
        fails()
    line = report_crash(failed.value)
    (file,) = crashes()
    assert "\n" not in line
    assert line.startswith("failed unexpectedly: RuntimeError")
    assert str(file) in line
    details = file.read_text()
    assert "KeyError" in details
    assert f"{__file__}:" in details
    assert "u4711" not in line + details
    assert "key-of-ours" not in line + details
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_without_a_writable_folder_the_line_names_the_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", "/proc/nothing")
    monkeypatch.setattr("tempfile.tempdir", "/proc/nothing")
    assert report_crash(ZeroDivisionError(SECRET)) == "failed unexpectedly: ZeroDivisionError"


def test_an_existing_line_is_used_as_it_is() -> None:
    assert report_crash(Unforeseen("failed unexpectedly: KeyError")) == "failed unexpectedly: KeyError"
    assert crashes() == []


def test_old_files_are_deleted() -> None:
    for _ in range(60):
        report_crash(ValueError())
    assert len(crashes()) == 50


def test_a_command_ends_with_the_line_and_exit_code_1() -> None:
    @click.command()
    @reporting_errors
    def command() -> int:
        fails()
        return 0

    result = CliRunner().invoke(command)
    assert result.exit_code == 1, result.output
    assert "failed unexpectedly: RuntimeError" in result.output
    assert "Traceback" not in result.output
    assert "u4711" not in result.output


def test_a_campaign_that_fails_unexpectedly_writes_its_report_and_no_value(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(play_campaign, "play_activities", fails_in_a_loop)
    output, report = rehearsed(tmp_path, monkeypatch)
    assert "failed unexpectedly: RuntimeError" in output
    assert report["status"] == "failed"


def test_a_campaign_that_fails_before_it_could_report_is_failed_and_not_cancelled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("live_activity.cli.play_command.play_campaign", fails_in_a_loop)
    _, report = rehearsed(tmp_path, monkeypatch)
    assert report["status"] == "failed"
    (finding,) = [each for each in report["findings"] if each["code"] == "not_played"]
    assert finding["message"].startswith("failed unexpectedly: RuntimeError")


@pytest.mark.parametrize(
    "words", [("rehearse", "a.yaml", "--speed", "nan"), ("steer", "a", "freeze", "--wait", "inf")]
)
def test_a_number_that_is_not_finite_is_refused(words: tuple[str, ...]) -> None:
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 2
    assert "must be a finite number" in result.output
