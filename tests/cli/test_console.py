"""The console output while a campaign runs."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from live_activity.cli.console import ConsoleOutput
from live_activity.core.events import Event, EventType

NOW = datetime(2026, 7, 19, 19, tzinfo=UTC)


def seen(
    capsys: pytest.CaptureFixture[str], *, activities: int, lines: int, sort: EventType = "updated"
) -> list[str]:
    shown = ConsoleOutput()
    for number in range(lines):
        shown(Event(sort, f"push {number}", NOW, f"flight {number % activities}"))
    return capsys.readouterr().out.splitlines()


def test_every_line_of_a_few_activities_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert len(seen(capsys, activities=8, lines=300)) == 300


def test_the_first_lines_of_many_activities_and_some_later_ones_are_printed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    lines = seen(capsys, activities=100, lines=600)
    assert lines[39].endswith("push 39")
    assert "one line of 250" in lines[40]
    assert [line.rpartition(" ")[2] for line in lines[41:]] == ["249", "499"]


def test_failures_are_printed_for_any_number_of_activities(capsys: pytest.CaptureFixture[str]) -> None:
    assert sum("push" in line for line in seen(capsys, activities=100, lines=600, sort="failed")) == 600
