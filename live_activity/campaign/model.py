"""A campaign as somebody asks for it: the flow's parameters, the form in the UI and the YAML file, declared once."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from live_activity.core.findings import Finding, InvalidInput
from live_activity.core.suggestions import did_you_mean
from live_activity.core.times import in_utc
from live_activity.core.validation_messages import NO_TIME, validation_message

Mode = Literal["check", "rehearse", "test", "run"]

_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?\s?(Z|z|[+-]\d\d:?\d\d)?$")


def _a_time(value: object) -> object:
    if isinstance(value, datetime) or value is None:
        return value
    if isinstance(value, str) and _TIME.match(value.strip()):
        return value.strip()
    raise ValueError(NO_TIME)


def _a_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        from zoneinfo import available_timezones

        raise ValueError(
            f"{value!r} is no IANA time zone such as Europe/Istanbul"
            f"{did_you_mean(value, available_timezones())}"
        ) from None
    return value


def _text(value: object) -> object:
    if isinstance(value, bool | int | float):
        raise ValueError(f"is read as {value!r}; put it in quotes to make it text")
    return value


Text = Annotated[str, BeforeValidator(_text)]
Name = Annotated[
    str,
    BeforeValidator(_text),
    Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f/\\]*[^\x00-\x20/\\][^\x00-\x1f/\\]*$"),
]
Path = Annotated[str, BeforeValidator(_text), Field(min_length=1)]
Time = Annotated[datetime | None, BeforeValidator(_a_time)]


class Campaign(BaseModel):
    """The parameters of a campaign. Times are aware and in UTC once the model stands."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    name: Name = Field(
        title="Campaign",
        description="What the campaign is called, such as derby: its runs are listed under that name, and it is "
        "steered by it.",
    )
    activity_type: Name = Field(
        title="Activity type",
        description="The exact name of the app's ActivityAttributes type in its Swift source, such as "
        "MatchActivityAttributes; the app's developers know it.",
    )
    segment: Path = Field(
        title="Segment (who)",
        description="The table with the people, one row a person: a path in the inputs folder, or a URL. "
        "{date} and {start} become those of the planned start.",
    )
    timeline: Path = Field(
        title="Timeline (what, when)",
        description="The table with the content, one row a push: a path in the inputs folder, or a URL. "
        "{date} and {start} become those of the planned start.",
    )
    contract: Path | None = Field(
        None,
        title="Contract",
        description="The app's Swift file, a folder of them, or a JSON Schema: content is checked against it. "
        "Without one nobody notices content that phones would drop.",
    )
    card: Path | None = Field(
        None,
        title="Card",
        description="A YAML file that says which field stands where on the cards that people look at here. Without "
        "one it is chosen from the fields' names and types. The phones' own cards do not depend on it.",
    )
    account: Text = Field(
        "sandbox",
        title="Account",
        min_length=1,
        description="The name of the account block that test and run send to. The account sandbox reaches nobody, "
        "and neither does a rehearsal, whatever stands here.",
    )
    starts_at: Time = Field(
        None,
        title="Starts at",
        description="The planned start. Empty: the start row's time, else the first row's, else at once.",
    )
    ends_at: Time = Field(
        None,
        title="Ends at",
        description="The end at the latest. Needed where the timeline is live (a URL, a query, rows without times).",
    )
    time_zone: Annotated[str, BeforeValidator(_text), AfterValidator(_a_zone)] = Field(
        "UTC",
        title="Time zone",
        description="The zone of times in the tables that name none, and of {date} and {start}: Europe/Istanbul.",
    )
    test_segment: Path | None = Field(
        None,
        title="Test segment",
        description="For the mode test: a table with a few colleagues, who are played to instead of the segment.",
    )
    approval: bool = Field(
        True,
        title="Approval",
        description="Whether somebody has to say yes before it starts in the mode run. What was never rehearsed "
        "or tested is asked about in any case.",
    )
    split_by: list[Text] = Field(
        [],
        title="Split by",
        description="Segment columns that make one activity for each of their values, such as flight and language.",
    )
    defaults: dict[str, Text] = Field(
        {},
        title="Defaults of split values",
        description='What an empty split value means, as JSON: {"language": "en"}.',
    )
    register_ahead_minutes: int = Field(
        30,
        ge=0,
        le=24 * 60,
        title="Register ahead (minutes)",
        description="How long before the start the people are registered and added.",
    )
    poll_seconds: int = Field(
        30,
        ge=1,
        le=3600,
        title="Poll every (seconds)",
        description="How often the timeline is looked at again for new and corrected rows.",
    )
    min_seconds_between_updates: float = Field(
        5,
        ge=0,
        le=3600,
        title="Seconds between updates",
        description="An activity is updated no more often than that, with what is newest then. "
        "Its start and its end never wait.",
    )
    on_bad_row: Literal["skip", "end_campaign"] = Field(
        "skip",
        title="A row that phones would drop",
        description="skip: it is told and not sent, the last good content stays. end_campaign: everything ends.",
    )
    stale_minutes: float = Field(
        10,
        gt=0,
        le=7 * 24 * 60,
        title="Stale after (minutes)",
        description="After how long without a good reading of the timeline an alert says so; the campaign goes on.",
    )
    cancel_title: Text | None = Field(
        None,
        title="Title when cancelled",
        description="Replaces the title of the last content when the campaign ends before its end row.",
    )
    cancel_message: Text | None = Field(
        None,
        title="Message when cancelled",
        description="Replaces the message of the last content when the campaign ends before its end row.",
    )
    replay: bool = Field(
        False,
        title="Replay",
        description="Moves a recorded timeline to now, to play it once more: from the planned start, or as soon "
        "as people are added.",
    )
    template: Path | None = Field(
        None,
        title="Template",
        description="A YAML file that turns each row of the timeline's source into rows of content. Empty: "
        "its rows are the content.",
    )
    texts: Path | None = Field(
        None,
        title="Texts",
        description="A table with the words of a template: a column key, and a column for each language.",
    )
    source_credentials: Text | None = Field(
        None,
        title="Source credentials",
        min_length=1,
        description="The name of a Live Activity source block that opens the tables of this campaign, if they are "
        "not open to everybody.",
    )
    id_column: Text = Field(
        "insider_id",
        title="Id column",
        min_length=1,
        description="The segment's column that holds the people's ids.",
    )
    keep_days: int = Field(
        30,
        ge=1,
        le=3650,
        title="Keep people (days)",
        description="How long after the end the staged people and the rejected rows are kept, before they are deleted.",
    )

    @model_validator(mode="after")
    def _settled(self) -> Campaign:
        problems = []
        for field in ("starts_at", "ends_at"):
            moment = getattr(self, field)
            if moment is None:
                continue
            try:
                object.__setattr__(self, field, in_zone(moment, self.zone, field))
            except ValueError as error:
                problems.append(str(error))
        if not problems and self.starts_at and self.ends_at and self.ends_at <= self.starts_at:
            problems.append("ends_at: is not after starts_at; move one of them")
        problems += [
            f"defaults: {column!r} is not in split_by{did_you_mean(column, self.split_by) or '; add it there'}"
            for column in self.defaults
            if column not in self.split_by
        ]
        if problems:
            raise ValueError("\n".join(problems))
        return self

    @property
    def zone(self) -> ZoneInfo:
        """The zone of times written without one."""
        return ZoneInfo(self.time_zone)


def in_zone(moment: datetime, zone: ZoneInfo, field: str) -> datetime:
    """The moment in UTC, read in `zone` where it says none; a time that a clock change skips or doubles is an error."""
    try:
        return in_utc(moment, zone=zone)
    except ValueError as error:
        raise ValueError(f"{field}: {error}") from None


def read_campaign(values: dict[str, Any], *, where: str) -> Campaign:
    """The campaign that the values ask for. Raises `InvalidInput` with every problem, a line each."""
    findings = []
    known = Campaign.model_fields
    for key in values:
        if key not in known:
            mend = did_you_mean(key, known) or "; take it out"
            findings.append(_finding("unknown_key", f"there is no such key{mend}", where, key))
    try:
        asked = Campaign.model_validate({key: value for key, value in values.items() if key in known})
    except ValidationError as error:
        for problem in error.errors(include_input=False, include_url=False):
            findings += _of(problem, where)
    if findings:
        raise InvalidInput(findings)
    return asked


def _of(problem: Any, where: str) -> list[Finding]:
    key = ".".join(str(part) for part in problem["loc"]) or None
    if problem["type"] == "missing":
        return [_finding("missing_key", f"is missing; add '{key}: ...'", where, key)]
    message = validation_message(problem)
    if key is not None:
        return [_finding("wrong_value", message, where, key)]
    # Of keys that do not fit together: a line each, which names its key.
    named = (line.partition(": ") for line in message.splitlines())
    return [_finding("wrong_value", what, where, each) for each, _, what in named]


def _finding(code: str, message: str, where: str, key: str | None) -> Finding:
    # A key may hold a line break, and a finding is one line.
    column = key if key is None or key.isprintable() else repr(key)
    return Finding(severity="error", code=code, message=message, where=where, column=column)
