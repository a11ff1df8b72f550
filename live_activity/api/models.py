"""The answers of the API with HTTP 200.

Unknown fields are ignored, and null counts as absent. What is there must have the right type: a counter that is text,
negative or out of range makes the whole answer unreadable. People who refused consent are counted, never named.
"""

from __future__ import annotations

import itertools
import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, model_validator

# More than there are phones; a sum of many still fits into a database's integer.
LARGEST_COUNT = 10**11
# More reasons for skipping people than the API will ever document.
_MOST_REASONS = 50

Counter = Annotated[StrictInt, Field(ge=0, le=LARGEST_COUNT)]
# Printable ASCII without spaces: it is shown in reports and on consoles.
ActivityId = Annotated[str, Field(pattern=r"^[\x21-\x7e]{1,255}$")]
_REASON = re.compile(r"[a-z][a-z0-9_]{0,63}")


def reasons(skipped: Any) -> dict[str, int]:
    """The entries of `skipped` whose name has the form of a reason and whose count is within bounds."""
    if not isinstance(skipped, dict):
        return {}
    found = {
        name: count
        for name, count in skipped.items()
        if type(count) is int and 0 <= count <= LARGEST_COUNT and _REASON.fullmatch(name)
    }
    return dict(itertools.islice(found.items(), _MOST_REASONS))


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    @model_validator(mode="before")
    @classmethod
    def _null_is_absent(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {name: inner for name, inner in value.items() if inner is not None}


class Skipped(_Model):
    """People or devices that were left out, by reason; reasons other than the five documented ones are kept, too.

    Entries of any other form are ignored.
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
        known = {name: inner for name, inner in value.items() if name in cls.model_fields}
        return reasons(value) | known

    def counts(self) -> dict[str, int]:
        """Every reason with its number: the five documented ones first."""
        return self.model_dump()


class GdprDenied(_Model):
    """The consent that people refused: one entry of `gdpr_denied_details`, without its id."""

    devices_count: Counter = 0


class _Answer(_Model):
    status: Literal["success"]


class Added(_Answer):
    """The people of one /register or /add-users; the counters are of this call only.

    `matched` is `added` plus `refreshed`. With `partial`, `unprocessed_insider_id_count` people were not looked up;
    they are not named, so the whole call is to be sent again.
    """

    activity_id: ActivityId
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
    """What one /start, /update or /end handed to Apple, and how many phones it left behind for lack of a token.

    What Apple drops afterwards is not known here.
    """

    sessions_triggered: Counter = 0
    skipped_not_synced: Counter = 0


def gdpr_denied(details: Any) -> tuple[int, int]:
    """How many people refused consent, and how many devices they have.

    Raises pydantic's `ValidationError` where an entry has the wrong shape, `ValueError` where it is not a list.
    """
    if details is None:
        return 0, 0
    if not isinstance(details, list):
        raise ValueError("gdpr_denied_details is not a list")
    return len(details), sum(GdprDenied.model_validate(detail).devices_count for detail in details)
