"""The wheel: one import package, which works beside modules with the same names as ours."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SCRIPT = """
import json
import pandas
import live_activity
report = live_activity.rehearse(
    {"name": "derby", "activity_type": "Match", "starts_at": "2026-07-19T19:00:00Z"},
    segment=pandas.DataFrame({"insider_id": ["a", "b", "c"]}),
    timeline=pandas.DataFrame(
        {
            "at": pandas.to_timedelta(["0m", "45m", "2h"]),
            "event": ["start", "update", "end"],
            "title": "Derby",
            "message": "goal",
            "state.score": [0, 1, 2],
        }
    ),
)
pushes = live_activity.read_ledger("derby").pushes
print(json.dumps([live_activity.__file__, report.status, report.segment.accepted, len(pushes)]))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The unpacked wheel, built from a copy of the sources."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    source.mkdir()
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, source)
    for name in ("live_activity", "flows", "tasks", "deployments"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    command = [sys.executable, "-m", "pip", "wheel", ".", "--no-deps", "--no-build-isolation", "-w", ".."]
    built = subprocess.run(
        [*command, "--disable-pip-version-check"], cwd=source, capture_output=True, text=True, timeout=100
    )
    assert built.returncode == 0, built.stderr
    (file,) = folder.glob("*.whl")
    unpacked = folder / "site"
    with zipfile.ZipFile(file) as archive:
        archive.extractall(unpacked)
    return unpacked


def test_the_wheel_installs_one_import_package_with_its_data(wheel: Path) -> None:
    names = {path.name for path in wheel.iterdir()}
    assert {name for name in names if not name.endswith(".dist-info")} == {"live_activity"}
    assert (wheel / "live_activity" / "py.typed").exists()
    assert (wheel / "live_activity" / "ledger" / "migrations" / "script.py.mako").exists()
    ours = {path.relative_to(ROOT) for path in (ROOT / "live_activity").rglob("*") if path.is_file()}
    missing = [path for path in ours if "__pycache__" not in path.parts and not (wheel / path).exists()]
    assert missing == []


def test_the_wheel_works_in_a_folder_with_modules_of_the_same_names(wheel: Path, tmp_path: Path) -> None:
    (tmp_path / "calendar.py").write_text("raise RuntimeError('the wrong calendar')\n")
    for name in ("flows", "tasks"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise RuntimeError('the wrong package')\n")
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "PYTHONPATH": str(wheel),
        "LIVE_ACTIVITY_DATABASE_URL": f"sqlite:///{tmp_path / 'ledger.db'}",
        "LIVE_ACTIVITY_STORAGE": str(tmp_path / "segments"),
    }

    def run(*words: str) -> str:
        done = subprocess.run(
            [sys.executable, "-P", *words],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=100,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    place, *rest = json.loads(run("-c", SCRIPT))
    assert Path(place).is_relative_to(wheel)
    assert rest == ["ended", 3, 3]
    assert "derby" in run("-m", "live_activity.cli.main", "ledger")
