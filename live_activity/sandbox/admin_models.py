"""The requests and answers of the sandbox's own endpoints as models, for its OpenAPI document."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from live_activity.sandbox.activity import State
from live_activity.sandbox.content import Kind
from live_activity.sandbox.models import Answer, Count, Filled, Json, Request
from live_activity.sandbox.screens import Condition


class Done(Answer):
    """The request was carried out."""

    status: Literal["success"]


class Made(Done):
    """The id of the new activity."""

    activity_id: str


class Alerts(Answer):
    """Phone alerts (sound, lit screen): the fewest and the most that a phone had, and all together."""

    fewest: Count
    most: Count
    total: Count


class Shown(Answer):
    """The content of a push; what the push left out is left out here."""

    content_state: Json
    title: str = ""
    message: str = ""


class Card(Answer):
    """What a phone shows (null: nothing), and why it is stuck (null: it is not)."""

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
    """The content of a push, with its attributes if it had any."""

    attributes: Json = Field(default_factory=dict)


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
    """The number of calls that succeeded, and of the pushes to phones that they made."""

    calls: Count
    phones: Count


class Pushes(Answer):
    """Calls and pushes by kind."""

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
    screens: list[Group] = Field(default_factory=list, description="Only with `?screens=true`.")


class ActivityInFull(ActivityNumbers):
    """An activity with what its phones show, and its pushes."""

    screens: list[Group]
    log: list[SentPush]
    phones: list[OnePhone] = Field(default_factory=list, description="Only with `?phones=true`.")


class Activities(Answer):
    """All activities in numbers, oldest first."""

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
    """The requests that arrived, how they were answered, and every push."""

    requests: ByEndpoint
    statuses: StatusesByEndpoint
    activities: list[PushesOfActivity]


class LoggedCall(Answer):
    """One request. Ids of people are replaced by their number, keys by `***`."""

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
    """The newest requests, oldest first."""

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
    """Lets the clock run, `speed` times as fast as real time; without `speed` as fast as before."""

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
    """The fault rules in force."""

    rules: list[Json]


class OpenApi(Request):
    """An OpenAPI document."""

    openapi: str
    info: Json
    paths: Json
