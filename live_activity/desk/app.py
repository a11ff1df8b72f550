"""The desk as an ASGI application."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from live_activity.core.findings import InvalidInput
from live_activity.desk.commands import Commands
from live_activity.desk.data import DeskData
from live_activity.desk.events import Changes
from live_activity.desk.metrics import CONTENT_TYPE, metrics
from live_activity.desk.options import DeskOptions
from live_activity.desk.pages import Pages
from live_activity.desk.security import SecurityMiddleware
from live_activity.desk.sessions import Sessions
from live_activity.desk.sign_in import SignIn
from live_activity.ledger import Database, LedgerUnreadable


def create_app(database: Database, options: DeskOptions) -> Starlette:
    """Makes the desk for one ledger. Setting `app.state.changes.leaving` ends the event streams."""
    data = DeskData(database)
    sessions, changes = Sessions(), Changes(data)
    pages, commands, sign_in = Pages(data, options), Commands(data, options), SignIn(options, sessions)

    def read_metrics(request: Request) -> Response:
        return PlainTextResponse(metrics(data), media_type=None, headers={"content-type": CONTENT_TYPE})

    async def events(request: Request) -> Response:
        if changes.is_full:
            return PlainTextResponse("too many pages are open\n", status_code=503)
        return StreamingResponse(
            changes.stream(), media_type="text/event-stream", headers={"x-accel-buffering": "no"}
        )

    campaign = "/campaigns/{edition_id:uuid}"
    app = Starlette(
        routes=[
            Route("/", pages.home),
            Route("/live", pages.home_live),
            Route("/events", events),
            Route("/metrics", read_metrics),
            Route("/health", lambda _: PlainTextResponse("ok\n")),
            Route("/favicon.ico", lambda _: Response(status_code=204)),
            Route("/static/{name}", pages.static),
            Route("/sign-in", sign_in.form, methods=["GET"]),
            Route("/sign-in", sign_in.sign_in, methods=["POST"]),
            Route("/sign-out", sign_in.sign_out, methods=["POST"]),
            Route("/name", sign_in.rename, methods=["POST"]),
            Route("/everything", commands.everything, methods=["POST"]),
            Route(campaign, pages.campaign),
            Route(f"{campaign}/live", pages.campaign_live),
            Route(f"{campaign}/activities", pages.activities),
            Route(f"{campaign}/dialog/{{action}}", pages.dialog),
            Route(f"{campaign}/report.json", pages.report),
            Route(f"{campaign}/report.html", pages.report_html),
            Route(f"{campaign}/preview", commands.preview, methods=["POST"]),
            Route(f"{campaign}/commands", commands.send, methods=["POST"]),
        ],
        middleware=[Middleware(SecurityMiddleware, options=options, sessions=sessions)],
        exception_handlers={
            LedgerUnreadable: pages.unreadable,
            InvalidInput: pages.not_there,
            HTTPException: pages.failed,
            Exception: pages.broken,
        },
    )
    app.state.changes = changes
    return app
