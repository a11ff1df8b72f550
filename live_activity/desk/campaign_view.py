"""A campaign as the desk shows it: what is true by the ledger, and what is wrong with it."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from live_activity.campaign.inputs import contract_of
from live_activity.campaign.model import Campaign
from live_activity.cards import CardFile, read_card_file
from live_activity.contract import Contract
from live_activity.core.content import Content
from live_activity.core.formatting import count_of
from live_activity.decision.guard_memory import GuardMemory, Held
from live_activity.decision.overrides import Override
from live_activity.desk.feed_view import FeedField, Readings, feed_fields
from live_activity.desk.push_rows import PushRow
from live_activity.desk.reading import ActivityRow, Ledger
from live_activity.desk.steering_state import Steered, content_of, feed_state, steered
from live_activity.ledger import Command, EditionRecord
from live_activity.ledger import held as is_held
from live_activity.views.handoff import handoff_line

# Statuses of activities that nothing more is sent to.
OVER = frozenset(
    {"ended", "cancelled", "failed", "expired", "nobody_eligible", "not_found", "missed", "rejected"}
)
_PROBLEMS = frozenset({"refused", "denied", "not_sent", "unknown", "gone"})


def name_of(key: Mapping[str, str]) -> str:
    """An activity's split values; several of them with their columns."""
    if len(key) == 1:
        return next(iter(key.values()))
    return ", ".join(f"{name} {value}" for name, value in key.items())


@dataclass(frozen=True)
class ActivityView:
    """One activity: what its phones should show, whom that reached, and what is set or held by hand."""

    row: ActivityRow
    steered: Steered
    guards: GuardMemory
    newest_row: PushRow | None
    last: PushRow | None

    @property
    def number(self) -> int:
        """Its number in the edition, from 0."""
        return self.row.number

    @property
    def name(self) -> str:
        """Its split values, or what it is where there is one activity only."""
        return name_of(self.row.key) or "the activity"

    @property
    def status(self) -> str:
        """Its status; the ledger has `registered` for one that runs, too."""
        return (
            "running" if self.row.status in ("registered", "started") and self.row.shown else self.row.status
        )

    @property
    def is_over(self) -> bool:
        """Whether nothing more is sent to it."""
        return self.row.status in OVER

    @cached_property
    def content(self) -> Content | None:
        """What phones should show."""
        return content_of(self.row.shown)

    @property
    def at(self) -> datetime | None:
        """When that was sent."""
        return (self.row.shown.sent_at or self.row.shown.at) if self.row.shown is not None else None

    @property
    def handed(self) -> int:
        """The phones that it was handed to Apple for."""
        return self.row.shown.triggered if self.row.shown is not None else 0

    @property
    def behind(self) -> int:
        """The phones that it could not reach."""
        return (self.row.shown.unsynced or 0) if self.row.shown is not None else 0

    @property
    def phones(self) -> int:
        """The phones that the next push goes to, as far as the last one says."""
        return self.handed + self.behind

    @property
    def overrides(self) -> tuple[Override, ...]:
        """The fields that are set by hand."""
        return self.steered.overrides

    @property
    def held(self) -> tuple[Held, ...]:
        """What guards hold back."""
        return self.guards.held

    @cached_property
    def feed(self) -> Content | None:
        """What the feed says: the newest row that was sent, without corrections by hand."""
        if self.content is None:
            return None
        return Content(self.content.title, self.content.message, feed_state(self.content, self.overrides))

    @cached_property
    def feed_fields(self) -> tuple[tuple[FeedField, ...], int]:
        """The fields as the feed says them, and how many more there are."""
        if self.content is None or self.feed is None:
            return (), 0
        return feed_fields(self.feed.state, self.content.state)

    @cached_property
    def troubles(self) -> tuple[str, ...]:
        """What is wrong with it, a line each."""
        found = []
        if self.is_over:
            return (self.row.why or "it failed",) if self.row.status == "failed" else ()
        if self.steered.frozen:
            found.append("frozen by hand: nothing is sent before it is resumed")
        if self.last is not None and self.last.outcome in _PROBLEMS:
            found.append(f"the last push was not delivered ({self.last.outcome.replace('_', ' ')})")
        if self.held:
            found.append(f"{count_of(len(self.held), 'row')} held by a guard: {self.held[0].breach.reason}")
        return tuple(found)


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
        """Those that something may still be sent to."""
        return (
            tuple(each for each in self.activities if not each.is_over) if not self.edition.finished else ()
        )

    def with_cards(self, most: int) -> list[ActivityView]:
        """The activities that have a card on a page: all, or those that need a look most."""
        if len(self.activities) <= most:
            return list(self.activities)
        return sorted(
            self.activities,
            key=lambda each: (not each.troubles, not each.overrides, each.is_over, each.number),
        )[:most]

    def activity(self, number: int | None) -> ActivityView | None:
        """The activity of that number."""
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
        """Whether somebody has to approve the start."""
        decision = self.edition.decision
        return not self.edition.finished and bool(decision) and not (decision or {}).get("answer")

    @property
    def is_owned(self) -> bool:
        """Whether a run plays it now."""
        return is_held(self.edition.owner, until=self.edition.lease_until, now=time.time())

    @cached_property
    def handed(self) -> int:
        """The phones that the newest push of each activity was handed to Apple for."""
        return sum(each.handed for each in self.activities)

    @cached_property
    def behind(self) -> int:
        """The phones that those pushes could not reach."""
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
        """Whether all living activities are frozen."""
        return bool(self.living) and all(each.steered.frozen for each in self.living)

    @cached_property
    def overrides(self) -> int:
        """How many fields are set by hand."""
        return sum(len(each.overrides) for each in self.living)

    @cached_property
    def held(self) -> int:
        """How many rows guards hold."""
        return sum(len(each.held) for each in self.living)

    @cached_property
    def waiting(self) -> tuple[Command, ...]:
        """Commands that the campaign has not carried out yet."""
        return (
            tuple(each for each in self.ledger.commands if each.answer is None)
            if not self.edition.finished
            else ()
        )

    @property
    def last_push_id(self) -> int:
        """The newest push that may have reached phones: what a form is drawn from."""
        return max((each.row.shown.id for each in self.activities if each.row.shown is not None), default=0)

    @property
    def last_command_id(self) -> int:
        """The newest command."""
        return max((each.id for each in self.ledger.commands), default=0)

    @cached_property
    def troubles(self) -> tuple[str, ...]:
        """What is wrong, worst first, a line each."""
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
            found.append("it waits for approval, and does not start without")
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
        """The findings of the report; those so far while it runs."""
        return list((self.edition.report or self.edition.progress or {}).get("findings") or ())

    @cached_property
    def readings(self) -> Readings:
        """When its timeline was read, and will be."""
        return Readings.from_progress(self.edition.progress)

    @cached_property
    def card_file(self) -> CardFile | None:
        """Which field stands where on its cards; None where that is not said, or cannot be read here."""
        path = self.parameters.get("card")
        try:
            return read_card_file(str(path)) if path else None
        except Exception:  # the file may be on another machine
            return None

    @cached_property
    def configuration(self) -> Campaign | None:
        """The campaign's configuration as a model; None where an older version wrote it."""
        try:
            return Campaign.model_validate(dict(self.parameters))
        except ValueError:
            return None


def read_contract_of(record: EditionRecord) -> tuple[Contract | None, str | None]:
    """The contract of an edition, or why it cannot be read here."""
    if not record.parameters.get("contract"):
        return None, None
    try:
        return contract_of(Campaign.model_validate(dict(record.parameters))), None
    except Exception as error:  # the file may be on another machine
        return None, f"the contract cannot be read here ({type(error).__name__}): fields are by their values"


def now() -> datetime:
    """The present."""
    return datetime.now(UTC)
