"""A campaign as it is asked for: the flow's parameters, the form in the UI and the YAML file, declared once."""

from __future__ import annotations

from typing import Any, Literal
from zoneinfo import ZoneInfo

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from live_activity.campaign.validation import every_finding, expect_one_of, in_zone, unknown_key
from live_activity.campaign.value_types import Guards, Name, Path, Text, Time, Zone
from live_activity.core.findings import InvalidInput
from live_activity.core.suggestions import did_you_mean
from live_activity.decision.guard_rules import Guard, parse_guards

Mode = Literal["check", "rehearse", "test", "run"]

# The columns with the ids of a segment, and of activities that phones opened.
PERSON, ACTIVITY = "insider_id", "activity_id"


class Campaign(BaseModel):
    """The parameters of a campaign. Times are aware and in UTC once the model is validated."""

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
    activities: Path | None = Field(
        None,
        title="Activities (opened by phones)",
        description="Instead of a segment: a table of activities that phones opened themselves, one row each, with "
        "its activity_id. Nothing is registered or started; rows may be added while the campaign runs.",
    )
    segment: Path | None = Field(
        None,
        validate_default=True,
        title="Segment (who)",
        description="The table of people, one row for each person: a path in the inputs folder, or a URL. {date} "
        "and {start} are replaced by those of the planned start. Needed unless activities are named.",
    )
    timeline: Path = Field(
        title="Timeline (what, when)",
        description="The table of content, one row for each push: a path in the inputs folder, or a URL. {date} and "
        "{start} are replaced by those of the planned start.",
    )
    contract: Path | None = Field(
        None,
        title="Contract",
        description="The app's Swift file, a folder of them, or a JSON Schema: content is checked against it. "
        "Without one, content that phones would drop is not noticed.",
    )
    card: Path | None = Field(
        None,
        title="Card",
        description="A YAML file that says which field is shown where on the cards of reports, plans and the desk. "
        "Without one it is chosen from the fields' names and types. The phones' own cards do not depend on it.",
    )
    account: Text = Field(
        "sandbox",
        title="Account",
        min_length=1,
        description="The name of the account block that test and run send to. Neither the account sandbox nor a "
        "rehearsal reaches real phones.",
    )
    starts_at: Time = Field(
        None,
        title="Starts at",
        description="The planned start, where no start row says it: a start row's time wins. Empty: the start row's "
        "time, else the first row's, else at once.",
    )
    ends_at: Time = Field(
        None,
        title="Ends at",
        description="The latest end; an end row with an earlier time wins. Needed where the timeline is live (a URL, "
        "a query, rows without times).",
    )
    time_zone: Zone = Field(
        "UTC",
        title="Time zone",
        description="The zone of every time that names none, here and in the tables, and of {date} and {start}: "
        "such as Europe/Istanbul.",
    )
    test_segment: Path | None = Field(
        None,
        title="Test segment",
        description="For the mode test: a table with a few colleagues, who receive it instead of the segment; with "
        "activities, a table of a few activities.",
    )
    approval: bool = Field(
        True,
        title="Approval",
        description="Whether a person has to approve the start, in the mode run. Content or people that were never "
        "rehearsed or tested need approval in any case.",
    )
    split_by: list[Text] = Field(
        [],
        title="Split by",
        description="Segment columns that make one activity for each of their values, such as flight and language. "
        "With activities: the columns that say which rows of the timeline are theirs.",
    )
    defaults: dict[str, Text] = Field(
        {},
        title="Defaults of split values",
        description='What an empty split value means, as JSON: {"language": "en"}.',
    )
    exclude: Path | None = Field(
        None,
        title="Exclude",
        description="A table of people who are left out even if the segment lists them. Its id column is that of "
        "the segment. They are rejected as excluded.",
    )
    holdout: float | None = Field(
        None,
        gt=0,
        lt=100,
        title="Holdout (percent)",
        description="A share of the people who are kept out as a control group, drawn by a hash of campaign name "
        "and id: the same people in every edition. They are rejected as holdout.",
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
        description="How often the timeline is polled for new and corrected rows.",
    )
    min_seconds_between_updates: float = Field(
        5,
        ge=0,
        le=3600,
        title="Seconds between updates",
        description="The shortest time between two updates of an activity; the newest content is sent then. Its "
        "start and its end never wait.",
    )
    on_bad_row: Literal["skip", "end_campaign"] = Field(
        "skip",
        title="A row that phones would drop",
        description="skip: it is reported and not sent, the last good content stays. end_campaign: everything ends.",
    )
    guards: Guards = Field(
        [],
        title="Guards",
        description="Rules for fields of the state, one line a field, such as homeScore: 0 to 20, step 1. A row "
        "that breaks one is held and not sent. Empty: nothing is held.",
    )
    hold_end_minutes: float = Field(
        60,
        ge=0,
        le=24 * 60,
        title="Hold the end (minutes)",
        description="How long the end waits at most for a stale timeline to be read again, or for a guard that asks "
        "a person; then it ends with the last good content.",
    )
    stale_minutes: float = Field(
        10,
        gt=0,
        le=7 * 24 * 60,
        title="Stale after (minutes)",
        description="The staff is notified after this time without a good reading of the timeline; the campaign "
        "goes on.",
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
        description="Plays a recorded timeline again: its times are moved to the planned start, or to when people "
        "are added.",
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
        PERSON,
        title="Id column",
        min_length=1,
        description="The column that holds the ids of the people; for activities it is activity_id by default.",
    )
    keep_days: int = Field(
        30,
        ge=1,
        le=3650,
        title="Keep people (days)",
        description="How long after the end the staged people and the rejected rows are kept, before they are "
        "deleted.",
    )

    @field_validator("segment")
    @classmethod
    def _one_of_two(cls, segment: str | None, others: ValidationInfo) -> str | None:
        if "activities" in others.data:  # else it has a problem of its own
            expect_one_of(segment, others.data["activities"])
        return segment

    @model_validator(mode="after")
    def _settled(self) -> Campaign:
        problems = []
        if self.activities is not None and self.id_column == PERSON:
            object.__setattr__(self, "id_column", ACTIVITY)
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
        try:
            parse_guards(self.guards)
        except ValueError as error:
            problems.append(f"guards: {error}")
        problems += [
            f"defaults: {column!r} is not in split_by{did_you_mean(column, self.split_by) or '; add it there'}"
            for column in self.defaults
            if column not in self.split_by
        ]
        if problems:
            raise ValueError("\n".join(problems))
        return self

    @property
    def device_started(self) -> bool:
        """Whether phones opened the activities themselves, so that nobody is registered and nothing started."""
        return self.activities is not None

    @property
    def who(self) -> str:
        """The table that says who: the segment, or the activities that phones opened."""
        return self.activities or self.segment or ""  # validated: one of the two is given

    @property
    def parsed_guards(self) -> tuple[Guard, ...]:
        """The guards, ready to judge rows with."""
        return parse_guards(self.guards)

    @property
    def zone(self) -> ZoneInfo:
        """The zone of times written without one."""
        return ZoneInfo(self.time_zone)


def read_campaign(values: dict[str, Any], *, where: str) -> Campaign:
    """The campaign that the values ask for. Raises `InvalidInput` with every problem."""
    known = Campaign.model_fields
    given = {key: value for key, value in values.items() if key in known}
    unknown = (key for key in values if key not in known)
    findings = [unknown_key(key, did_you_mean(key, known) or "; remove it", where=where) for key in unknown]
    try:
        campaign = Campaign.model_validate(given)
    except ValidationError as error:
        findings += every_finding(Campaign.model_validate, given, error, where=where)
    if findings:
        raise InvalidInput(findings)
    return campaign
