"""`live-activity sandbox`: its options reach the server, and an unusable one is one line and exit code 2."""

from __future__ import annotations

import random
import subprocess
import sys
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from live_activity.cli.main import main
from live_activity.sandbox.app import PREFIX
from tests.sandbox.sandbox_process import TYPE, at, fleet_file, pushing

SWIFT = f"""
struct {TYPE}: ActivityAttributes {{
    struct ContentState: Codable, Hashable {{ let homeScore: Int }}
}}
"""


def test_every_option_reaches_the_server(tmp_path: Path) -> None:
    swift, faults = tmp_path / "Match.swift", tmp_path / "faults.yaml"
    swift.write_text(SWIFT, "utf-8")
    faults.write_text("- {endpoint: update, calls: 1, do: unavailable}\n", "utf-8")
    profile = tmp_path / "profile.yaml"
    profile.write_text("seed: 5\n", "utf-8")
    options = {
        "--port": 0,
        "--fleet": fleet_file(tmp_path),
        "--sync-delay": 0,
        "--requests-per-minute": 3,
        "--max-insider-ids": 2,
        "--words": "required",
        "--fleet-profile": profile,
        "--contract": swift,
        "--faults": faults,
    }
    command = [
        sys.executable,
        "-m",
        "live_activity.cli.main",
        "sandbox",
        "--api-key",
        "one",
        "--api-key",
        "other",
    ]
    command += [str(part) for option in options.items() for part in option]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().split()[4]
            with httpx.Client(base_url=url, trust_env=False) as client:
                _play(client)
            process.terminate()
            rest, errors = process.communicate(timeout=20)
        finally:
            process.kill()
    assert (process.returncode, rest, errors) == (0, "", "")


def _play(client: httpx.Client) -> None:
    def status(endpoint: str, body: object, *, key: str = "one") -> int:
        return client.post(PREFIX + endpoint, json=body, headers={"X-Api-Key": key}).status_code

    who = {"activity_type": TYPE, "ends_at": at(datetime.now(UTC) + timedelta(hours=1))}
    assert status("register", {}, key="third") == 401
    assert status("register", {}, key="other") == 400
    assert status("register", {**who, "insider_ids": ["anna", "ben", "late"]}) == 400
    assert status("register", {**who, "insider_ids": ["anna", "nobody"]}) == 200
    assert status("register", {**who, "insider_ids": ["nobody"]}) == 422
    assert status("register", {}) == 429
    (activity,) = client.get("/sandbox/activities").json()["activities"]
    # The ids of activities follow from the seed of the fleet profile.
    assert activity["activity_id"] == str(uuid.UUID(int=random.Random(5).getrandbits(128), version=4))
    good, bad = (
        pushing(
            activity["activity_id"], {"title": "a", "message": "b", "content_state": {"homeScore": score}}
        )
        for score in (1, 1.5)
    )
    assert [status("start", good), status("update", good), status("update", bad)] == [200, 503, 200]
    assert status("update", pushing(activity["activity_id"], {"content_state": {"homeScore": 1}})) == 400
    (activity,) = client.get("/sandbox/activities").json()["activities"]
    assert (activity["counts"]["reached"], activity["counts"]["stuck"]) == (1, 1)


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--sync-delay", "nan", "Invalid value for '--sync-delay': must be a finite number"),
        ("--sync-delay", "1e12", "sync_delay is 1000000000000.0; it is seconds, 0 to 1e9"),
        ("--sync-delay", "-1", "Invalid value for '--sync-delay'"),
        ("--requests-per-minute", "-1", "Invalid value for '--requests-per-minute'"),
        ("--max-insider-ids", "0", "Invalid value for '--max-insider-ids'"),
        ("--api-key", "", "one of api_keys is empty or has a character that no header can carry"),
        ("--api-key", " key", "one of api_keys is empty or has a character that no header can carry"),
        ("--fleet", "nobody.csv", "nobody.csv: "),
        ("--fleet-profile", "nobody.yaml", "nobody.yaml: there is no such fleet profile"),
        ("--words", "some", "Invalid value for '--words'"),
        ("--faults", "nothing.yaml", "nothing.yaml: cannot be read"),
        ("--contract", "Nothing.swift", "'Nothing.swift' does not exist"),
    ],
)
def test_an_option_that_cannot_be_used_is_one_line(option: str, value: str, message: str) -> None:
    result = CliRunner().invoke(main, ["sandbox", "--port", "0", option, value])
    assert result.exit_code == 2
    assert message in result.stderr
    assert "Traceback" not in result.output


def test_a_host_of_another_machine_is_one_line_and_fails() -> None:
    result = CliRunner().invoke(main, ["sandbox", "--port", "0", "--host", "192.0.2.1"])
    assert result.exit_code == 1
    assert "cannot listen on 192.0.2.1:0: " in result.stderr
    assert "choose another with --host or --port" in result.stderr
