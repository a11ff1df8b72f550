from __future__ import annotations

from collections.abc import Iterator

import pytest

from live_activity.ledger import Store


@pytest.fixture
def store(ledger_url: str) -> Iterator[Store]:
    opened = Store(ledger_url)
    yield opened
    opened.close()
