from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from live_activity.api.account import account_of_environment
from live_activity.campaign.model import Campaign
from live_activity.campaign.paths import join, resolved
from live_activity.core.findings import InvalidInput
from live_activity.core.settings import Settings, settings, unknown_settings
from live_activity.core.suggestions import did_you_mean, nearest


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"LIVE_ACTIVITY_{name.upper()}", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    settings.cache_clear()
    yield
    settings.cache_clear()


def test_without_an_environment_everything_is_in_the_users_data_folder(tmp_path: Path) -> None:
    read = settings()
    assert (read.base_url, read.api_key, read.requests_per_minute, read.batch_size) == (
        None,
        None,
        1000,
        10_000,
    )
    assert read.database_url.startswith("sqlite:///")
    assert str(tmp_path) in read.database_url
    assert str(tmp_path) in read.storage


def test_settings_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIVE_ACTIVITY_BATCH_SIZE", "500")
    first = settings()
    monkeypatch.setenv("LIVE_ACTIVITY_BATCH_SIZE", "5")
    assert settings() is first
    assert first.batch_size == 500


@pytest.mark.parametrize(
    ("name", "value", "mend"),
    [
        ("BATCH_SIZE", "10001", "is too large; write 10000 or less"),
        ("BATCH_SIZE", "many", "must be a whole number, such as 30"),
        ("REQUESTS_PER_MINUTE", "-1", "is too small; write 0 or more"),
        ("PYTHON_SOURCE_SECONDS", "nan", "is too large; write 3600"),
        ("BASE_URL", "live-activity.example", "is not a web address; write it like https://"),
        ("REDIS_URL", "localhost:6379", "is not the address of a Redis; write it like redis://"),
    ],
)
def test_a_wrong_setting_is_reported_in_one_line_with_its_variable(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, mend: str
) -> None:
    monkeypatch.setenv(f"LIVE_ACTIVITY_{name}", value)
    with pytest.raises(InvalidInput) as refused:
        settings()
    (finding,) = refused.value.findings
    assert finding.where == f"LIVE_ACTIVITY_{name}"
    assert str(finding).isprintable()
    assert mend in finding.message


def test_an_empty_setting_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIVE_ACTIVITY_BATCH_SIZE", "")
    assert settings().batch_size == 10_000


def test_the_key_is_shown_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIVE_ACTIVITY_BASE_URL", "http://127.0.0.1:9000")
    monkeypatch.setenv("LIVE_ACTIVITY_API_KEY", "hunter2")
    account = account_of_environment(settings())
    assert account is not None
    assert account.api_key.get_secret_value() == "hunter2"
    assert account.base_url == "http://127.0.0.1:9000"
    for shown in (repr(settings()), str(settings()), repr(account), settings().model_dump_json()):
        assert "hunter2" not in shown


def test_an_environment_with_half_an_account_names_no_account(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIVE_ACTIVITY_API_KEY", "hunter2")
    assert account_of_environment(settings()) is None


@pytest.mark.parametrize(
    ("base", "path", "joined"),
    [
        ("/campaigns", "fans.csv", "/campaigns/fans.csv"),
        ("/campaigns", "../fans.csv", "/campaigns/../fans.csv"),
        ("/campaigns", "/data/fans.csv", "/data/fans.csv"),
        ("/campaigns", "s3://bucket/fans.csv", "s3://bucket/fans.csv"),
        ("s3://bucket/inputs/", "fans.csv", "s3://bucket/inputs/fans.csv"),
        ("s3://bucket/inputs", "/data/fans.csv", "/data/fans.csv"),
    ],
)
def test_a_relative_path_is_counted_from_where_the_campaign_lies(base: str, path: str, joined: str) -> None:
    assert join(base, path) == joined


def test_a_path_may_begin_at_home(tmp_path: Path) -> None:
    assert join("/campaigns", "~/fans.csv") == str(tmp_path / "fans.csv")


def test_the_paths_of_a_campaign_are_resolved_and_nothing_else_of_it_changes() -> None:
    asked = Campaign(
        name="derby", activity_type="Match", segment="fans.csv", timeline="http://127.0.0.1/t.csv"
    )
    found = resolved(asked, "/campaigns")
    assert found == asked.model_copy(update={"segment": "/campaigns/fans.csv"})


def test_the_nearest_names_are_offered_in_any_case_and_nothing_far_away() -> None:
    assert nearest("DERBY", ["cup", "Derby", "derbys"]) == ["Derby", "derbys"]
    assert did_you_mean("derbi", ["derby", "cup"]) == "; did you mean derby?"
    assert did_you_mean("final", ["derby", "cup"]) == ""


@pytest.mark.parametrize(
    ("variable", "fix"),
    [
        ("LIVE_ACTIVITY_APIKEY", "did you mean LIVE_ACTIVITY_API_KEY?"),
        ("LIVE_ACTIVITY_NOTFIY", "did you mean LIVE_ACTIVITY_NOTIFY?"),
        ("LIVE_ACTIVITIES_BASE_URL", "did you mean LIVE_ACTIVITY_BASE_URL?"),
        ("LIVEACTIVITY_DATABASE_URL", "did you mean LIVE_ACTIVITY_DATABASE_URL?"),
        ("LIVE_ACTIVITY_XYZZY", "docs/campaign-file.md lists all settings"),
    ],
)
def test_a_misspelt_setting_is_reported_with_the_nearest_name_and_without_its_value(
    variable: str, fix: str
) -> None:
    (finding,) = unknown_settings({variable: "s3cret", "LIVE_ACTIVITY_API_KEY": "k", "PATH": "/bin"})
    assert (finding.severity, finding.code, finding.where) == ("warning", "unknown_setting", variable)
    assert finding.message == f"is not a setting and has no effect; {fix}"


@pytest.mark.parametrize(
    "variable",
    [
        "LIVE_ACTIVITY_INPUTS",
        "live_activity_storage",
        "LIVE_ACTIVITY_SOURCE_SCORES",
        "API_KEY",
        "LIVE_SCORES_URL",
    ],
)
def test_a_setting_and_what_is_not_ours_are_no_findings(variable: str) -> None:
    assert [*unknown_settings({variable: "x"})] == []
