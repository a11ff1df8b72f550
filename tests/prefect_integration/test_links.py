"""Addresses in the Prefect UI."""

from __future__ import annotations

import pytest

from live_activity.prefect_integration.links import artifact_url, run_url

RUN = "runs/flow-run/0b8e1c6e-0d4c-4ac2-8d0e-6c1e37a3d7f2"


@pytest.mark.parametrize(
    ("run", "artifact"),
    [(f"http://ui/{RUN}", "http://ui/artifacts/key/derby-plan"), (f"None/{RUN}", None)],
)
def test_a_server_without_a_ui_has_no_links(
    monkeypatch: pytest.MonkeyPatch, run: str, artifact: str | None
) -> None:
    # Prefect's own way to set values of its runtime context.
    monkeypatch.setenv("PREFECT__RUNTIME__FLOW_RUN__UI_URL", run)
    assert artifact_url("derby-plan") == artifact
    assert (run_url() is None) == (artifact is None)
