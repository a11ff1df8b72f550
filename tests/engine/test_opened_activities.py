"""Activities that phones opened: a table that grows, ids that the API does not know, and a crash meanwhile."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from live_activity.core.findings import InvalidInput
from live_activity.engine.edition import Edition
from live_activity.ledger import all_editions
from live_activity.ledger.schema import editions
from live_activity.sandbox.content import Content
from tests.campaign_harness import CampaignHarness, Crash, Stop, campaign_harness

# Times count from the start of the campaign, or from when the activity joined it.
ROWS = "0m,update,Order,picked up,1\n20m,update,Order,on its way,2\n40m,end,Order,there,3\n"


@dataclass
class Orders:
    """A table of activities, and the phones that open them in the sandbox."""

    harness: CampaignHarness
    ids: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)

    @property
    def table(self) -> Path:
        return self.harness.folder / "orders.csv"

    def write(self, *ids: str) -> None:
        self.table.write_text("activity_id\n" + "".join(f"{each}\n" for each in ids))

    def opened(self, count: int = 1) -> list[str]:
        """Has `count` phones open an activity each, and adds these to the table."""
        with self.harness.server.sandbox.lock:
            new = [
                self.harness.server.sandbox.device_started(
                    activity_type="Match",
                    insider_id=None,
                    udid=None,
                    content=Content(state={}, attributes=None),
                )
                for _ in range(count)
            ]
        self.ids += new
        self.write(*self.ids)
        return new

    def invented(self, count: int = 1) -> None:
        """Adds `count` rows with ids that the API does not know."""
        new = [str(uuid.uuid4()) for _ in range(count)]
        self.unknown += new
        self.ids += new
        self.write(*self.ids)

    def kinds(self, activity_id: str) -> list[str]:
        return [kind for kind, _ in self.pushes(activity_id)]

    def pushes(self, activity_id: str) -> list[tuple[str, Any]]:
        """Returns what the activity's phone got, in order."""
        with self.harness.server.sandbox.lock:
            (activity,) = [
                each for each in self.harness.server.sandbox.activities() if each.activity_id == activity_id
            ]
            return [(sent.push.kind, sent.push.content.state.get("score")) for sent in activity.sent]

    async def play(self, script: Any = None, **keys: object) -> dict[str, Any]:
        return await self.harness.play(script, **self.keys(**keys))

    def keys(self, **more: object) -> dict[str, object]:
        return {"segment": None, "activities": str(self.table), "poll_seconds": 30, **more}


@pytest.fixture
def orders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Orders]:
    with campaign_harness(tmp_path, monkeypatch) as harness:
        harness.write(ROWS)
        yield Orders(harness)


def of_code(report: dict[str, Any], code: str) -> list[dict[str, Any]]:
    return [each for each in report["findings"] if each["code"] == code]


def statuses(report: dict[str, Any]) -> dict[str, int]:
    found: dict[str, int] = {}
    for each in report["activities"]:
        found[each["status"]] = found.get(each["status"], 0) + 1
    return found


async def test_unknown_activities_are_one_finding_with_their_rows_and_fail_nothing(orders: Orders) -> None:
    orders.opened(3)
    orders.invented(2)
    orders.opened(1)
    orders.invented(1)
    report = await orders.play()
    assert (report["status"], statuses(report)) == ("ended", {"ended": 4, "not_found": 3})
    (finding,) = of_code(report, "activities_not_found")
    assert (finding["severity"], finding["where"], finding["row"]) == ("warning", "orders.csv", 4)
    assert "3 of 7 activities" in finding["message"]
    assert "rows 4, 5, 7" in finding["message"]
    assert not any(unknown in str(report["findings"]) for unknown in orders.unknown)
    assert report["device_started"]
    assert (report["calls"]["register"], report["calls"]["start"], report["calls"]["end"]) == (0, 0, 4)


async def test_a_campaign_that_reached_no_activity_has_failed(orders: Orders) -> None:
    orders.invented(3)
    report = await orders.play()
    assert (report["status"], statuses(report)) == ("failed", {"not_found": 3})
    assert report["calls"]["end"] == 0


async def test_an_activity_that_its_person_ended_is_distinguished(orders: Orders) -> None:
    gone, other = orders.opened(2)

    async def script(edition: Edition) -> None:
        await orders.harness.until(edition, 10)
        with orders.harness.server.sandbox.lock:
            (activity,) = [
                each for each in orders.harness.server.sandbox.activities() if each.activity_id == gone
            ]
            activity.ended_at = orders.harness.clock.now()

    report = await orders.play(script)
    assert (report["status"], statuses(report)) == ("ended", {"not_found": 1, "ended": 1})
    (finding,) = of_code(report, "activities_closed")
    assert "1 of 2 activities" in finding["message"]
    assert "(row 1)" in finding["message"]
    assert of_code(report, "activities_not_found") == []
    assert orders.kinds(other)[-1] == "end"


async def test_activities_that_join_later_get_their_rows_from_then_on(orders: Orders) -> None:
    (first,) = orders.opened()
    later: list[str] = []

    async def script(edition: Edition) -> None:
        await orders.harness.until(edition, 10)
        later.extend(orders.opened(2))

    report = await orders.play(script, ends_at=None)
    assert statuses(report) == {"ended": 3}
    assert report["segment"]["accepted"] == 3
    for each in (first, *later):
        scores = [score for _, score in orders.pushes(each)]
        assert list(dict.fromkeys(scores)) == [1, 2, 3]
        assert orders.kinds(each).count("end") == 1


async def test_the_campaign_waits_for_activities_for_as_long_as_the_timeline_names_a_later_end(
    orders: Orders,
) -> None:
    orders.table.write_text("activity_id,order\n")
    rows = "at,order,title,score,event\n0m,a,T,1,update\n5m,a,T,2,end\n60m,b,T,7,update\n90m,b,T,8,end\n"
    (orders.harness.folder / "split.csv").write_text(rows)
    ids: dict[str, str] = {}

    def joins(order: str) -> None:
        (ids[order],) = orders.opened()
        lines = "".join(f"{each},{name}\n" for name, each in ids.items())
        orders.table.write_text(f"activity_id,order\n{lines}")

    async def script(edition: Edition) -> None:
        await orders.harness.until(edition, 1)
        joins("a")
        await orders.harness.until(edition, 30)
        joins("b")

    report = await orders.play(script, split_by=["order"], timeline=str(orders.harness.folder / "split.csv"))
    assert of_code(report, "no_activity_yet") == []
    assert (report["status"], statuses(report)) == ("ended", {"ended": 2})
    assert [score for _, score in orders.pushes(ids["a"])][-1] == 2
    assert [score for _, score in orders.pushes(ids["b"])][-1] == 8


async def test_a_campaign_that_waits_for_activities_can_be_ended(orders: Orders) -> None:
    (one,) = orders.opened()
    orders.table.write_text(f"activity_id,order\n{one},a\n")
    (orders.harness.folder / "split.csv").write_text(
        "at,order,title,score,event\n5m,a,T,2,end\n600m,b,T,8,end\n"
    )

    async def script(edition: Edition) -> None:
        await orders.harness.until(edition, 10)
        assert "no activity is running" in await orders.harness.steer(edition, "freeze")
        assert "the campaign is over" in await orders.harness.steer(edition, "end_now")

    report = await orders.play(script, split_by=["order"], timeline=str(orders.harness.folder / "split.csv"))
    assert (report["status"], statuses(report)) == ("ended", {"ended": 1})


async def test_a_row_that_leaves_the_table_ends_nothing(orders: Orders) -> None:
    kept, lost = orders.opened(2)

    async def script(edition: Edition) -> None:
        await orders.harness.until(edition, 10)
        orders.write(kept)

    report = await orders.play(script)
    assert statuses(report) == {"ended": 2}
    assert orders.pushes(lost)[-1] == ("end", 3)
    assert len(of_code(report, "activities_left_table")) == 1


async def test_a_table_that_cannot_be_read_changes_nothing_and_is_reported_once(orders: Orders) -> None:
    (first,) = orders.opened()

    async def script(edition: Edition) -> None:
        await orders.harness.until(edition, 10)
        orders.table.write_text("<!DOCTYPE html><html></html>\n")
        await orders.harness.until(edition, 15)
        orders.opened()

    report = await orders.play(script)
    assert statuses(report) == {"ended": 2}
    assert len([each for each in report["findings"] if each["where"] == "orders.csv"]) == 1
    assert orders.pushes(first)[-1] == ("end", 3)


async def test_nothing_joins_after_a_stop(orders: Orders) -> None:
    (first,) = orders.opened()

    async def script(edition: Edition) -> None:
        await orders.harness.until(edition, 10)
        orders.opened()
        raise Stop

    report = await orders.play(script)
    assert (report["status"], len(report["activities"])) == ("cancelled", 1)
    assert orders.kinds(first)[-1] == "end"


async def test_steering_the_whole_campaign_holds_for_those_that_join_later(orders: Orders) -> None:
    (first,) = orders.opened()
    later: list[str] = []

    async def script(edition: Edition) -> None:
        await orders.harness.until(edition, 5)
        await orders.harness.steer(edition, "send_now", title="Sorry", state={"score": 9})
        await orders.harness.steer(edition, "freeze")
        later.extend(orders.opened())
        await orders.harness.until(edition, 10)
        assert len(edition.activities) == 2
        assert orders.pushes(later[0]) == []
        await orders.harness.steer(edition, "resume")
        await orders.harness.until(edition, 15)
        # Content sent by hand concerned what the others showed.
        assert orders.pushes(later[0]) == [("update", 1)]
        assert ("update", 9) in orders.pushes(first)
        await orders.harness.steer(edition, "end_now")
        orders.opened()

    report = await orders.play(script)
    assert statuses(report) == {"ended": 2}
    assert orders.kinds(later[0])[-1] == "end"


async def test_every_activity_is_continued_after_a_crash_and_ended_once(orders: Orders) -> None:
    orders.opened(30)
    orders.invented(4)

    async def script(edition: Edition) -> None:
        await orders.harness.until(edition, 10)
        orders.opened(6)
        await orders.harness.until(edition, 15)
        orders.opened(3)
        raise Crash

    await orders.harness.play_until_crash(script, **orders.keys())
    orders.opened(2)
    report = await orders.play()
    assert statuses(report) == {"ended": 41, "not_found": 4}
    assert len(report["activities"]) == len(orders.ids) == report["segment"]["accepted"]
    (finding,) = of_code(report, "activities_not_found")
    assert "rows 31, 32, 33, 34" in finding["message"]
    for each in set(orders.ids) - set(orders.unknown):
        assert orders.pushes(each)[-1] == ("end", 3)
        assert orders.kinds(each).count("end") == 1


async def test_activities_that_joined_while_no_run_played_are_ended_even_after_the_end(
    orders: Orders,
) -> None:
    orders.opened()

    async def script(edition: Edition) -> None:
        await orders.harness.until(edition, 10)
        raise Crash

    await orders.harness.play_until_crash(script, **orders.keys())
    (late,) = orders.opened()
    await orders.harness.clock.sleep_until(orders.harness.clock.now() + timedelta(hours=1))
    report = await orders.play()
    assert statuses(report) == {"ended": 2}
    assert orders.pushes(late)[-1] == ("end", 3)


async def test_an_edition_that_an_older_version_began_is_continued(orders: Orders) -> None:
    (one,) = orders.opened()

    async def script(edition: Edition) -> None:
        await orders.harness.until(edition, 10)
        raise Crash

    await orders.harness.play_until_crash(script, **orders.keys())
    with orders.harness.database() as database:
        (record,) = all_editions(database)
        # There was no key for the table: it was in the key `segment`.
        old = {**record.parameters, "segment": record.parameters["activities"]}
        del old["activities"]
        with database.writing() as connection:
            connection.execute(update(editions).values(parameters=old, segment={"device_started": True}))
        (found,) = all_editions(database)
        assert found.device_started
    report = await orders.play()
    assert statuses(report) == {"ended": 1}
    assert orders.kinds(one).count("end") == 1


async def test_an_id_with_two_split_values_follows_its_first_row(orders: Orders) -> None:
    (one,) = orders.opened()
    orders.table.write_text(f"activity_id,order\n{one},a\n{one},b\n")
    rows = "at,order,title,score,event\n0m,a,T,1,update\n0m,b,T,5,update\n5m,,T,2,end\n"
    (orders.harness.folder / "split.csv").write_text(rows)
    report = await orders.play(split_by=["order"], timeline=str(orders.harness.folder / "split.csv"))
    assert statuses(report) == {"ended": 1}
    assert ("update", 5) not in orders.pushes(one)
    assert len(of_code(report, "activity_twice")) == 1


async def test_a_table_without_a_usable_row_is_refused_before_anything_is_sent(orders: Orders) -> None:
    orders.table.write_text("activity_id\n\n,\n")
    with pytest.raises(InvalidInput, match="its only row was rejected"):
        await orders.play()
