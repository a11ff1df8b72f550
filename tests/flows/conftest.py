from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli_process import Shell


@pytest.fixture
def shell(tmp_path: Path, prefect_url: str) -> Shell:
    return Shell(tmp_path, prefect_url)
