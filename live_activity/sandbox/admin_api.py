"""The sandbox's own pages under /sandbox: look at the phones, set faults, play a phone. They need no key."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from live_activity.sandbox.answers import Refused, as_json
from live_activity.sandbox.checks import Body, failed
from live_activity.sandbox.content import Content
from live_activity.sandbox.faults import Faults, WrongRules, parse_rules
from live_activity.sandbox.page import PAGE
from live_activity.sandbox.read_request import parse_body, read_body
from live_activity.sandbox.sandbox import Sandbox
from live_activity.sandbox.views import activity_view, calls_view, phones_view, pushes_view, screens_view

_MOST_PHONES = 10_000


class AdminApi:
    """The handlers of the pages."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def routes(self) -> list[Route]:
        """Where they are found."""
        return [
            Route("/sandbox", self.page, methods=["GET"]),
            Route("/sandbox", self.reset, methods=["DELETE"]),
            Route("/sandbox/activities", self.activities, methods=["GET"]),
            Route("/sandbox/activities/{activity_id}", self.activity, methods=["GET"]),
            Route("/sandbox/calls", self.calls, methods=["GET"]),
            Route("/sandbox/faults", self.faults, methods=["GET", "PUT", "DELETE"]),
            Route("/sandbox/device-started", self.device_started, methods=["POST"]),
        ]

    async def page(self, request: Request) -> Response:
        """The page with the phones."""
        return HTMLResponse(PAGE)

    async def reset(self, request: Request) -> Response:
        """Everything as it was at the beginning."""
        self._sandbox.reset()
        return as_json({"status": "success"})

    async def activities(self, request: Request) -> Response:
        """Every activity in numbers, oldest first; `?screens=true` adds what is shown, `?last=N` keeps the newest."""
        now = self._sandbox.clock.now()
        found = list(self._sandbox.activities())
        if "last" in request.query_params:
            found = found[max(0, len(found) - _number(request, "last", default=0)) :]
        views = [activity_view(activity, now=now) for activity in found]
        if _flag(request, "screens"):
            views = [
                {**view, "screens": screens_view(activity)}
                for view, activity in zip(views, found, strict=True)
            ]
        return as_json({"activities": views})

    async def activity(self, request: Request) -> Response:
        """One activity in full; with `?phones=true&limit=&offset=` one entry a phone besides."""
        activity = self._sandbox.activity(request.path_params["activity_id"])
        if activity is None:
            raise Refused(404, "NOT_FOUND", "there is no such activity in this sandbox")
        now = self._sandbox.clock.now()
        view = {
            **activity_view(activity, now=now),
            "screens": screens_view(activity),
            "log": pushes_view(activity),
        }
        if _flag(request, "phones"):
            offset = _number(request, "offset", default=0)
            limit = min(_number(request, "limit", default=100), _MOST_PHONES)
            view["phones"] = phones_view(activity, now=now, offset=offset, limit=limit)
        return as_json(view)

    async def calls(self, request: Request) -> Response:
        """What arrived and how it was answered."""
        return as_json(calls_view(self._sandbox))

    async def faults(self, request: Request) -> Response:
        """Shows the rules of faults, sets them, or takes them all away."""
        if request.method == "PUT":
            try:
                rules = parse_rules(await _rules(request))
            except WrongRules as error:
                raise failed(str(error)) from None
            self._sandbox.faults = Faults(rules)
        elif request.method == "DELETE":
            self._sandbox.faults = Faults()
        return as_json({"rules": [rule.told() for rule in self._sandbox.faults.rules]})

    async def device_started(self, request: Request) -> Response:
        """Plays a phone that opens an activity itself."""
        body = await _object(request)
        activity_type = _text(body, "activity_type")
        if activity_type is None:
            raise Refused(400, "ACTIVITY_TYPE_REQUIRED", "activity_type is missing or empty")
        state, attributes = body.get("content_state"), body.get("attributes")
        for name, value in (("content_state", state), ("attributes", attributes)):
            if value is not None and not isinstance(value, dict):
                raise failed(f"{name} must be an object")
        activity_id = self._sandbox.device_started(
            activity_type=activity_type,
            insider_id=_text(body, "insider_id"),
            udid=_text(body, "udid"),
            content=Content(state=state or {}, attributes=attributes),
        )
        return as_json({"status": "success", "activity_id": activity_id})


async def _object(request: Request) -> Body:
    return parse_body("application/json", await read_body(request))


async def _rules(request: Request) -> object:
    # A bare list is as good as {"rules": [...]}, and parse_body knows objects only.
    body = await read_body(request)
    if body.lstrip().startswith(b"["):
        body = b'{"rules":' + body + b"}"
    return parse_body("application/json", body)


def _text(body: Body, name: str) -> str | None:
    value = body.get(name)
    if value is not None and not isinstance(value, str):
        raise failed(f"{name} must be text")
    return value if value and value.strip() else None


def _flag(request: Request, name: str) -> bool:
    return request.query_params.get(name, "").lower() in ("true", "1", "yes")


def _number(request: Request, name: str, *, default: int) -> int:
    text = request.query_params.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise failed(f"{name} must be a whole number, 0 or more")
    return int(text)
