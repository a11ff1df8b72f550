"""The HTML page of a report is kept where other machines reach it, and only there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import fsspec
import pytest

from live_activity.core.settings import settings
from live_activity.engine.build_report import report_of
from live_activity.engine.edition import Edition
from live_activity.prefect_integration.report_upload import address, upload_report
from tests.campaign_harness import CampaignHarness, campaign_harness


@pytest.fixture
def harness(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CampaignHarness]:
    with campaign_harness(tmp_path, monkeypatch) as made:
        yield made


async def test_the_page_is_kept_in_shared_storage_and_the_artifact_says_where(
    harness: CampaignHarness, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    said: list[str | None] = []

    async def script(edition: Edition) -> None:
        await harness.until(edition, 25)
        said.append(upload_report(edition, report_of(edition)))
        with monkeypatch.context() as patched:
            patched.setenv("LIVE_ACTIVITY_STORAGE", f"memory://{tmp_path.name}")
            settings.cache_clear()
            said.append(upload_report(edition, report_of(edition)))
        settings.cache_clear()

    await harness.play(script)
    local, shared = said
    assert local is None, "a folder of this machine cannot be linked"
    assert shared is not None
    found = re.fullmatch(r"`memory://(\S+/reports/derby-[0-9a-f-]+\.html)`", shared)
    assert found is not None
    page = fsspec.filesystem("memory").cat(found[1]).decode()
    assert "<!doctype html>" in page
    assert "u001" not in page


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        (
            "gs://team/reports/a b.html",
            "[team/reports/a%20b.html](https://storage.cloud.google.com/team/reports/a%20b.html)",
        ),
        ("s3://team/r.html", "[team/r.html](https://console.aws.amazon.com/s3/object/team?prefix=r.html)"),
        ("ftp://anna:secret@host/r.html", "`ftp://host/r.html`"),
    ],
)
def test_the_address_of_a_page_can_be_opened_and_holds_no_credentials(
    monkeypatch: pytest.MonkeyPatch, place: str, expected: str
) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.delenv("AWS_ENDPOINT_URL_S3", raising=False)
    assert address(place) == expected
