from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.sandbox.sandbox_process import Stage, fleet_file, stage


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Stage]:
    async with stage(fleet=fleet_file(tmp_path)) as made:
        yield made
