"""Child processes import the same modules with any files in the working directory."""

from __future__ import annotations

import ast
import os
import time
from pathlib import Path

import pytest

from deployments.child_process import ROOT, module_command
from deployments.supervisor import Supervised

PACKAGES = ("live_activity", "flows", "tasks", "deployments")


def test_a_program_of_the_stack_starts_in_a_folder_with_modules_of_the_same_names_as_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("calendar", "flows", "deployments", "prefect"):
        (tmp_path / f"{name}.py").write_text(f"raise RuntimeError('the wrong {name}')\n")
    monkeypatch.chdir(tmp_path)
    program = Supervised(
        "register",
        module_command("deployments.register", "--help"),
        log=tmp_path / "log",
        # The checkout is not on its initial path either.
        environment={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        patience=5,
    )
    try:
        until = time.monotonic() + 60
        while program.lives and time.monotonic() < until:
            time.sleep(0.05)
        text = program.log.read_text()
        assert "Usage" in text
        assert "the wrong" not in text
    finally:
        program.stop()


def test_every_module_that_is_started_as_a_child_is_started_without_the_working_directory() -> None:
    commands = {
        f"{file.relative_to(ROOT)}:{node.lineno}": [ast.unparse(each) for each in node.elts]
        for package in PACKAGES
        for file in sorted((ROOT / package).rglob("*.py"))
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.List | ast.Tuple) and "sys.executable" in map(ast.unparse, node.elts)
    }
    assert commands
    assert {place: words for place, words in commands.items() if words[1:3] != ["'-P'", "'-m'"]} == {}
