"""The page of phones: groups and their marks, the state after each push, one phone, everything escaped."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from live_activity.sandbox import SandboxOptions
from live_activity.sandbox.app import PREFIX
from live_activity.sandbox.fleet_profile import FleetProfile
from live_activity.sandbox.options import Part
from tests.sandbox.sandbox_process import CONTENT, FINAL, GOAL, TYPE, Stage, fleet_file, pushing, stage

EVERYBODY = ("anna", "ben", "late", "never", "droid", "refuser")
TEAMS = {"attributes": {"homeTeam": "Spain", "awayTeam": "Argentina"}}


class Tiles(HTMLParser):
    """The marks and the text of each tile, and all tags and attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tiles: list[tuple[set[str], str]] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self._inside = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag == "article":
            self._inside = True
            self.tiles.append((set((dict(attrs)["class"] or "").split()) - {"group"}, ""))

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag != "article"

    def handle_data(self, data: str) -> None:
        if self._inside:
            marks, text = self.tiles[-1]
            self.tiles[-1] = (marks, f"{text} {data.strip()}".strip())


async def wall(scene: Stage, query: str = "") -> str:
    response = await scene.client.get(f"/sandbox/wall{query}")
    assert response.status_code == 200
    return response.text


async def test_groups_carry_their_number_and_their_marks(scene: Stage) -> None:
    activity_id = await scene.register(*EVERYBODY)
    await scene.good("start", pushing(activity_id, {**CONTENT, **TEAMS}))
    await scene.wait(3)
    await scene.good(
        "update", pushing(activity_id, {**GOAL, "content_state": {"text": "x" * 5000}}, ("ben", "B1"))
    )
    await scene.good("update", pushing(activity_id, GOAL, ("anna", "A1")))
    html = await wall(scene)
    tiles = Tiles(html).tiles
    assert [(marks, re.findall(r"^[\d,]+ phones?", text)) for marks, text in tiles] == [
        ({"unsynced"}, ["3 phones"]),
        ({"stuck"}, ["1 phone"]),
        (set(), ["1 phone"]),
    ]
    assert "2 not synced" in tiles[0][1]
    assert "Apple refuses more than 4,096" in tiles[1][1]
    assert "2 phone alerts" in tiles[2][1]
    assert "1 not iOS, 1 refused consent" in html
    await scene.good("end", pushing(activity_id, FINAL))
    marks = {frozenset(marks) for marks, _ in Tiles(await wall(scene)).tiles}
    assert marks == {frozenset({"final"}), frozenset({"unsynced"})}


async def test_refused_starts_and_opt_outs_are_marked() -> None:
    profile = FleetProfile.model_validate(
        {"start_budget": {"refused": 0.5}, "opt_out": {"share": 0.5, "after": 10}}
    )
    async with stage(SandboxOptions(fleet_profile=profile)) as scene:
        activity_id = await scene.synced(*(f"fan-{number}" for number in range(300)))
        await scene.wait(10)
        await scene.good("update", pushing(activity_id, GOAL))
        texts = [text for marks, text in Tiles(await wall(scene)).tiles if "refused" in marks]
    assert len(texts) == 2
    assert any("refused the start" in text for text in texts)
    assert any("opted out" in text for text in texts)


async def test_twenty_thousand_phones_are_a_handful_of_groups() -> None:
    ids = [f"fan-{number}" for number in range(20_000)]
    async with stage(SandboxOptions(max_insider_ids=20_000)) as scene:
        activity_id = await scene.synced(*ids)
        for _ in range(3):
            await scene.good("update", pushing(activity_id, GOAL))
            await scene.wait(30)
        html = await wall(scene)
    assert len(Tiles(html).tiles) <= 4
    assert len(html) < 10_000


async def test_the_name_from_the_attributes_comes_before_the_uuid(scene: Stage) -> None:
    activity_id = await scene.register("anna")
    assert "<h2><bdi>Match</bdi> " in await wall(scene)
    await scene.good("start", pushing(activity_id, {**CONTENT, **TEAMS}))
    html = await wall(scene)
    assert html.index("Spain \u2013 Argentina") < html.index(f">{activity_id}<")


async def test_the_phones_can_be_seen_after_each_push(scene: Stage) -> None:
    activity_id = await scene.synced("anna", "late")
    await scene.good("update", pushing(activity_id, GOAL))
    await scene.wait(30)
    await scene.good("update", pushing(activity_id, {"content_state": {"homeScore": 2}}))
    await scene.good("end", pushing(activity_id, {"content_state": {"homeScore": 3}}))
    seen = []
    for number in range(5):
        html = await wall(scene, f"?at={activity_id}:{number}")
        found = re.findall(r"<b>(\d)</b><span>home score", html)
        seen.append((found, re.search(r"<output[^>]*>([^<]*)", html)))
    assert [sorted(found) for found, _ in seen] == [[], ["0"], ["0", "1"], ["2"], ["3"]]
    said = [match.group(1) for _, match in seen if match]
    assert said[0] == "before the first push"
    assert said[1].startswith("push 1 of 4 \u00b7 start \u00b7 2026-07-19 18:00:00 UTC \u00b7 2 phones")
    assert "1 phone, 1 not synced" in said[2]
    assert "phone alert: Goal!: 1:0" in said[2]


async def test_an_invalid_place_shows_an_activity_as_it_was_before_its_pushes(scene: Stage) -> None:
    activity_id = await scene.synced("anna")
    for place in ("x", f"{activity_id}", f"{activity_id}:-1", f"{activity_id}:\u0663", ":", "%00:%ff"):
        assert "Derby" in await wall(scene, f"?at={place}")
    assert 'data-at="1"' in await wall(scene, f"?at={activity_id}:99999")


async def test_one_person_is_found_in_every_activity(scene: Stage) -> None:
    first = await scene.synced("anna", "ben")
    await scene.register("ben")
    await scene.good("update", pushing(first, GOAL, ("ben", "B2")))
    phones = (await scene.client.get("/sandbox/phones?insider_id=ben")).json()["phones"]
    found = [(phone["udid"], phone["state"], phone["synced"], phone["alerts"]) for phone in phones]
    assert found == [
        ("B1", "REGISTERED", False, 0),
        ("B2", "REGISTERED", False, 0),
        ("B1", "STARTED", True, 1),
        ("B2", "STARTED", True, 2),
    ]
    html = await wall(scene, "?insider_id=ben")
    assert len(Tiles(html).tiles) == 4
    assert "no phone in any activity" in await wall(scene, "?insider_id=nobody")
    assert (await scene.client.get("/sandbox/phones")).status_code == 400
    assert (await scene.client.get("/sandbox/phones?insider_id=nobody")).json() == {"phones": []}


ATTACK = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'></style>\ud800\u202e"


async def send(scene: Stage, endpoint: str, body: object) -> dict[str, Any]:
    """Sends JSON in which half surrogate pairs are escaped, which httpx cannot encode."""
    headers = {"X-Api-Key": "key", "Content-Type": "application/json"}
    response = await scene.client.post(PREFIX + endpoint, content=json.dumps(body), headers=headers)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def attacked(activity_type: str, part: Part, value: object) -> str | None:
    return ATTACK if isinstance(value, dict) and "stuck" in value else None


async def test_no_input_becomes_markup(tmp_path: Path) -> None:
    content: dict[str, Any] = {
        "title": ATTACK,
        "message": ATTACK,
        "content_state": {ATTACK: ATTACK, "list": [ATTACK], "object": {ATTACK: ATTACK}, "n": 10**100},
        "attributes": {ATTACK: ATTACK, "homeTeam": ATTACK, "awayTeam": ATTACK},
    }
    options = SandboxOptions(decode=attacked)
    async with stage(options, fleet=fleet_file(tmp_path)) as scene:
        body = {"activity_type": ATTACK, "insider_id": ATTACK, "udid": ATTACK, **content}
        del body["title"], body["message"]
        await scene.client.post("/sandbox/device-started", content=json.dumps(body))
        answer = await send(
            scene, "register", {"activity_type": ATTACK, "insider_ids": ["anna"], "ends_at": ENDS}
        )
        await send(scene, "start", {**pushing(answer["activity_id"], content), "activity_type": ATTACK})
        await scene.wait(3)
        stuck = {"content_state": {"stuck": 1}}
        await send(scene, "update", {**pushing(answer["activity_id"], stuck), "activity_type": ATTACK})
        pages = [
            await wall(scene),
            await wall(scene, "?insider_id=anna"),
            await wall(scene, "?insider_id=%3Cscript"),
        ]
        whole = (await scene.client.get("/sandbox")).text
    for page in pages:
        found = Tiles(page)
        assert not found.tags & {"script", "style", "img"}
        assert not {name for name in found.attributes if name.startswith("on")} | (
            found.attributes & {"style"}
        )
        assert "<script" not in page
    assert whole.count("<script") == 1
    assert whole.count("</style>") == 1


ENDS = "2026-07-19T23:00:00Z"


class OwnCards:
    """Another renderer of cards."""

    css = ".own { color: teal; }"

    def card_html(self, activity_type: str, attributes: Any, content_state: Any, *, final: bool) -> str:
        return f'<p class="own">{activity_type} {content_state["homeScore"]} {final}</p>'


async def test_another_renderer_draws_the_cards(tmp_path: Path) -> None:
    async with stage(SandboxOptions(cards=OwnCards()), fleet=fleet_file(tmp_path)) as scene:
        await scene.synced("anna")
        page = (await scene.client.get("/sandbox")).text
    assert f'<p class="own">{TYPE} 0 False</p>' in page
    assert ".own { color: teal; }" in page
