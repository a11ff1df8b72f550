"""Makes the page that `--html` writes for a campaign that is over, from the ledger."""

from __future__ import annotations

from live_activity.core.content import Content
from live_activity.core.report import Report
from live_activity.desk.activity_view import ActivityView
from live_activity.desk.campaign_view import CampaignView
from live_activity.ledger import Database
from live_activity.ledger.push_log import newest_pushes
from live_activity.views.first_and_last import first_and_last
from live_activity.views.html_report import html_report
from live_activity.views.report_data import MOST_PUSHES, ReportData
from live_activity.views.sketcher import Sketcher

_SENT = frozenset({"done", "unknown"})


def report_page(database: Database, view: CampaignView) -> str | None:
    """The page, without the path of the file of rejected people; None before the campaign is over."""
    if view.edition.report is None:
        return None
    report = Report.model_validate(view.edition.report)
    pushes = tuple(newest_pushes(database, view.id, most=MOST_PUSHES))
    largest = max(view.activities, key=lambda each: each.phones, default=None)
    sent = [
        (Content.from_body(each.content), each.sent)
        for each in pushes
        if largest is not None and each.number == largest.number and each.outcome in _SENT and each.content
    ]
    return html_report(
        ReportData(
            report=report,
            zone=view.zone,
            sketcher=Sketcher(_type_of(view), view.zone, view.contract, view.card_file),
            plan=tuple(_plan(view)),
            contents=first_and_last(
                sent,
                largest.row.attributes if largest is not None else {},
                of=_name_of(largest) if len(view.activities) > 1 else "",
            ),
            attributes={each.number: each.row.attributes for each in view.activities},
            pushes=pushes,
            activity=largest.number if largest is not None else 0,
            activity_name=_name_of(largest),
        )
    )


def _type_of(view: CampaignView) -> str:
    return str(view.parameters.get("activity_type") or "")


def _name_of(activity: ActivityView | None) -> str:
    return activity.name if activity is not None and activity.row.key else ""


def _plan(view: CampaignView) -> list[tuple[str, str]]:
    found = [("activity type", _type_of(view)), ("account", view.edition.account)]
    if view.edition.planned_start is not None:
        found.append(("started", f"{view.edition.planned_start.astimezone(view.zone):%Y-%m-%d %H:%M:%S %Z}"))
    return [*found, ("activities", f"{len(view.activities):,}")]
