"""The requests and answers of the API as models, from which the OpenAPI document is made.

Requests are read by `checks`, which has the error code of each broken rule; the tests compare both.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Filled = Annotated[str, Field(min_length=1, pattern=r"\S")]
Count = Annotated[int, Field(ge=0)]
InsiderIds = Annotated[list[Filled], Field(min_length=1, max_length=10_000)]
Json = dict[str, Any]


class Request(BaseModel):
    """The body of a request; other fields are ignored."""


class RegisterRequest(Request):
    """Makes an activity for these people."""

    activity_type: Annotated[
        Filled, Field(description="The Swift class name of the app's ActivityAttributes. Case-sensitive.")
    ]
    insider_ids: InsiderIds
    ends_at: Annotated[
        datetime,
        Field(description="RFC 3339 with a zone, 5 minutes to 7 days from now. The activity expires then."),
    ]


class PeopleRequest(Request):
    """Names people of an activity."""

    activity_id: Filled
    activity_type: Filled
    insider_ids: InsiderIds


class TargetDevice(Request):
    """One phone."""

    insider_id: Filled
    udid: Filled


class StartContent(Request):
    """What the phones show. A start needs title and message, because push-to-start needs an alert."""

    title: Filled
    message: Filled
    content_state: Json
    attributes: Annotated[Json | None, Field(description="The static attributes of the app's type.")] = None


class UpdateContent(Request):
    """What the phones show. `title` and `message` make them alert; with `--words required` both are needed."""

    title: str | None = None
    message: str | None = None
    content_state: Json
    attributes: Json | None = None


class StartRequest(Request):
    """Starts an activity."""

    activity_id: Filled
    activity_type: Filled
    content: StartContent
    target_devices: Annotated[
        list[TargetDevice] | None, Field(min_length=1, description="Only these phones; absent: all.")
    ] = None


class PushRequest(Request):
    """Updates or ends an activity."""

    activity_id: Filled
    activity_type: Filled
    content: UpdateContent
    target_devices: Annotated[
        list[TargetDevice] | None, Field(min_length=1, description="Only these phones; absent: all.")
    ] = None


class Answer(BaseModel):
    """The body of an answer; there are no other fields."""

    model_config = ConfigDict(extra="forbid")


class Skipped(Answer):
    """Why people or phones were left out, counted for this call."""

    push_permission_disabled: Count
    unsupported_platform: Count
    unsupported_os_version: Count
    push_to_start_token_missing: Count
    user_not_found: Count


class GdprDenied(Answer):
    """Somebody who refused consent."""

    insider_id: str
    devices_count: Count


class PeopleAnswer(Answer):
    """Counts for this call only; `matched` = `added` + `refreshed`."""

    status: Literal["success"]
    activity_id: str
    matched: Count
    added: Count
    refreshed: Count
    removed: Count
    skipped: Skipped
    gdpr_denied_details: Annotated[
        list[GdprDenied], Field(description="Only when somebody refused consent.")
    ] = []
    partial: Annotated[
        bool, Field(description="True when some profile look-ups failed: send the call again.")
    ] = False
    unprocessed_insider_id_count: Annotated[
        int, Field(ge=0, description="How many people were not processed. They are not named.")
    ] = 0


class StartAnswer(Answer):
    """Pushes that were handed to Apple; drops at Apple do not show."""

    status: Literal["success"]
    sessions_triggered: Count


class PushAnswer(StartAnswer):
    """`skipped_not_synced`: phones without a synced token, which got nothing. /update leaves it out when it is 0."""

    skipped_not_synced: Count = 0


class ErrorAnswer(Answer):
    """Every error but 401, 429 and 503."""

    error: Annotated[str, Field(description="For people.")]
    code: Annotated[str, Field(description="For programs.")]


class NobodyEligible(ErrorAnswer):
    """The error of a call for which no phone is left."""

    skipped: Skipped
    gdpr_denied_details: list[GdprDenied] = []


class TooMany(Answer):
    """The rate limit's answer."""

    message: Literal["Too Many Requests"]
    status: Literal[429]
