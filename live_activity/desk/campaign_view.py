"""A campaign as the desk shows it: its state in the ledger, and its problems."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from live_activity.campaign.campaign_timeline import contract_of
from live_activity.campaign.model import Campaign
from live_activity.cards import CardFile, read_card_file
from live_activity.contract import Contract
from live_activity.core.formatting import count_of
from live_activity.decision.guard_memory import GuardMemory
from live_activity.desk.activity_view import ActivityView
from live_activity.desk.feed_view import Readings
from live_activity.desk.reading import Ledger
from live_activity.desk.steering_state import steered
from live_activity.ledger import Command, EditionRecord
from live_activity.ledger import held as is_held
from live_activity.views.handoff import handoff_line


@dataclass(frozen=True)
class CampaignView:
    """One edition of a campaign."""

    ledger: Ledger
    contract: Contract | None
    contract_problem: str | None

    @property
    def edition(self) -> EditionRecord:
        """The edition as the ledger has it."""
        return self.ledger.edition

    @property
    def id(self) -> str:
        """The edition's id."""
        return self.edition.id

    @property
    def name(self) -> str:
        """The campaign's name."""
        return self.edition.name

    @property
    def parameters(self) -> Mapping[str, Any]:
        """The campaign's configuration."""
        return self.edition.parameters

    @cached_property
    def zone(self) -> ZoneInfo:
        """The campaign's time zone."""
        try:
            return ZoneInfo(str(self.parameters.get("time_zone") or "UTC"))
        except (ZoneInfoNotFoundError, ValueError):
            return ZoneInfo("UTC")

    @cached_property
    def activities(self) -> tuple[ActivityView, ...]:
        """Its activities, in order."""
        found = steered(self.ledger.activities, self.ledger.commands)
        return tuple(
            ActivityView(
                row,
                found[row.number],
                self.ledger.guards.get(row.number, GuardMemory()),
                self.ledger.newest_row.get(row.number),
                self.ledger.last.get(row.number),
            )
            for row in self.ledger.activities
        )

    @cached_property
    def living(self) -> tuple[ActivityView, ...]:
        """The activities that something may still be sent to."""
        return (
            tuple(each for each in self.activities if not each.is_over) if not self.edition.finished else ()
        )

    def with_cards(self, most: int) -> list[ActivityView]:
        """The activities that have a card on a page: at most `most`, those with problems first."""
        if len(self.activities) <= most:
            return list(self.activities)
        return sorted(
            self.activities,
            key=lambda each: (not each.troubles, not each.overrides, each.is_over, each.number),
        )[:most]

    def activity(self, number: int | None) -> ActivityView | None:
        """The activity with that number; None if there is none."""
        return self._by_number.get(number) if number is not None else None

    @cached_property
    def _by_number(self) -> Mapping[int, ActivityView]:
        return {each.number: each for each in self.activities}

    @cached_property
    def state(self) -> str:
        """`planned`, `running` or `over`."""
        if self.edition.finished:
            return "over"
        if any(each.row.shown is not None for each in self.activities) or self.awaits_approval:
            return "running"
        return "planned"

    @property
    def awaits_approval(self) -> bool:
        """Whether the start waits for approval."""
        decision = self.edition.decision
        return not self.edition.finished and bool(decision) and not (decision or {}).get("answer")

    @property
    def is_owned(self) -> bool:
        """Whether a run plays the edition now."""
        return is_held(self.edition.owner, until=self.edition.lease_until, now=time.time())

    @cached_property
    def handed(self) -> int:
        """The number of phones that the newest push of each activity was handed to Apple for."""
        return sum(each.handed for each in self.activities)

    @cached_property
    def behind(self) -> int:
        """The number of phones that these pushes could not reach."""
        return sum(each.behind for each in self.activities)

    @cached_property
    def handoff(self) -> str:
        """How long rows took from feed to handoff."""
        return handoff_line(self.ledger.handoff)

    @cached_property
    def newest_at(self) -> datetime | None:
        """When the newest content was sent."""
        return max((each.at for each in self.activities if each.at is not None), default=None)

    @cached_property
    def is_frozen(self) -> bool:
        """Whether all activities that are not over are frozen."""
        return bool(self.living) and all(each.steered.frozen for each in self.living)

    @cached_property
    def overrides(self) -> int:
        """How many fields are set by hand."""
        return sum(len(each.overrides) for each in self.living)

    @cached_property
    def held(self) -> int:
        """How many rows guards hold back."""
        return sum(len(each.held) for each in self.living)

    @cached_property
    def waiting(self) -> tuple[Command, ...]:
        """Commands that the campaign has not carried out yet."""
        return (
            tuple(each for each in self.ledger.commands if each.obeyed_at is None)
            if not self.edition.finished
            else ()
        )

    @property
    def last_push_id(self) -> int:
        """The id of the newest push that may have reached phones; a form shows the state after it."""
        return max((each.row.shown.id for each in self.activities if each.row.shown is not None), default=0)

    @property
    def last_command_id(self) -> int:
        """The id of the newest command."""
        return max((each.id for each in self.ledger.commands), default=0)

    @cached_property
    def troubles(self) -> tuple[str, ...]:
        """The problems of the campaign, worst first, one line each."""
        if self.edition.finished:
            return (
                ()
                if self.edition.status in ("ended", "rejected")
                else (f"it is over: {self.edition.status}",)
            )
        found = []
        if not self.is_owned:
            found.append("no run plays it now; live-activity recover takes it over")
        if self.awaits_approval:
            found.append("it waits for approval, and does not start without it")
        if (self.edition.stop_request or {}).get("why"):
            found.append(f"it is being stopped ({(self.edition.stop_request or {})['why']})")
        counted: dict[str, int] = {}
        for each in self.activities:
            for trouble in each.troubles:
                counted[trouble] = counted.get(trouble, 0) + 1
        if self.readings.problems:
            found.append(f"the timeline cannot be read: {self.readings.problems[0]}")
        many = len(self.activities) > 1
        found += [
            f"{trouble} ({count_of(number, 'activity', 'activities')})" if many else trouble
            for trouble, number in counted.items()
        ]
        if self.waiting:
            found.append(f"{count_of(len(self.waiting), 'command')} not carried out yet")
        return tuple(found)

    @property
    def findings(self) -> Sequence[Mapping[str, Any]]:
        """The findings of the report, or those so far while the campaign runs."""
        return list((self.edition.report or self.edition.progress or {}).get("findings") or ())

    @cached_property
    def readings(self) -> Readings:
        """When its timeline was read, and when it will be read next."""
        return Readings.from_progress(self.edition.progress)

    @cached_property
    def card_file(self) -> CardFile | None:
        """The file that places the fields on its cards; None if there is none, or it cannot be read here."""
        path = self.parameters.get("card")
        try:
            return read_card_file(str(path)) if path else None
        except Exception:  # the file may be on another machine
            return None

    @cached_property
    def configuration(self) -> Campaign | None:
        """The campaign's configuration as a model; None if an older version wrote it in another form."""
        try:
            return Campaign.model_validate(dict(self.parameters))
        except ValueError:
            return None


def read_contract_of(record: EditionRecord) -> tuple[Contract | None, str | None]:
    """The contract of an edition, and why it cannot be read here; both are None if the campaign has no contract."""
    if not record.parameters.get("contract"):
        return None, None
    try:
        return contract_of(Campaign.model_validate(dict(record.parameters))), None
    except Exception as error:  # the file may be on another machine
        return (
            None,
            f"the contract cannot be read here ({type(error).__name__}): field types are guessed from values",
        )


def now() -> datetime:
    """The current time in UTC."""
    return datetime.now(UTC)
