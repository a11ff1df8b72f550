"""The requests and answers of the sandbox as models, from which its OpenAPI document is made.

Requests are read by `checks`, which knows the error code of each broken rule; the tests hold both against each other.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from live_activity.sandbox.activity import State
from live_activity.sandbox.content import Kind
from live_activity.sandbox.screens import Condition

Filled = Annotated[str, Field(min_length=1, pattern=r"\S")]
Count = Annotated[int, Field(ge=0)]
InsiderIds = Annotated[list[Filled], Field(min_length=1, max_length=10_000)]
Json = dict[str, Any]


class Request(BaseModel):
    """A body; other fields than these are ignored."""


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
    """What the phones show. A start needs words, because push-to-start needs an alert."""

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
    """An answer; it has no other fields than these."""

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
    """Counters of this call only; `matched` = `added` + `refreshed`."""

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
    """The error of a call that leaves nobody."""

    skipped: Skipped
    gdpr_denied_details: list[GdprDenied] = []


class TooMany(Answer):
    """The rate limit's answer."""

    message: Literal["Too Many Requests"]
    status: Literal[429]


class Done(Answer):
    """It is done."""

    status: Literal["success"]


class Made(Done):
    """The id of the activity that was made."""

    activity_id: str


class Alerts(Answer):
    """Phone alerts (sound, lit screen): the fewest and the most that a phone had, and all together."""

    fewest: Count
    most: Count
    total: Count


class Shown(Answer):
    """The content of a push; what it left out is left out."""

    content_state: Json
    title: str = ""
    message: str = ""


class Card(Answer):
    """What a phone shows (null: nothing), and why it is stuck on it (null: it is not)."""

    shows: Shown | None
    attributes: Json | None
    final: bool
    stuck: str | None
    condition: Condition


class Group(Card):
    """Phones that show the same."""

    phones: Count
    synced: Count
    alerts: Alerts


class OnePhone(Card):
    """One phone."""

    insider_id: str
    udid: str
    synced: bool
    alerts: Count


class PushContent(Shown):
    """The content of a push with its attributes, if it had some."""

    attributes: Json = {}


class SentPush(Answer):
    """One push that was sent."""

    at: datetime
    kind: Kind
    activity_type: str
    content: PushContent
    targeted: bool
    sessions_triggered: Count
    skipped_not_synced: Count


class PhoneNumbers(Answer):
    """Phones of an activity."""

    registered: Count
    reached: Count
    synced: Count
    showing_final: Count
    stuck: Count


class Conditions(Answer):
    """Phones of a fleet profile that are not as usual."""

    refused_start: Count
    opted_out: Count
    offline: Count


class Calls(Answer):
    """Calls that succeeded, and the pushes to phones that they were."""

    calls: Count
    phones: Count


class Pushes(Answer):
    """By kind."""

    start: Calls
    update: Calls
    end: Calls


class ActivityNumbers(Answer):
    """An activity in numbers."""

    activity_id: str
    activity_type: str
    name: Annotated[str | None, Field(description="Made from the attributes of its start.")]
    state: State
    device_started: bool
    registered_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    ends_at: datetime
    counts: PhoneNumbers
    conditions: Conditions
    alerts: Alerts
    left_out: Annotated[
        dict[str, int], Field(description="People without a phone in the activity, by the reason for it.")
    ]
    pushes: Pushes
    screens: Annotated[list[Group], Field(description="Only with `?screens=true`.")] = []


class ActivityInFull(ActivityNumbers):
    """An activity with what its phones show, and its pushes."""

    screens: list[Group]
    log: list[SentPush]
    phones: Annotated[list[OnePhone], Field(description="Only with `?phones=true`.")] = []


class Activities(Answer):
    """Oldest first."""

    activities: list[ActivityNumbers]


class ByEndpoint(Answer):
    """A number for each endpoint."""

    register_: Annotated[int, Field(ge=0, alias="register")]
    add_users: Count
    remove_users: Count
    start: Count
    update: Count
    end: Count


class StatusesByEndpoint(Answer):
    """How requests were answered: a status, `reset` or `unanswered`, with how many."""

    register_: Annotated[dict[str, int], Field(alias="register")]
    add_users: dict[str, int]
    remove_users: dict[str, int]
    start: dict[str, int]
    update: dict[str, int]
    end: dict[str, int]


class PushesOfActivity(Answer):
    """The pushes of one activity."""

    activity_id: str
    pushes: list[SentPush]


class CallsAnswer(Answer):
    """What arrived, how it was answered, and every push."""

    requests: ByEndpoint
    statuses: StatusesByEndpoint
    activities: list[PushesOfActivity]


class LoggedCall(Answer):
    """One request. People are shown as their number, keys as `***`."""

    number: Count
    at: datetime
    endpoint: str
    api_key: Literal["***"] | None
    outcome: Literal["answered", "reset", "unanswered"]
    status: int | None
    fault: Annotated[str | None, Field(description="The `do` of the fault rule that was played.")]
    request: Json
    answer: Json | None


class RequestsAnswer(Answer):
    """Oldest first."""

    requests: list[LoggedCall]


class PhoneInActivity(OnePhone):
    """One phone in one activity."""

    activity_id: str
    activity_type: str
    name: str | None
    state: State


class PhonesAnswer(Answer):
    """One person's phones in every activity, the newest activity first."""

    phones: list[PhoneInActivity]


class ClockAnswer(Answer):
    """The sandbox's time."""

    now: datetime
    running: bool
    speed: float


class StopClock(Request):
    """Stops the clock."""

    do: Literal["stop"]


class StepClock(Request):
    """Moves the clock forward."""

    do: Literal["step"]
    seconds: Annotated[float, Field(ge=0, le=366 * 86400)]


class RunClock(Request):
    """Lets the clock run, `speed` times as fast as the world; without it as fast as before."""

    do: Literal["run"]
    speed: Annotated[float | None, Field(gt=0, le=100_000)] = None


class DeviceStartedRequest(Request):
    """A phone opens an activity itself."""

    activity_type: Filled
    insider_id: str | None = None
    udid: str | None = None
    content_state: Json | None = None
    attributes: Json | None = None


class Rules(Answer):
    """The rules that are played."""

    rules: list[Json]


class OpenApi(Request):
    """An OpenAPI document."""

    openapi: str
    info: Json
    paths: Json
