"""Settings: from the environment with the prefix `LIVE_ACTIVITY_`, read once."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import platformdirs
from pydantic import AfterValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from live_activity.core.credentials import PREFIX as SOURCE_PREFIX
from live_activity.core.findings import Finding, InvalidInput
from live_activity.core.suggestions import nearest
from live_activity.core.validation_messages import validation_message

PREFIX = "LIVE_ACTIVITY_"
# How alike a name without this prefix has to be to one with it, so that LIVE_ACTIVITIES_API_KEY counts as misspelt.
_ALIKE = 0.9


def _redis_address(url: SecretStr) -> SecretStr:
    if not url.get_secret_value().startswith(("redis://", "rediss://", "unix://")):
        raise ValueError("is not the address of a Redis; write it like redis://host:6379/0")
    return url


class Settings(BaseSettings):
    """The settings of an installation, for all its campaigns."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, hide_input_in_errors=True, env_ignore_empty=True
    )

    base_url: str | None = Field(
        None, pattern=r"^https?://", description="Where live calls go; wins over the account."
    )
    api_key: SecretStr | None = Field(None, description="The key of live calls; wins over the account.")
    requests_per_minute: int = Field(
        1000, ge=0, description="The vendor's rate limit of each endpoint; 0 is no limit."
    )
    batch_size: int = Field(10_000, ge=1, le=10_000, description="How many people go into one call.")
    inputs: str = Field(
        ".", description="Where paths that are typed in the UI begin: a folder, or any fsspec URL."
    )
    storage: str = Field(
        default_factory=lambda: str(data_folder() / "segments"),
        description="Where staged segments are stored: a folder, or any fsspec URL.",
    )
    database_url: str = Field(
        default_factory=lambda: f"sqlite:///{data_folder() / 'ledger.db'}",
        description="The ledger: PostgreSQL, or SQLite in the user's data folder.",
    )
    notify: SecretStr | None = Field(
        None,
        description="Who is notified of problems in live campaigns: Apprise addresses, separated by commas or spaces.",
    )
    python_sources: str = Field(
        "",
        description="Which functions a timeline or segment may name (python:package.module:function) besides those in "
        "campaign files: functions, modules or packages, with commas between them.",
    )
    python_source_seconds: float = Field(
        30.0,
        gt=0,
        le=3600,
        description="How long such a function may take at each poll; a segment ten times as long.",
    )
    redis_url: Annotated[SecretStr, AfterValidator(_redis_address)] | None = Field(
        None,
        description="A Redis in which workers on several machines share one rate limit; without it each machine "
        "has its own.",
    )
    desk_token: SecretStr | None = Field(
        None, description="The token that opens the desk; without it there is a new one at each start."
    )
    desk_proxy_secret: SecretStr | None = Field(
        None, description="The secret with which a sign-in proxy tells the desk who somebody is."
    )
    desk_metrics_token: SecretStr | None = Field(
        None, description="The token with which a Prometheus reads the desk's metrics, and nothing else."
    )


def data_folder() -> Path:
    """The folder in which this program keeps its own files on this machine."""
    return Path(platformdirs.user_data_dir("live-activity", appauthor=False))


@cache
def settings() -> Settings:
    """The settings, read at the first call. Raises `InvalidInput` that names the variable."""
    try:
        return Settings()
    except ValidationError as error:
        raise InvalidInput(
            Finding(
                severity="error",
                code="wrong_setting",
                message=_message_of(problem),
                where=PREFIX + ".".join(str(part) for part in problem["loc"]).upper(),
            )
            for problem in error.errors(include_input=False, include_url=False)
        ) from None


def unknown_settings(environment: Mapping[str, str] = os.environ) -> Iterator[Finding]:
    """A warning, without its value, for each variable that seems to be meant as a setting but is none."""
    fields = [*map(str.upper, Settings.model_fields)]
    for variable in sorted(environment):
        name = variable.upper()
        own = name.removeprefix(PREFIX)
        if (own != name and own in fields) or name.startswith(SOURCE_PREFIX):
            continue
        if name.startswith(PREFIX):
            close = [PREFIX + field for field in nearest(own, fields, most=1)]
        elif not (close := nearest(name, [PREFIX + field for field in fields], most=1, cutoff=_ALIKE)):
            continue
        fix = f"did you mean {close[0]}?" if close else "docs/campaign-file.md lists all settings"
        yield Finding.warning("unknown_setting", f"is not a setting and has no effect; {fix}", where=variable)


def _message_of(problem: Mapping[str, Any]) -> str:
    if problem["loc"] == ("base_url",):
        return "is not a web address; write it like https://live-activity.api.example.com"
    return validation_message(problem)
