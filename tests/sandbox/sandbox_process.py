"""A sandbox in this process, with known phones and a clock that the test moves."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from live_activity.core.clock import sleep
from live_activity.core.virtual_clock import VirtualClock
from live_activity.sandbox import SandboxOptions, create_app
from live_activity.sandbox.app import PREFIX

NOW = datetime(2026, 7, 19, 18, 0, tzinfo=UTC)
TYPE = "MatchActivityAttributes"
CONTENT = {"title": "Derby", "message": "Kick-off", "content_state": {"homeScore": 0}}
GOAL = {"title": "Goal!", "message": "1:0", "content_state": {"homeScore": 1}}
FINAL = {"content_state": {"homeScore": 1, "period": "full_time"}}
UNKNOWN_ID = "0d9a7b56-8a0b-4c06-9d2c-6f1c2a5c7e11"

FLEET = """\
insider_id,udid,platform,os_version,push_enabled,gdpr,push_to_start_token,sync_delay
anna,A1,ios,17.2,true,true,t,
ben,B1,iOS,17.10,yes,,t,
ben,B2,ios,18.0,1,1,t,
late,L1,ios,17.4.1,true,true,t,30
never,N1,ios,26.0,true,true,t,never
mixed,M1,ios,17.2.0,true,true,t,
mixed,M2,android,14,true,true,t,
droid,D1,android,15,true,true,t,
old,O1,ios,17.1.9,true,true,t,
mute,Q1,ios,17.5,no,true,t,
refuser,R1,ios,17.5,true,false,t,
refuser,R2,ios,17.5,true,0,t,
fresh,F1,ios,17.5,true,true,,
"""
NOBODY = {
    "push_permission_disabled": 0,
    "unsupported_platform": 0,
    "unsupported_os_version": 0,
    "push_to_start_token_missing": 0,
    "user_not_found": 0,
}


def fleet_file(folder: Path, text: str = FLEET) -> Path:
    path = folder / "fleet.csv"
    path.write_text(text, "utf-8")
    return path


def at(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


class Stage:
    def __init__(self, client: httpx.AsyncClient, clock: VirtualClock) -> None:
        self.client = client
        self.clock = clock

    async def wait(self, seconds: float) -> None:
        with self.clock.working():
            await sleep(self.clock, seconds)

    async def call(self, endpoint: str, body: object, *, key: str = "key") -> httpx.Response:
        return await self.client.post(PREFIX + endpoint, json=body, headers={"X-Api-Key": key})

    async def good(self, endpoint: str, body: object) -> dict[str, Any]:
        response = await self.call(endpoint, body)
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.json()
        assert answer["status"] == "success"
        return answer

    async def register(self, *insider_ids: str, hours: float = 9) -> str:
        answer = await self.good("register", registering(*insider_ids, hours=hours))
        return str(answer["activity_id"])

    async def started(self, *insider_ids: str) -> str:
        activity_id = await self.register(*insider_ids)
        await self.good("start", pushing(activity_id, CONTENT))
        return activity_id

    async def synced(self, *insider_ids: str) -> str:
        activity_id = await self.started(*insider_ids)
        await self.wait(3)
        return activity_id

    async def look(self, activity_id: str, query: str = "") -> dict[str, Any]:
        response = await self.client.get(f"/sandbox/activities/{activity_id}{query}")
        assert response.status_code == 200, response.text
        view: dict[str, Any] = response.json()
        return view


def registering(*insider_ids: str, hours: float = 9) -> dict[str, Any]:
    ends_at = at(NOW + timedelta(hours=hours))
    return {"activity_type": TYPE, "insider_ids": list(insider_ids), "ends_at": ends_at}


def people(activity_id: str, *insider_ids: str) -> dict[str, Any]:
    return {"activity_id": activity_id, "activity_type": TYPE, "insider_ids": list(insider_ids)}


def pushing(activity_id: str, content: object, *targets: tuple[str, str]) -> dict[str, Any]:
    body: dict[str, Any] = {"activity_id": activity_id, "activity_type": TYPE, "content": content}
    if targets:
        body["target_devices"] = [{"insider_id": insider_id, "udid": udid} for insider_id, udid in targets]
    return body


@asynccontextmanager
async def stage(
    options: SandboxOptions | None = None, *, fleet: Path | None = None, now: datetime = NOW
) -> AsyncIterator[Stage]:
    clock = VirtualClock(now)
    options = replace(options or SandboxOptions(), fleet=fleet)
    transport = httpx.ASGITransport(create_app(options, clock=clock))
    async with httpx.AsyncClient(transport=transport, base_url="http://sandbox") as client:
        yield Stage(client, clock)
