"""How the content of one edition is distinguished from that of another."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from live_activity.campaign.model import Campaign, read_campaign
from live_activity.campaign.previous_editions import content_fingerprint
from live_activity.core.content import Content
from live_activity.timeline import Row, Timeline

ROWS = (
    Row(1, "start", Content("Derby", "kick-off", {"score": 0}), {"home": "A"}, {}, timedelta(0)),
    Row(2, "end", Content("Derby", "over", {"score": 1}), {}, {}, timedelta(minutes=90)),
)


def campaign(**more: object) -> Campaign:
    values = {"name": "derby", "activity_type": "Match", "segment": "people.csv", "timeline": "rows.csv"}
    return read_campaign({**values, **more}, where="derby.yaml")


def test_the_same_content_is_the_same_under_another_name_and_from_another_file() -> None:
    renamed = campaign(name="derby again", timeline="copy.csv", segment="other.csv")
    assert content_fingerprint(campaign(), Timeline(ROWS)) == content_fingerprint(renamed, Timeline(ROWS))


def test_other_words_times_attributes_order_or_types_are_other_content() -> None:
    start, end = ROWS
    others = [
        (replace(start, content=Content("Derby", "kick off", {"score": 0})), end),
        (start, replace(end, at=timedelta(minutes=91))),
        (replace(start, attributes={"home": "B"}), end),
        (start, replace(end, key={"language": "tr"})),
        (start,),
        (end, start),
    ]
    prints = {content_fingerprint(campaign(), Timeline(rows)) for rows in [ROWS, *others]}
    assert len(prints) == len(others) + 1
    assert content_fingerprint(campaign(activity_type="Cup"), Timeline(ROWS)) not in prints


def test_rows_without_a_time_are_the_same_whenever_they_were_first_seen() -> None:
    later = tuple(replace(row, at=timedelta(minutes=5)) for row in ROWS)
    live, seen_later = Timeline(ROWS, live=True), Timeline(later, live=True)
    assert content_fingerprint(campaign(), live) == content_fingerprint(campaign(), seen_later)
