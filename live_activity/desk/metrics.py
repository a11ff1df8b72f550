"""`GET /metrics` in Prometheus' text format. Labels are bounded: campaigns beyond `MOST_CAMPAIGNS` share one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from live_activity.desk.campaign_view import CampaignView, now
from live_activity.desk.data import DeskData
from live_activity.desk.reading import count_editions
from live_activity.ledger import LedgerUnreadable

MOST_CAMPAIGNS = 50
OTHERS = "(others)"
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

Labels = tuple[tuple[str, str], ...]

_HELP: Mapping[str, tuple[str, str]] = {
    "live_activity_ledger_up": ("gauge", "Whether the ledger can be read."),
    "live_activity_editions": ("gauge", "Editions in the ledger by mode and status."),
    "live_activity_activities": ("gauge", "Activities of campaigns that are not over, by status."),
    "live_activity_phones_handed_to_apple": (
        "gauge",
        "Phones that the newest pushes were handed to Apple for.",
    ),
    "live_activity_phones_left_behind": ("gauge", "Phones that the newest pushes could not reach."),
    "live_activity_pushes": ("gauge", "Pushes of campaigns that are not over, by kind and outcome."),
    "live_activity_phone_alerts": ("gauge", "Pushes that carried a title or a message."),
    "live_activity_newest_push_age_seconds": ("gauge", "Seconds since the newest content was sent."),
    "live_activity_handoff_seconds": (
        "gauge",
        "Seconds from a row in the feed to the answer to its push, over the newest rows; the highest of a campaign.",
    ),
    "live_activity_overrides": ("gauge", "Fields that are set by hand."),
    "live_activity_held_rows": ("gauge", "Rows that guards hold."),
    "live_activity_frozen_activities": ("gauge", "Activities that are frozen by hand."),
    "live_activity_commands_waiting": ("gauge", "Steering commands that were not carried out yet."),
    "live_activity_owned": ("gauge", "Whether a run plays the campaign."),
}
_AGE, _OWNED = "live_activity_newest_push_age_seconds", "live_activity_owned"
_HANDOFF = "live_activity_handoff_seconds"


def metrics(data: DeskData) -> str:
    """All metrics, or only `live_activity_ledger_up` if the ledger cannot be read."""
    found: dict[tuple[str, Labels], float] = {}
    try:
        for (mode, status), number in count_editions(data.database).items():
            found["live_activity_editions", (("mode", mode), ("status", status))] = number
        for place, view in enumerate(data.unfinished()):
            campaign = view.name if place < MOST_CAMPAIGNS else OTHERS
            for name, more, value in _of_campaign(view):
                key = (name, (("campaign", campaign), ("mode", view.edition.mode), *more))
                if name in (_AGE, _HANDOFF):
                    found[key] = max(found.get(key, 0), value)
                elif name == _OWNED:
                    found[key] = min(found.get(key, 1), value)
                else:
                    found[key] = found.get(key, 0) + value
        up = 1
    except LedgerUnreadable:
        found, up = {}, 0
    found["live_activity_ledger_up", ()] = up
    return "".join(_lines(found))


def _of_campaign(view: CampaignView) -> Iterator[tuple[str, Labels, float]]:
    statuses: dict[str, int] = {}
    for each in view.activities:
        statuses[each.row.status] = statuses.get(each.row.status, 0) + 1
    for status, number in statuses.items():
        yield "live_activity_activities", (("status", status),), number
    for (kind, outcome), number in view.ledger.totals.items():
        yield "live_activity_pushes", (("kind", kind), ("outcome", outcome)), number
    yield "live_activity_phones_handed_to_apple", (), view.handed
    yield "live_activity_phones_left_behind", (), view.behind
    yield "live_activity_phone_alerts", (), view.ledger.alerts
    yield "live_activity_overrides", (), view.overrides
    yield "live_activity_held_rows", (), view.held
    yield "live_activity_frozen_activities", (), sum(each.steered.frozen for each in view.living)
    yield "live_activity_commands_waiting", (), len(view.waiting)
    yield _OWNED, (), float(view.is_owned)
    handoff = view.ledger.handoff
    for quantile, value in (("0.5", handoff.p50), ("0.99", handoff.p99)):
        if value is not None:
            yield _HANDOFF, (("quantile", quantile),), round(value, 3)
    if view.newest_at is not None:
        yield _AGE, (), max(0.0, round((now() - view.newest_at).total_seconds(), 3))


def _lines(found: Mapping[tuple[str, Labels], float]) -> Iterator[str]:
    for name, (kind, text) in _HELP.items():
        samples = sorted((labels, value) for (each, labels), value in found.items() if each == name)
        if samples:
            yield f"# HELP {name} {text}\n# TYPE {name} {kind}\n"
        for labels, value in samples:
            inside = ",".join(f'{label}="{_escaped(each)}"' for label, each in labels)
            yield f"{name}{{{inside}}} {_number(value)}\n" if inside else f"{name} {_number(value)}\n"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else repr(float(value))
