"""The name of a run says `LIVE` only if real phones receive something."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from live_activity.core.settings import settings
from live_activity.prefect_integration.run_name import run_name


@pytest.fixture(autouse=True)
def _fresh_settings(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("BASE_URL", "API_KEY"):
        monkeypatch.delenv(f"LIVE_ACTIVITY_{name}", raising=False)
    settings.cache_clear()
    yield
    settings.cache_clear()


def test_the_name_of_a_run_says_sandbox_or_live() -> None:
    assert run_name("run", "derby", account="sandbox") == "SANDBOX · derby"
    assert run_name("run", "derby", account="club") == "LIVE · derby"
    assert run_name("rehearse", "derby", account="club") == "REHEARSAL · derby"


@pytest.mark.parametrize(
    ("address", "name"), [("https://api.example.com", "LIVE"), ("http://127.0.0.1:8700", "SANDBOX")]
)
def test_an_address_in_the_environment_decides_the_name_instead_of_the_account(
    address: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIVE_ACTIVITY_BASE_URL", address)
    monkeypatch.setenv("LIVE_ACTIVITY_API_KEY", "a-key")
    settings.cache_clear()
    assert run_name("run", "derby", account="sandbox") == f"{name} · derby"
