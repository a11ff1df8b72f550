"""`make up`: what it prints, and where its inputs are."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from deployments import local_stack
from deployments.local_stack import EXAMPLES, OVERVIEW_KEY, inputs_folder
from deployments.programs import DidNotStart
from live_activity.prefect_integration import overview
from live_activity.prefect_integration.local_server import ServerDidNotStart


def test_inputs_lie_in_the_users_folder_with_the_examples_copied_there_once(tmp_path: Path) -> None:
    folder = Path(inputs_folder(None, home=tmp_path))
    assert folder.is_relative_to(tmp_path)
    assert (folder / "examples" / "match_day").is_dir()
    assert not folder.is_relative_to(EXAMPLES.parent)
    changed = next(each for each in (folder / "examples").rglob("*.csv"))
    changed.write_text("mine")
    assert inputs_folder(None, home=tmp_path) == str(folder)
    assert changed.read_text() == "mine"


def test_a_folder_that_somebody_chose_is_used_as_it_is(tmp_path: Path) -> None:
    assert inputs_folder(str(tmp_path), home=tmp_path / "other") == str(tmp_path)
    assert inputs_folder("s3://team/inputs", home=tmp_path / "other") == "s3://team/inputs"
    assert not (tmp_path / "other").exists()


def test_the_link_to_the_campaigns_is_that_of_their_page() -> None:
    assert overview.OVERVIEW_KEY == OVERVIEW_KEY


def test_a_step_that_fails_was_announced_before_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(database: Path) -> None:
        raise ServerDidNotStart("no room on the disk")

    monkeypatch.setattr(local_stack, "data_folder", lambda: tmp_path)
    monkeypatch.setattr(local_stack, "copy_template", fails)
    with contextlib.ExitStack() as leaving, pytest.raises(DidNotStart, match="no room"):
        local_stack._up(leaving, tmp_path / "up.url", port=0, sandbox_port=0, desk_port=0)
    assert capsys.readouterr().out.startswith("preparing Prefect's database")
