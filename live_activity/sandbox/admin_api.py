"""The sandbox's own endpoints under /sandbox, its page and its document. They need no key."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from live_activity.sandbox.answers import Refused, as_json
from live_activity.sandbox.checks import Body, failed
from live_activity.sandbox.clock import MOST_SPEED
from live_activity.sandbox.content import Content
from live_activity.sandbox.docs_page import docs_headers, docs_page
from live_activity.sandbox.faults import Faults, WrongRules, parse_rules
from live_activity.sandbox.openapi import openapi_document
from live_activity.sandbox.operations import FALSE, TRUE, Document
from live_activity.sandbox.page import security_headers, wall_headers, wall_page
from live_activity.sandbox.read_request import parse_body, read_body
from live_activity.sandbox.request_log import MOST_REQUESTS
from live_activity.sandbox.sandbox import Sandbox
from live_activity.sandbox.views import (
    activity_view,
    calls_view,
    clock_view,
    person_view,
    phones_view,
    pushes_view,
    request_view,
    screens_view,
)
from live_activity.sandbox.wall import WALL_ACTIVITIES, phone_html, wall_html

_MOST_PHONES = 10_000

Handler = Callable[[Request], Awaitable[Response]]


class AdminApi:
    """The handlers of the sandbox's own endpoints."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def routes(self) -> list[Route]:
        """The routes of the endpoints."""
        return [
            Route("/sandbox", self._locked(self.whole), methods=["GET", "DELETE"]),
            Route("/sandbox/activities", self._locked(self.activities), methods=["GET"]),
            Route("/sandbox/activities/{activity_id}", self._locked(self.activity), methods=["GET"]),
            Route("/sandbox/phones", self._locked(self.phones), methods=["GET"]),
            Route("/sandbox/calls", self._locked(self.calls), methods=["GET"]),
            Route("/sandbox/requests", self.requests, methods=["GET"]),
            Route("/sandbox/clock", self.clock, methods=["GET", "PUT"]),
            Route("/sandbox/faults", self.faults, methods=["GET", "PUT", "DELETE"]),
            Route("/sandbox/device-started", self.device_started, methods=["POST"]),
            Route("/sandbox/wall", self._locked(self.wall), methods=["GET"]),
            Route("/openapi.json", self.document, methods=["GET"]),
            Route("/docs", self.docs, methods=["GET"]),
        ]

    def _locked(self, handler: Handler) -> Handler:
        """Holds the sandbox's lock during a request, so that no other thread changes it meanwhile."""

        async def locked(request: Request) -> Response:
            with self._sandbox.lock:
                return await handler(request)

        return locked

    async def whole(self, request: Request) -> Response:
        """GET shows the page with the phones; DELETE resets the sandbox to its beginning."""
        if request.method == "DELETE":
            self._sandbox.reset()
            return as_json({"status": "success"})
        css = self._sandbox.options.cards.css
        return _html(wall_page(wall_html(self._sandbox), css=css), wall_headers(css))

    async def wall(self, request: Request) -> Response:
        """What the page shows: the newest activities, or one person's phones.

        `?last=N` is how many activities; `?at=ID:N` shows that activity as it was after its push N; `?insider_id=`
        shows one person's phones instead.
        """
        insider_id = request.query_params.get("insider_id")
        last = _number(request, "last", default=WALL_ACTIVITIES)
        if insider_id is not None:
            return _html(phone_html(self._sandbox, insider_id.strip()))
        places = dict(_place(text) for text in request.query_params.getlist("at"))
        return _html(wall_html(self._sandbox, last=last, places=places))

    async def document(self, request: Request) -> Response:
        """The OpenAPI document."""
        return as_json(self._document())

    async def docs(self, request: Request) -> Response:
        """A page to read the OpenAPI document."""
        return _html(docs_page(self._document()), docs_headers())

    def _document(self) -> Document:
        return openapi_document(self._sandbox.options, now=self._sandbox.clock.now())

    async def activities(self, request: Request) -> Response:
        """Every activity in numbers, oldest first; `?screens=true` adds what is shown, `?last=N` keeps the newest."""
        now = self._sandbox.clock.now()
        found = list(self._sandbox.activities())
        if "last" in request.query_params:
            found = found[max(0, len(found) - _number(request, "last", default=0)) :]
        views = [activity_view(activity, now=now) for activity in found]
        if _flag(request, "screens"):
            views = [
                {**view, "screens": screens_view(activity, now=now)}
                for view, activity in zip(views, found, strict=True)
            ]
        return as_json({"activities": views})

    async def activity(self, request: Request) -> Response:
        """One activity in full; `?phones=true&limit=&offset=` adds one entry for each phone."""
        activity = self._sandbox.activity(request.path_params["activity_id"])
        if activity is None:
            raise Refused("NOT_FOUND", "there is no such activity in this sandbox")
        now = self._sandbox.clock.now()
        view = {
            **activity_view(activity, now=now),
            "screens": screens_view(activity, now=now),
            "log": pushes_view(activity),
        }
        offset = _number(request, "offset", default=0)
        limit = min(_number(request, "limit", default=100), _MOST_PHONES)
        if _flag(request, "phones"):
            view["phones"] = phones_view(activity, now=now, offset=offset, limit=limit)
        return as_json(view)

    async def phones(self, request: Request) -> Response:
        """One person's phones in every activity."""
        insider_id = request.query_params.get("insider_id", "")
        if not insider_id:
            raise failed("insider_id is missing; name the person: ?insider_id=")
        return as_json(person_view(self._sandbox, insider_id, now=self._sandbox.clock.now()))

    async def calls(self, request: Request) -> Response:
        """The requests that arrived, and how they were answered."""
        return as_json(calls_view(self._sandbox))

    async def requests(self, request: Request) -> Response:
        """The newest requests and answers, with keys and people masked; `?last=N` keeps the newest."""
        last = min(_number(request, "last", default=100), MOST_REQUESTS)
        return as_json({"requests": [request_view(each) for each in self._sandbox.request_log.newest(last)]})

    async def clock(self, request: Request) -> Response:
        """Shows the sandbox's time, or stops, steps and runs its clock."""
        clock = self._sandbox.clock
        if request.method == "PUT":
            body = await _object(request)
            match body.get("do"):
                case "stop":
                    clock.stop()
                case "step":
                    try:
                        clock.step(timedelta(seconds=_amount(body, "seconds", most=366 * 86400.0)))
                    except ValueError as error:
                        raise failed(str(error)) from None
                case "run":
                    speed = _amount(body, "speed", most=MOST_SPEED) if body.get("speed") is not None else None
                    if speed == 0:
                        raise failed("speed must be more than 0; to stop the clock, send do: stop")
                    clock.run(speed)
                case _:
                    raise failed("do must be stop, step or run")
        return as_json(clock_view(clock))

    async def faults(self, request: Request) -> Response:
        """Shows the fault rules, sets them, or removes them all."""
        if request.method == "PUT":
            try:
                rules = parse_rules(await _rules(request))
            except WrongRules as error:
                raise failed(str(error)) from None
            self._sandbox.faults = Faults(rules)
        elif request.method == "DELETE":
            self._sandbox.faults = Faults()
        return as_json({"rules": [rule.as_json() for rule in self._sandbox.faults.rules]})

    async def device_started(self, request: Request) -> Response:
        """Plays a phone that opens an activity itself."""
        body = await _object(request)
        activity_type = _text(body, "activity_type")
        if activity_type is None:
            raise Refused("ACTIVITY_TYPE_REQUIRED", "activity_type is missing or empty")
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


def _html(text: str, headers: dict[str, str] | None = None) -> Response:
    # An unpaired surrogate is legal in JSON, and cannot be encoded.
    return HTMLResponse(text.encode("utf-8", "replace"), headers=headers or security_headers())


def _place(text: str) -> tuple[str, int]:
    activity_id, _, number = text.rpartition(":")
    return activity_id, int(number) if number.isascii() and number.isdigit() and len(number) <= 9 else 0


async def _object(request: Request) -> Body:
    return parse_body("application/json", await read_body(request))


async def _rules(request: Request) -> object:
    # A bare list is accepted like {"rules": [...]}, and parse_body accepts objects only.
    body = await read_body(request)
    if body.lstrip().startswith(b"["):
        body = b'{"rules":' + body + b"}"
    return parse_body("application/json", body)


def _amount(body: Body, name: str, *, most: float) -> float:
    value = body.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        raise failed(f"{name} must be a number from 0 to {most:,.0f}")
    return float(value)


def _text(body: Body, name: str) -> str | None:
    value = body.get(name)
    if value is not None and not isinstance(value, str):
        raise failed(f"{name} must be text")
    return value if value and value.strip() else None


def _flag(request: Request, name: str) -> bool:
    text = request.query_params.get(name, FALSE[0])
    if text not in (*TRUE, *FALSE):
        raise failed(f"{name} must be true or false")
    return text in TRUE


def _number(request: Request, name: str, *, default: int) -> int:
    text = request.query_params.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise failed(f"{name} must be a whole number, 0 or more")
    return int(text)
