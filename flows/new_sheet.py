"""The flow that writes a new timeline workbook for an analyst to fill in."""

from __future__ import annotations

from typing import Annotated, cast

from prefect import flow, get_run_logger
from prefect.states import Completed
from pydantic import Field

from live_activity.campaign.paths import join
from live_activity.contract import read_contract
from live_activity.core.findings import InvalidInput
from live_activity.core.settings import settings
from live_activity.prefect_integration.form_parameters import failed_with_findings, with_field_titles
from live_activity.timeline.blank_workbook import write_sheet


@flow(name="new-sheet", flow_run_name="new sheet · {file}", persist_result=False)
@with_field_titles
def new_sheet(
    file: Annotated[
        str,
        Field(
            title="Workbook",
            min_length=6,
            pattern=r"\.xlsx$",
            description="The workbook to write, in the inputs folder: derby.xlsx. An existing one is not changed.",
        ),
    ],
    contract: Annotated[
        str,
        Field(
            title="Contract",
            min_length=1,
            description="The app's Swift file, a folder of them, or a JSON Schema, in the inputs folder.",
        ),
    ],
    activity_type: Annotated[
        str,
        Field(
            title="Activity type",
            min_length=1,
            description="The exact name of the app's ActivityAttributes type, as in the Swift source.",
        ),
    ],
) -> str:
    """Writes a workbook with the right headings, choices, checks, an example row and a column `ready`."""
    inputs = settings().inputs
    try:
        written = write_sheet(join(inputs, file), read_contract(join(inputs, contract), activity_type))
    except InvalidInput as invalid:
        return cast(str, failed_with_findings(invalid))
    message = f"{file} is written; fill it in, and name it as a campaign's timeline"
    get_run_logger().info(message)
    return cast(str, Completed(message=message, data=written))
