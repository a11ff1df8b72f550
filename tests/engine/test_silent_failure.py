"""Content that the API answers with 200, and that phones which decode like the app drop silently."""

from __future__ import annotations

from pathlib import Path

import pytest

from live_activity.engine.phone_decoding import decoding_of
from tests.campaign_harness import campaign_harness

SWIFT = """
import ActivityKit
struct Match: ActivityAttributes {
    struct ContentState: Codable, Hashable { var score: String }
}
"""


async def test_phones_drop_wrong_content_silently_without_a_contract(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    swift = tmp_path / "Match.swift"
    swift.write_text(SWIFT)
    with campaign_harness(tmp_path, monkeypatch, decode=decoding_of(swift)) as harness:
        report = await harness.play()
        (activity,) = report["activities"]
        shown = harness.server.phones([activity["activity_id"]])
    assert (shown.stuck, shown.showing_final) == (25, 0)
