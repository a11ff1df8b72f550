"""Creates the alerts of an installation. They are sent through one notification block, which the installation fills in.

From the repository's root: `python -m deployments.automations`. It can be repeated: it replaces its earlier alerts.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

from prefect.automations import Automation, EventTrigger, Posture
from prefect.blocks.core import Block
from prefect.blocks.notifications import CustomWebhookNotificationBlock
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import StateType
from prefect.events.actions import ChangeFlowRunState, SendNotification
from prefect.events.schemas.events import ResourceSpecification

from live_activity.core.events import ALERTS as EVENT_ALERTS
from live_activity.prefect_integration.continue_run import FLOWS
from live_activity.prefect_integration.event_emitter import event_name
from live_activity.prefect_integration.final_states import OWNED_ELSEWHERE, REJECTED, UNANSWERED, VANISHED

NAMED = "Live Activity: "
"""The beginning of the name of every alert of this project."""

ALERTS = "live-activity-alerts"
"""The block that alerts go through, whatever its type: Slack, e-mail, Teams, PagerDuty, a webhook."""

# The same event of a run or a campaign alerts once in this time: many activities may fail at once, and a Prefect
# server with SQLite may process an event twice when the database was busy.
ONCE_IN = timedelta(minutes=1)
# A run sends a heartbeat every 30 s; after three missing ones it is taken for dead.
SILENCE = timedelta(seconds=100)
_OVER = (
    VANISHED,
    REJECTED,
    UNANSWERED,
    OWNED_ELSEWHERE,
    "Completed",
    "Failed",
    "Crashed",
    "Cancelled",
    "Cancelling",
    "TimedOut",
    "Paused",
    "Suspended",
)
_RUN = "{{ flow_run.name }}: {{ flow_run.state.name }}. {{ flow_run.state.message }}\n{{ flow_run|ui_url }}"
_EVENT = "{{ event.payload.message or event.event }} ({{ event.resource.name or event.resource.id }})"
_RUNS = ResourceSpecification.model_validate({"prefect.resource.id": "prefect.flow-run.*"})
_CAMPAIGN_FLOWS = ResourceSpecification.model_validate(
    {"prefect.resource.role": "flow", "prefect.resource.name": list(FLOWS)}
)


def automations(alerts: UUID) -> list[Automation]:
    """Every alert of an installation, sent through the notification block of that id."""
    return [_run_failed(alerts), _zombie_detection(), _run_vanished(alerts), *_of_campaigns(alerts)]


def _run_failed(alerts: UUID) -> Automation:
    return Automation(
        name=f"{NAMED}a campaign failed",
        description="A campaign's run failed or crashed. Recovery ends what it left on the phones.",
        trigger=_as_it_comes(
            {f"prefect.flow-run.{state}" for state in ("Failed", "Crashed", "TimedOut")},
            match=_RUNS,
            match_related=_CAMPAIGN_FLOWS,
        ),
        actions=[_notification(alerts, "A campaign failed", _RUN)],
    )


def _zombie_detection() -> Automation:
    return Automation(
        name=f"{NAMED}zombie detection",
        description="A run sent no heartbeat for a while and has not finished: its state becomes Vanished.",
        trigger=EventTrigger(
            after={"prefect.flow-run.heartbeat"},
            expect={"prefect.flow-run.heartbeat", *(f"prefect.flow-run.{state}" for state in _OVER)},
            match=_RUNS,
            match_related=_CAMPAIGN_FLOWS,
            for_each={"prefect.resource.id"},
            posture=Posture.Proactive,
            threshold=1,
            within=SILENCE,
        ),
        # Prefect refuses this if the run is over: its last heartbeat may arrive after the event of its end.
        actions=[
            ChangeFlowRunState(
                state=StateType.CRASHED,
                name=VANISHED,
                message="No heartbeat came from its process. Recovery continues the campaign.",
            )
        ],
    )


def _run_vanished(alerts: UUID) -> Automation:
    return Automation(
        name=f"{NAMED}a run vanished",
        description="The process of a run is gone. Recovery continues what it left open.",
        trigger=_as_it_comes({f"prefect.flow-run.{VANISHED}"}, match=_RUNS, match_related=_CAMPAIGN_FLOWS),
        actions=[_notification(alerts, "A campaign's run vanished", _RUN)],
    )


def _of_campaigns(alerts: UUID) -> Iterator[Automation]:
    """The alerts for events of campaigns."""
    for type, alert in EVENT_ALERTS.items():
        yield Automation(
            name=f"{NAMED}{alert.subject}",
            description=alert.description,
            trigger=_as_it_comes({event_name(type)}),
            actions=[_notification(alerts, f"{alert.subject[:1].upper()}{alert.subject[1:]}", _EVENT)],
        )


def _notification(alerts: UUID, subject: str, body: str) -> SendNotification:
    return SendNotification(block_document_id=alerts, subject=subject, body=body)


def _as_it_comes(expect: set[str], **which: Any) -> EventTrigger:
    """Triggers on each of these events, at most once in `ONCE_IN` for each run or campaign."""
    return EventTrigger(
        expect=expect,
        for_each={"prefect.resource.id"},
        posture=Posture.Reactive,
        threshold=1,
        within=ONCE_IN,
        **which,
    )


async def apply() -> list[str]:
    """Creates every alert on the server, replacing those of an earlier call. Returns their names."""
    wanted = automations(await alerts_block())
    async with get_client() as client:
        for old in await client.read_automations():
            if old.name.startswith(NAMED):
                await client.delete_automation(old.id)
    for each in wanted:
        await each.acreate()
    return [each.name for each in wanted]


async def alerts_block() -> UUID:
    """Returns the id of the notification block, whatever its type; creates an empty one if there is none."""
    async with get_client() as client:
        for document in await client.read_block_documents():
            if document.name == ALERTS:
                return document.id
    await _empty().asave(ALERTS)
    return await alerts_block()


def _empty() -> Block:
    return CustomWebhookNotificationBlock(
        name="alerts", url="http://alerts.invalid/fill-in", json_data={"text": "{{subject}}: {{body}}"}
    )


if __name__ == "__main__":
    asyncio.run(apply())
