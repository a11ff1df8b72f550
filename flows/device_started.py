"""Activities that phones opened themselves: nobody is registered and nothing started; all else is a campaign's."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, Literal

from prefect import flow
from pydantic import BaseModel, Field, create_model

from flows.campaign import play
from live_activity.campaign.model import Campaign
from live_activity.campaign.value_types import Path, Text
from live_activity.engine.check import check
from live_activity.prefect_integration.form_parameters import takes_form_of
from live_activity.prefect_integration.hooks import finish_cancelled, finish_crashed
from live_activity.prefect_integration.run_context import parameters, run_name, run_request
from live_activity.prefect_integration.run_log import RunLog
from live_activity.prefect_integration.signals import stop_on_signals

# What a campaign asks about people, their registration and the start has no meaning here.
_NOT_ASKED = (
    "segment",
    "test_segment",
    "id_column",
    "register_ahead_minutes",
    "approval",
    "exclude",
    "holdout",
)


class _Activities(BaseModel):
    activities: Path = Field(
        title="Activities (which)",
        description="The table with the activities that phones opened, one row each: activity_id, and the columns "
        "to split by. A path in the inputs folder, or a URL.",
    )
    id_column: Text = Field(
        "activity_id",
        title="Id column",
        min_length=1,
        description="The column of that table that holds the activities' ids.",
    )


def _fields() -> dict[str, Any]:
    mine = {name: (field.annotation, field) for name, field in _Activities.model_fields.items()}
    fields: dict[str, Any] = {}
    for name, field in Campaign.model_fields.items():
        if name == "segment":
            fields |= mine
        elif name not in _NOT_ASKED:
            fields[name] = (field.annotation, field)
    return fields


DeviceStarted: type[BaseModel] = create_model("DeviceStarted", **_fields())


def read(values: dict[str, Any]) -> Campaign:
    """The campaign that the form asks for: its table of activities stands where the segment does."""
    given = {"id_column": "activity_id", **values}
    if "activities" in given:
        given["segment"] = given.pop("activities")
    return parameters(given)


DeviceMode = Annotated[
    Literal["check", "rehearse", "run"],
    Field(
        title="Mode",
        description="check: look only. rehearse: play it to a sandbox, whose own phones open activities; nobody "
        "receives anything. run: to the activities of the table, for real.",
    ),
]


@flow(
    name="device_started",
    flow_run_name=run_name,
    persist_result=False,
    on_crashed=[finish_crashed],
    on_cancellation=[finish_cancelled],
)
@takes_form_of(DeviceStarted, read)
@stop_on_signals
async def device_started(asked: Campaign, mode: DeviceMode = "rehearse") -> dict[str, Any]:
    """Keeps Live Activities up to date that phones opened themselves, until their end; for 7 days at most."""
    request = replace(await run_request(asked, mode), device_started=True)
    if mode == "check":
        return check(request, event_handlers=(RunLog(),)).as_json()
    return await play(request)
