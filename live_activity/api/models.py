"""What the API answers with HTTP 200 (reference, Endpoints).

Unknown fields are ignored, absent and null ones count as nothing. What is there must have the right shape: a counter
that is text, or less than nothing, makes the whole answer unreadable. Who refused consent is counted, never named.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, model_validator

Counter = Annotated[StrictInt, Field(ge=0)]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    @model_validator(mode="before")
    @classmethod
    def _null_is_absent(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {name: inner for name, inner in value.items() if inner is not None}


class Skipped(_Model):
    """People or devices that were left out, by reason; a reason that is new to us is kept beside the five.

    What stands there and is no counter is ignored: it belongs to nothing that is known.
    """

    model_config = ConfigDict(extra="allow")

    push_permission_disabled: Counter = 0
    unsupported_platform: Counter = 0
    unsupported_os_version: Counter = 0
    push_to_start_token_missing: Counter = 0
    user_not_found: Counter = 0

    @model_validator(mode="before")
    @classmethod
    def _counters(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {name: inner for name, inner in value.items() if name in cls.model_fields or _counts(inner)}

    def counts(self) -> dict[str, int]:
        """Every reason with its number: the five first, then what is new."""
        return self.model_dump()


class GdprDenied(_Model):
    """The consent that people refused: one entry of `gdpr_denied_details`, without its id."""

    devices_count: Counter = 0


class _Answer(_Model):
    status: Literal["success"]


class Added(_Answer):
    """What became of the people of one /register or /add-users; the counters are of this call only.

    `matched` is `added` plus `refreshed`. With `partial`, `unprocessed_insider_id_count` people were not looked up;
    they are not named, so the whole call is to be sent again.
    """

    activity_id: str = Field(pattern=r"\S")
    matched: Counter = 0
    added: Counter = 0
    refreshed: Counter = 0
    removed: Counter = 0
    skipped: Skipped = Skipped()
    partial: StrictBool = False
    unprocessed_insider_id_count: Counter = 0
    gdpr_denied_people: Counter = 0
    gdpr_denied_devices: Counter = 0

    @model_validator(mode="before")
    @classmethod
    def _consent_counted(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        people, devices = gdpr_denied(value.get("gdpr_denied_details"))
        counted = {"gdpr_denied_people": people, "gdpr_denied_devices": devices}
        return {name: inner for name, inner in value.items() if name != "gdpr_denied_details"} | counted


class Removed(_Answer):
    """How many devices one /remove-users took out; may exceed the ids that were sent."""

    removed: Counter = 0


class Pushed(_Answer):
    """What one /start, /update or /end handed to Apple, and how many phones it left behind for want of a token.

    What Apple drops afterwards does not show here.
    """

    sessions_triggered: Counter = 0
    skipped_not_synced: Counter = 0


def gdpr_denied(details: Any) -> tuple[int, int]:
    """How many people refused consent, and how many devices they have.

    Raises pydantic's `ValidationError` where an entry has the wrong shape, `ValueError` where it is no list.
    """
    if details is None:
        return 0, 0
    if not isinstance(details, list):
        raise ValueError("gdpr_denied_details is no list")
    return len(details), sum(GdprDenied.model_validate(detail).devices_count for detail in details)


def _counts(value: Any) -> bool:
    return type(value) is int and value >= 0
