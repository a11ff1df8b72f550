"""The client and the sandbox, which share no code for requests and answers, implement the same API."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from live_activity.api import (
    AlreadyStarted,
    ApiError,
    Client,
    NobodyEligible,
    NotFound,
    OutcomeUnknown,
    ProductDisabled,
    RateLimited,
    RateLimiter,
    RefusedRequest,
    Repeat,
    ServerFault,
    ServiceUnavailable,
    TargetDevice,
    TokensNotSynced,
    Unauthorized,
)
from live_activity.core.clock import RealClock, sleep
from live_activity.core.virtual_clock import VirtualClock
from live_activity.sandbox import SandboxOptions, SandboxServer, create_app
from tests.api.client_calls import NOW

TYPE = "MatchActivityAttributes"
CONTENT = {"title": "Derby", "message": "Kick-off", "content_state": {"homeScore": 0}}
FLEET = """\
insider_id,udid,platform,os_version,push_enabled,push_to_start_token,gdpr,sync_delay
anna,A1,ios,17.4,true,t1,true,
anna,A2,ios,17.4,true,t2,true,30
bert,B1,ios,17.4,true,t3,true,
carl,C1,android,14,true,t4,true,
dora,D1,ios,16.4,true,t5,true,
emil,E1,ios,17.4,false,t6,true,
fred,F1,ios,17.4,true,,true,
gina,G1,ios,17.4,true,t7,false,
"""
EVERYBODY = ["anna", "bert", "carl", "dora", "emil", "fred", "gina", "hugo"]


class Stage:
    """A client whose calls go directly to a sandbox with these phones."""

    def __init__(self, folder: Path, *, key: str = "k-1", faults: str = "", **options: Any) -> None:
        (folder / "fleet.csv").write_text(FLEET, encoding="utf-8")
        (folder / "faults.yaml").write_text(faults, encoding="utf-8")
        self.clock = VirtualClock(NOW)
        chosen = SandboxOptions(fleet=folder / "fleet.csv", faults=folder / "faults.yaml", **options)
        self.transport = httpx.ASGITransport(create_app(chosen, clock=self.clock))
        self.client = Client(
            base_url="http://sandbox.test",
            api_key=SecretStr(key),
            rate_limiter=RateLimiter.in_memory(0, self.clock),
            clock=self.clock,
            transport=self.transport,
        )

    async def register(self, *people: str) -> str:
        answer = await self.client.register(
            activity_type=TYPE, insider_ids=people or ["anna", "bert"], ends_at=NOW + timedelta(hours=9)
        )
        return answer.activity_id

    async def wait(self, seconds: float) -> None:
        with self.clock.working():
            await sleep(self.clock, seconds)

    async def error(self, endpoint: str, activity_id: str, **more: Any) -> ApiError:
        asked: dict[str, Any] = {"activity_id": activity_id, "activity_type": TYPE, **more}
        if endpoint in ("add_users", "remove_users"):
            asked.setdefault("insider_ids", ["anna"])
        else:
            asked.setdefault("content", CONTENT)
        with pytest.raises(ApiError) as caught:
            await getattr(self.client, endpoint)(**asked)
        return caught.value


async def test_an_activity_from_register_to_end(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    client = stage.client
    added = await client.register(activity_type=TYPE, insider_ids=EVERYBODY, ends_at=NOW + timedelta(hours=9))
    assert (added.matched, added.added, added.refreshed) == (3, 3, 0)
    assert added.skipped.counts() == {
        "push_permission_disabled": 1,
        "unsupported_platform": 1,
        "unsupported_os_version": 1,
        "push_to_start_token_missing": 1,
        "user_not_found": 1,
    }
    assert (added.gdpr_denied_people, added.gdpr_denied_devices) == (1, 1)
    of: dict[str, Any] = {"activity_id": added.activity_id, "activity_type": TYPE}
    again = await client.add_users(**of, insider_ids=["bert"])
    assert (again.activity_id, again.refreshed) == (added.activity_id, 1)
    assert (await client.remove_users(**of, insider_ids=["bert"])).removed == 1
    assert (await client.start(**of, content=CONTENT)).sessions_triggered == 2
    await stage.wait(5)
    updated = await client.update(**of, content=CONTENT)
    assert (updated.sessions_triggered, updated.skipped_not_synced) == (1, 1)
    one = TargetDevice(insider_id="anna", udid="A1")
    assert (await client.update(**of, content=CONTENT, target_devices=[one])).sessions_triggered == 1
    await stage.wait(30)
    ended = await client.end(**of, content=CONTENT)
    assert (ended.sessions_triggered, ended.skipped_not_synced) == (2, 0)
    assert type(await stage.error("end", added.activity_id)) is NotFound


async def test_each_error_from_register_to_end_has_its_class(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    with pytest.raises(NobodyEligible) as nobody:
        await stage.register("carl", "gina")
    assert nobody.value.skipped["unsupported_platform"] == 1
    assert nobody.value.gdpr_denied_people == 1
    activity = await stage.register()
    assert type(await stage.error("update", activity)) is TokensNotSynced
    await stage.client.start(activity_id=activity, activity_type=TYPE, content=CONTENT)
    for endpoint in ("start", "add_users", "remove_users"):
        assert type(await stage.error(endpoint, activity)) is AlreadyStarted
    for endpoint in ("update", "end"):
        assert type(await stage.error(endpoint, activity)) is TokensNotSynced
    for endpoint in ("add_users", "remove_users", "start", "update", "end"):
        assert type(await stage.error(endpoint, "7f1d0b8e-0000-4000-8000-000000000000")) is NotFound


@pytest.mark.parametrize(
    ("people", "hours", "code"),
    [
        ([], 9, "INSIDER_IDS_OUT_OF_RANGE"),
        (["anna"], -1, "ENDS_AT_IN_PAST"),
        (["anna"], 0.05, "ENDS_AT_TOO_SOON"),
        (["anna"], 200, "ENDS_AT_TOO_FAR"),
    ],
)
async def test_a_broken_rule_is_a_refused_request(
    tmp_path: Path, people: list[str], hours: float, code: str
) -> None:
    with pytest.raises(RefusedRequest) as refused:
        await Stage(tmp_path).client.register(
            activity_type=TYPE, insider_ids=people, ends_at=NOW + timedelta(hours=hours)
        )
    assert (refused.value.status, refused.value.code) == (400, code)


@pytest.mark.parametrize(
    ("key", "kind"),
    [("wrong", Unauthorized), ("product-disabled", ProductDisabled), ("auth-down", ServiceUnavailable)],
)
async def test_errors_of_an_account_are_distinguished(tmp_path: Path, key: str, kind: type[ApiError]) -> None:
    keys = frozenset({"k-1", "product-disabled", "auth-down"})
    with pytest.raises(ApiError) as caught:
        await Stage(tmp_path, key=key, api_keys=keys).register()
    assert type(caught.value) is kind


async def test_a_rate_limit_says_how_long_to_wait(tmp_path: Path) -> None:
    stage = Stage(tmp_path, requests_per_minute=2)
    for _ in range(2):
        await stage.register()
    with pytest.raises(RateLimited) as limited:
        await stage.register()
    assert limited.value.retry_after == 60
    await stage.wait(60)
    await stage.register()


async def test_calls_below_the_limit_get_no_429(tmp_path: Path) -> None:
    stage = Stage(tmp_path, requests_per_minute=3)
    client = Client(
        base_url="http://sandbox.test",
        api_key=SecretStr("k-1"),
        rate_limiter=RateLimiter.in_memory(3, stage.clock),
        clock=stage.clock,
        transport=stage.transport,
    )
    with stage.clock.working():
        for _ in range(11):
            await client.register(activity_type=TYPE, insider_ids=["anna"], ends_at=NOW + timedelta(hours=9))
    assert stage.clock.now() > NOW + timedelta(minutes=3)


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("{do: too_many, retry_after: 4}", RateLimited),
        ("{do: too_many, retry_after: soon}", RateLimited),
        ("{do: unavailable}", ServiceUnavailable),
        ("{do: server_error, processed: true}", ServerFault),
        ("{do: reset_before}", OutcomeUnknown),
        ("{do: reset_after}", OutcomeUnknown),
        ("{do: garbage, kind: html}", OutcomeUnknown),
        ("{do: garbage, kind: truncated}", OutcomeUnknown),
        ("{do: garbage, kind: wrong_shape}", OutcomeUnknown),
        ("{do: garbage, kind: empty}", OutcomeUnknown),
    ],
)
async def test_every_fault_of_the_sandbox_has_its_class(
    tmp_path: Path, fault: str, kind: type[ApiError]
) -> None:
    with pytest.raises(ApiError) as caught:
        await Stage(tmp_path, faults=f"- {fault}").register()
    assert type(caught.value) is kind
    assert caught.value.repeat is Repeat.ALWAYS


async def test_a_partial_answer_says_how_many_were_left_out(tmp_path: Path) -> None:
    stage = Stage(tmp_path, faults="- {do: partial, share: 1.0, endpoint: add_users}")
    activity = await stage.register()
    partial = await stage.client.add_users(activity_id=activity, activity_type=TYPE, insider_ids=["anna"])
    assert partial.partial
    assert partial.unprocessed_insider_id_count == 1


@contextmanager
def on_a_port(folder: Path, faults: str) -> Iterator[str]:
    (folder / "faults.yaml").write_text(faults, encoding="utf-8")
    with SandboxServer(SandboxOptions(faults=folder / "faults.yaml"), clock=RealClock()) as server:
        yield server.base_url


async def test_a_start_whose_answer_was_lost_is_sent_again(tmp_path: Path) -> None:
    clock = RealClock()
    with on_a_port(tmp_path, "- {do: reset_after, endpoint: start, calls: [1]}") as base_url:
        client = Client(
            base_url=base_url,
            api_key=SecretStr("k-1"),
            rate_limiter=RateLimiter.in_memory(0, clock),
            clock=clock,
        )
        async with client:
            added = await client.register(
                activity_type=TYPE,
                insider_ids=[f"person-{number}" for number in range(50)],
                ends_at=clock.now() + timedelta(hours=1),
            )
            of: dict[str, Any] = {"activity_id": added.activity_id, "activity_type": TYPE, "content": CONTENT}
            with pytest.raises(OutcomeUnknown) as lost:
                await client.start(**of)
            assert lost.value.repeat is Repeat.AS_QUESTION
            with pytest.raises(AlreadyStarted):
                await client.start(**of)
