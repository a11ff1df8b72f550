"""The desk's pages, and their parts that are loaded again when something has changed."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import Any

from markupsafe import Markup
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response

from live_activity.core.content import Content
from live_activity.core.findings import InvalidInput
from live_activity.desk.activity_table import activity_table
from live_activity.desk.activity_view import ActivityView
from live_activity.desk.campaign_view import CampaignView, now
from live_activity.desk.card_view import draw_card
from live_activity.desk.commands import answered_by, may_approve
from live_activity.desk.correction import phones_of
from live_activity.desk.data import DeskData
from live_activity.desk.feed_look import look_into_feed
from live_activity.desk.fields import form_fields
from live_activity.desk.funnel import funnel
from live_activity.desk.history import history, line_of
from live_activity.desk.options import DeskOptions
from live_activity.desk.report_page import report_page
from live_activity.desk.sessions import Person
from live_activity.desk.start_and_end import by_rehearsal, by_timeline
from live_activity.desk.steering_state import known_state
from live_activity.desk.templating import render, static_file
from live_activity.engine.steering.arguments import ACTIONS
from live_activity.views.html_report import content_policy

_log = logging.getLogger(__name__)
# How many activities of a campaign have a card on a page: an evening of matches. The table has the others.
MOST_CARDS = 12
_TYPES = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8"}


class Pages:
    """The endpoints that read."""

    def __init__(self, data: DeskData, options: DeskOptions) -> None:
        self._data = data
        self._options = options

    def home(self, request: Request) -> Response:
        """The home page: campaigns that are running, planned and over; those with problems first."""
        return self._page(request, "home.html", title="Desk", **self._home())

    def home_live(self, request: Request) -> Response:
        """The part of the home page that changes."""
        return self._page(request, "_home.html", **self._home())

    def campaign(self, request: Request) -> Response:
        """One campaign."""
        view = self._view(request)
        return self._page(
            request,
            "campaign.html",
            title=view.name,
            **self._campaign(request, view),
            table=activity_table(view, request.query_params),
            line=line_of,
        )

    def campaign_live(self, request: Request) -> Response:
        """The part of a campaign's page that changes."""
        view = self._view(request)
        return self._page(request, "_campaign.html", **self._campaign(request, view))

    def activities(self, request: Request) -> Response:
        """The activities of a campaign, filtered and sorted."""
        view = self._view(request)
        table = activity_table(view, request.query_params)
        return self._page(request, "_activities.html", view=view, table=table, line=line_of)

    def dialog(self, request: Request) -> Response:
        """The form of a command."""
        view, action = self._view(request), request.path_params["action"]
        if action not in ("correct", "feed", *ACTIONS) or action == "send_now":
            raise HTTPException(404)
        wanted = _number(request.query_params.get("number"))
        living = [each for each in view.living if wanted is None or each.number == wanted]
        if not living:
            return self._page(request, "_nothing.html", view=view)
        values = {"view": view, "action": action, "number": wanted, "activity": living[0], "targets": living}
        values["phones"] = phones_of(living)
        content = _with_commands(view, living[0])
        attributes = living[0].row.attributes
        values["card"] = self.card(view, content, attributes) if content is not None else None
        if action in ("feed", "resume"):
            values["feed"] = look_into_feed(view, living[0], now())
            values["draw"] = lambda row: self.card(view, row.content, row.attributes)
        if action == "feed":
            return self._page(request, "_feed.html", **values)
        if action == "correct":
            state = known_state(living[0].row.shown, living[0].row, view.ledger.commands)
            values["fields"] = form_fields(state, view.contract)
            return self._page(request, "_correct.html", **values)
        return self._page(request, "_steer.html", **values)

    def report(self, request: Request) -> Response:
        """The report of a campaign that is over, without the path of the file of rejected people."""
        report = self._view(request).edition.report
        if report is None:
            return PlainTextResponse("the report is there once the campaign is over\n", status_code=404)
        segment = {
            name: each for name, each in (report.get("segment") or {}).items() if name != "rejects_file"
        }
        return Response(
            json.dumps({**report, "segment": segment}, indent=2, ensure_ascii=False, default=str),
            media_type="application/json",
        )

    def report_html(self, request: Request) -> Response:
        """The report of a campaign that is over, as a page that can be kept."""
        try:
            page = report_page(self._data.database, self._view(request))
        except ValidationError:
            return self._problem(
                request, 404, "an older version wrote the report; only its JSON can be shown"
            )
        if page is None:
            return self._problem(request, 404, "the report is there once the campaign is over")
        policy = f"{content_policy()}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        return HTMLResponse(page, headers={"content-security-policy": policy})

    def static(self, request: Request) -> Response:
        """A style sheet or the script."""
        name = request.path_params["name"]
        text = static_file(name)
        if text is None:
            raise HTTPException(404)
        return Response(
            text,
            headers={"content-type": _TYPES[name.rpartition(".")[2]], "cache-control": "no-cache"},
        )

    def unreadable(self, request: Request, error: Exception) -> Response:
        """Answers a request when the ledger cannot be read."""
        return self._problem(request, 503, str(error))

    def not_there(self, request: Request, error: Exception) -> Response:
        """Answers a request for a campaign that does not exist."""
        assert isinstance(error, InvalidInput)
        return self._problem(request, 404, "; ".join(str(each) for each in error.findings))

    def failed(self, request: Request, error: Exception) -> Response:
        """Answers a request for a page that does not exist, or that failed with another HTTP error."""
        assert isinstance(error, HTTPException)
        text = "there is no such page" if error.status_code == 404 else str(error.detail)
        return self._problem(request, error.status_code, text)

    def broken(self, request: Request, error: Exception) -> Response:
        """Answers after a bug in the desk. The error's text may have private data, so only its type is shown."""
        _log.error(
            "the desk failed at %s: %s", request.scope.get("route", request.url.path), type(error).__name__
        )
        return self._problem(request, 500, f"the desk failed ({type(error).__name__}); load the page again")

    def card(
        self,
        view: CampaignView,
        content: Content,
        attributes: Mapping[str, Any] | None = None,
        *,
        island: bool = True,
    ) -> Markup:
        """The card of a content."""
        return draw_card(
            view.ledger.activities[0].activity_type if view.ledger.activities else "",
            content,
            attributes,
            contract=view.contract,
            card_file=view.card_file,
            zone=view.zone,
            now=now(),
            island=island,
        )

    def _view(self, request: Request) -> CampaignView:
        return self._data.view(str(request.path_params["edition_id"]))

    def _home(self) -> Mapping[str, Any]:
        views = self._data.unfinished()
        return {
            "running": [each for each in views if each.state == "running"],
            "planned": [each for each in views if each.state == "planned"],
            "over": self._data.over(),
            "most_cards": MOST_CARDS,
            "card": self.card,
        }

    def _campaign(self, request: Request, view: CampaignView) -> Mapping[str, Any]:
        person: Person = request.state.person
        only = view.activity(_number(request.query_params.get("activity")))
        cards = []
        if view.awaits_approval:
            cards = self._approval_cards(view)
        return {
            "view": view,
            "card": self.card,
            "most_cards": MOST_CARDS,
            "funnel": funnel(view),
            "history": history(self._data.database, view, only),
            "only": only,
            "approval_cards": cards,
            "answered": answered_by(view),
            "may_not_approve": may_approve(view, person),
            "prefect_url": self._prefect_url(view),
        }

    def _approval_cards(self, view: CampaignView) -> list[tuple[str, Markup]]:
        """What the start leads to, by the timeline, or else by the newest rehearsal."""
        found, source = by_timeline(view, now()), "the timeline"
        if not found:
            found, source = by_rehearsal(self._data.database, view.name), "the newest rehearsal"
        whens = {"first": "when it starts", "last": "when it ends"}
        return [
            (
                f"{each.of} {whens[each.place]}, by {source}".lstrip(),
                self.card(view, each.content, each.attributes),
            )
            for each in found
        ]

    def _prefect_url(self, view: CampaignView) -> str | None:
        run, ui = view.edition.flow_run_id, self._options.prefect_ui
        return f"{ui.rstrip('/')}/runs/flow-run/{run}" if run and ui else None

    def _page(self, request: Request, template: str, **values: Any) -> Response:
        return HTMLResponse(render(template, person=request.state.person, **values))

    def _problem(self, request: Request, status: int, text: str) -> Response:
        if "text/html" not in request.headers.get("accept", ""):
            return JSONResponse({"sent": False, "message": text}, status_code=status)
        person = getattr(request.state, "person", None)
        page = render("problem.html", title="Desk", person=person, text=text)
        return HTMLResponse(page, status_code=status)


def _number(text: str | None) -> int | None:
    """The number of an activity in an address; None for anything else."""
    return int(text) if text is not None and text.isascii() and text.isdecimal() and len(text) < 9 else None


def _with_commands(view: CampaignView, activity: ActivityView) -> Content | None:
    """What phones will show once the pending commands are carried out."""
    content = activity.content
    if content is None:
        return None
    state = known_state(activity.row.shown, activity.row, view.ledger.commands)
    return Content(content.title, content.message, state)
