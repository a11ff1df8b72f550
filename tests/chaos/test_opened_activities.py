"""300 activities that phones opened, some unknown, some opened late, and a process that is killed meanwhile."""

from __future__ import annotations

import json
import uuid
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from live_activity.ledger import Database, newest_edition
from live_activity.sandbox.content import Content
from tests.chaos.boundaries import Place
from tests.chaos.campaign_stage import TYPE, Stage, stage
from tests.chaos.command_process import CommandProcess, CommandRun, until

UNKNOWN, AT_FIRST, WHILE_DEAD, AFTER_RECOVERY = 20, 240, 20, 20
# The last row names a value that no activity has: it keeps the campaign open for activities that are opened late.
ROWS = (
    "0s,update,Order,picked up,1,placed\n2s,update,Order,on its way,2,placed\n15s,end,Order,there,3,placed\n"
    "30m,end,Order,closing time,3,never placed\n"
)


class Orders:
    """The table of activities, and the phones that opened them."""

    def __init__(self, campaign: Stage) -> None:
        self.campaign = campaign
        self.table = campaign.folder / "orders.csv"
        self.table.write_text("activity_id,order\n")
        self.known: list[str] = []
        self.unknown = [str(uuid.uuid4()) for _ in range(UNKNOWN)]

    def open(self, count: int) -> None:
        """Has `count` phones open an activity each, and adds a row for each to the table."""
        with self.campaign.server.sandbox.lock:
            new = [
                self.campaign.server.sandbox.device_started(
                    activity_type=TYPE, insider_id=None, udid=None, content=Content({}, attributes=None)
                )
                for _ in range(count)
            ]
        self.known += new
        self.add(new)

    def add(self, ids: list[str]) -> None:
        """Writes rows at the end of the table."""
        with self.table.open("a") as file:
            file.writelines(f"{each},placed\n" for each in ids)

    def ended(self) -> set[str]:
        """Returns the activities whose phones were sent their end."""
        return {name for name, sent in self.pushes().items() if any(kind == "end" for kind, _ in sent)}

    def pushes(self) -> dict[str, list[tuple[str, Any]]]:
        """Returns what each activity's phone got, in order: kind and score."""
        with self.campaign.server.sandbox.lock:
            return {
                each.activity_id: [
                    (sent.push.kind, sent.push.content.state.get("score")) for sent in each.sent
                ]
                for each in self.campaign.server.sandbox.activities()
            }


@pytest.mark.concurrent(seconds=100)
def test_300_activities_are_all_accounted_for_and_ended_once_though_the_process_is_killed(
    folder: Path,
) -> None:
    with stage(folder) as campaign:
        orders = Orders(campaign)
        orders.open(AT_FIRST // 2)
        orders.add(orders.unknown)
        orders.open(AT_FIRST // 2)
        campaign.write(segment=None, activities=str(orders.table), split_by=["order"])
        (campaign.folder / "rows.csv").write_text("at,event,title,message,score,order\n" + ROWS)
        assert campaign.start(Place("after", "answer_push", 150)).wait() < 0, campaign.output
        orders.open(WHILE_DEAD)
        recovery = CommandProcess(
            CommandRun(("recover",), campaign.environment, campaign.folder / "output.txt")
        )
        joined = set(orders.known[-WHILE_DEAD:])
        until(
            lambda: joined & {name for name, sent in orders.pushes().items() if sent},
            what="a push to a late activity",
        )
        orders.open(AFTER_RECOVERY)
        until(lambda: orders.ended() == set(orders.known), what="the last order's end")
        steer = CommandProcess(
            CommandRun(("steer", "derby", "end_now"), campaign.environment, campaign.folder / "steered.txt")
        )
        assert steer.wait() == 0, steer.output
        assert recovery.wait() == 0, campaign.output
        _assert_accounted_for(campaign, orders)


def _assert_accounted_for(campaign: Stage, orders: Orders) -> None:
    with closing(Database(campaign.environment["LIVE_ACTIVITY_DATABASE_URL"])) as database:
        record = newest_edition(database, "derby", mode="run")
    assert record is not None
    assert record.report is not None
    report = record.report
    assert report["status"] == "ended"
    assert len(orders.known) + len(orders.unknown) == 300
    counted = Counter(each["status"] for each in report["activities"])
    assert counted == {"ended": len(orders.known), "not_found": UNKNOWN}
    assert report["segment"]["accepted"] == 300
    (finding,) = [each for each in report["findings"] if each["code"] == "activities_not_found"]
    assert "20 of 300 activities" in finding["message"]
    assert finding["row"] == AT_FIRST // 2 + 1
    assert not any(each in json.dumps(report["findings"]) for each in orders.unknown)
    pushed = orders.pushes()
    for name in orders.known:
        kinds = [kind for kind, _ in pushed[name]]
        scores = [score for _, score in pushed[name]]
        assert kinds.count("end") == 1, name
        assert pushed[name][-1] == ("end", 3)
        assert scores == sorted(scores), "content older than what was shown already"
    requests = campaign.requests()
    assert (requests["register"], requests["start"]) == (0, 0)
