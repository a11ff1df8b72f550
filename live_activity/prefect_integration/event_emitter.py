"""Emits Prefect events with the campaign as their resource; automations and alerts react to them."""

from __future__ import annotations

from collections import Counter

from prefect.events import emit_event

from live_activity.core.events import EMITTED, Event, EventType
from live_activity.engine.edition import Edition
from live_activity.prefect_integration.run_logger import run_logger

# The most events of one type in a run: a campaign of very many activities must not flood the server.
MOST = 1000


class EventEmitter:
    """Emits `live-activity.TYPE` for each event of an edition. Never raises and never blocks."""

    def __init__(self, edition: Edition) -> None:
        campaign = edition.campaign
        self._resource = {
            "prefect.resource.id": resource_of(campaign.name),
            "prefect.resource.name": campaign.name,
            "live-activity.mode": edition.mode,
            "live-activity.account": campaign.account,
        }
        self._emitted: Counter[str] = Counter()

    def __call__(self, event: Event) -> None:
        # The push that ends an activity is followed by an event about how the activity ended; one of them is enough.
        if event.type not in EMITTED or (event.type == "ended" and "triggered" in event.figures):
            return
        self._emitted[event.type] += 1
        if self._emitted[event.type] > MOST:
            return
        figures = {name: value for name, value in event.figures.items() if isinstance(value, int | str)}
        payload = {
            **figures,
            "message": event.message,
            "activity": event.activity,
            "at": event.at.isoformat(),
        }
        try:
            emit_event(event_name(event.type), resource=self._resource, payload=payload)
        except Exception as problem:  # the campaign does not depend on its Prefect events
            if self._emitted[event.type] == 1:
                run_logger().warning("an event could not be emitted: %s", type(problem).__name__)


def resource_of(name: str) -> str:
    """The resource id of a campaign's events."""
    return f"live-activity.campaign.{name}"


def event_name(type: EventType) -> str:
    """The name that events of a type have in Prefect."""
    return f"live-activity.{type}"
