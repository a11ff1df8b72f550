from __future__ import annotations

from collections.abc import Iterator

import pytest

from live_activity.ledger import Database


@pytest.fixture
def database(ledger_url: str) -> Iterator[Database]:
    opened = Database(ledger_url)
    yield opened
    opened.close()
