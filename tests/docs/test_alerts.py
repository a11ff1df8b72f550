"""An event of a campaign is the same alert in the Prefect UI, in notifications and in docs/operations.md."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import get_args
from uuid import UUID

from prefect.automations import EventTrigger
from prefect.events.actions import SendNotification

from deployments.automations import automations
from live_activity.core.events import EVENT_USES, Event, EventType
from live_activity.engine.notifications import _subject_of
from tests.docs.finding_codes import ROOT

PREFIX = "live-activity."


def in_prefect() -> Iterator[tuple[str, str, str]]:
    """The alerts for events of campaigns in the Prefect UI: type, subject and description."""
    for each in automations(UUID(int=1)):
        assert isinstance(each.trigger, EventTrigger)
        for event in each.trigger.expect:
            if event.startswith(PREFIX):
                (action,) = each.actions
                assert isinstance(action, SendNotification)
                assert each.name.lower().endswith(action.subject.lower())
                yield event.removeprefix(PREFIX), action.subject.lower(), each.description


def test_notifications_and_prefect_alert_for_the_same_events_with_the_same_subjects() -> None:
    types = [type for type in get_args(EventType) if type != "reported"]
    notified = {type: _subject_of(Event(type, "", datetime.now(UTC))) for type in types}
    alerts = {type: subject for type, subject in notified.items() if subject is not None}
    assert "awaiting_approval" in alerts, "a start to which nobody answers is rejected"
    assert {type: subject for type, subject, _ in in_prefect()} == alerts


def test_the_page_lists_each_alert_with_its_event_and_when_it_comes() -> None:
    page = (ROOT / "docs" / "operations.md").read_text("utf-8")
    rows = re.findall(rf"^\| (.+) \| `{PREFIX}(\w+)` \| (.+) \|$", page, re.MULTILINE)
    assert sorted((type, subject, when) for subject, type, when in rows) == sorted(in_prefect())


def test_every_type_of_event_has_a_use_and_every_alert_is_for_an_event_that_prefect_gets() -> None:
    assert set(EVENT_USES) == set(get_args(EventType))
    assert all(use.emitted for use in EVENT_USES.values() if use.alert is not None)
