"""The checks of every request (Host, sign-in, cross-site, CSRF, bounds), and the headers of every answer."""

from __future__ import annotations

import asyncio
import hmac
import json
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from live_activity.desk.options import DeskOptions
from live_activity.desk.sessions import ROLES, Person, Role, Sessions

COOKIE = "live_activity_desk"
CSRF_HEADER = "x-csrf-token"
SECRET_HEADER, USER_HEADER, ROLES_HEADER = "x-desk-proxy-secret", "x-forwarded-user", "x-forwarded-roles"
MOST_BODY_BYTES = 256 * 1024
BODY_SECONDS = 20.0
_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}


class SecurityMiddleware:
    """Lets a request through to the app only with a person in `scope["state"]["person"]`."""

    def __init__(self, app: ASGIApp, *, options: DeskOptions, sessions: Sessions) -> None:
        self._app = app
        self._options = options
        self._sessions = sessions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        cookies: list[str] = []

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                if not scope["path"].startswith("/static/"):
                    headers["cache-control"] = "no-store"
                for cookie in cookies:
                    headers.append("set-cookie", cookie)
            await send(message)

        request = Request(scope, receive)
        refused = self._admit(request, cookies)
        if refused is not None:
            await refused(scope, receive, send_with_headers)
            return
        try:
            await self._app(scope, _bounded(receive), send_with_headers)
        except _BodyTooLong:
            await _too_long()(scope, receive, send_with_headers)
        except _BodyTooSlow:
            refused = _refusal(408, "the request did not arrive in time")
            await refused(scope, receive, send_with_headers)

    def _admit(self, request: Request, cookies: list[str]) -> Response | None:
        """The answer to a request that is refused; None if it is allowed."""
        path = request.url.path
        if not self._options.is_allowed_host(request.headers.get("host", "")):
            return _refusal(421, "this desk is not reached by that name; start it with --allow-host NAME")
        length = request.headers.get("content-length", "0")
        if not length.isdecimal() or len(length) > 12 or int(length) > MOST_BODY_BYTES:
            return _too_long()
        changes = request.method not in ("GET", "HEAD")
        if changes and (refused := _cross_site(request)) is not None:
            return refused
        if path == "/metrics" and self._may_read_metrics(request):
            request.state.person = Person("metrics", frozenset({"view"}), "")
            return None
        person = self._person(request, cookies)
        request.state.person = person
        if path in ("/health", "/favicon.ico", "/sign-in") or path.startswith("/static/"):
            return None
        if person is None:
            if request.method == "GET" and "text/html" in request.headers.get("accept", ""):
                return RedirectResponse("/sign-in", status_code=303)
            return _refusal(401, "sign in first: open the address that the desk printed when it was started")
        if not person.may("view"):
            return _refusal(403, "the sign-in proxy gives you no role here; ask for the role view")
        if changes and not _is_same(request.headers.get(CSRF_HEADER, ""), person.csrf):
            return _refusal(403, "the page is out of date; load it again")
        return None

    def _person(self, request: Request, cookies: list[str]) -> Person | None:
        cookie = request.cookies.get(COOKIE)
        found = self._sessions.find(cookie)
        if self._options.proxy_secret is None:
            return found
        if not _is_same(request.headers.get(SECRET_HEADER, ""), self._options.proxy_secret):
            return None
        name = request.headers.get(USER_HEADER, "").strip()
        if not name:
            return None
        given = {each.strip().lower() for each in request.headers.get(ROLES_HEADER, "").split(",")}
        roles: frozenset[Role] = frozenset(role for role in ROLES if role in given)
        if found is not None and found.named_by_proxy and (found.name, found.roles) == (name, roles):
            return found
        cookie, person = self._sessions.open(name, roles, named_by_proxy=True)
        cookies.append(cookie_header(cookie, secure=is_https(request)))
        return person

    def _may_read_metrics(self, request: Request) -> bool:
        kind, _, given = request.headers.get("authorization", "").partition(" ")
        wanted = self._options.metrics_token
        if wanted is None and self._options.proxy_secret is None:
            wanted = self._options.token
        return wanted is not None and kind.lower() == "bearer" and _is_same(given.strip(), wanted)


def cookie_header(value: str, *, secure: bool, age: int | None = None) -> str:
    """The header of the session's cookie: scripts cannot read it, and other sites do not send it."""
    response = Response()
    response.set_cookie(COOKIE, value, httponly=True, samesite="strict", secure=secure, path="/", max_age=age)
    return response.headers["set-cookie"]


def is_https(request: Request) -> bool:
    """Whether the browser reaches the desk by https, according to the proxy's header if there is one."""
    return request.headers.get("x-forwarded-proto", request.url.scheme) == "https"


def is_token(options: DeskOptions, given: str) -> bool:
    """Whether it is the desk's token, and signing in by the token is enabled."""
    return options.proxy_secret is None and _is_same(given.strip(), options.token)


async def json_body(request: Request) -> dict[str, Any]:
    """The JSON object of a request. Raises ValueError with the problem."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise ValueError("the body must be JSON, with the content type application/json")
    try:
        body = json.loads(await request.body())
    except (ValueError, RecursionError):
        raise ValueError("the body is not valid JSON") from None
    if not isinstance(body, dict):
        raise ValueError("the body must be a JSON object")
    return body


async def form_body(request: Request) -> dict[str, str]:
    """The fields of a form; empty if the body is not a form."""
    body = await request.body()
    try:
        return dict(parse_qsl(body.decode(), max_num_fields=50))
    except ValueError:
        return {}


def _cross_site(request: Request) -> Response | None:
    """Refuses a request that comes from another site by its headers, whatever cookie it carries."""
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    foreign = site is not None and site not in ("same-origin", "none")
    if origin is not None and _host_of(origin) != request.headers.get("host"):
        foreign = True
    return _refusal(403, "requests from other sites are refused") if foreign else None


def _host_of(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc
    except ValueError:  # brackets without an IP address in them
        return None


class _BodyTooLong(Exception):
    """A body without a declared length turned out to be too long; no answer was sent yet."""


class _BodyTooSlow(Exception):
    """The rest of a body did not arrive; no answer was sent yet."""


def _too_long() -> Response:
    return _refusal(413, f"a request may have {MOST_BODY_BYTES:,} bytes at most")


def _bounded(receive: Receive) -> Receive:
    """Ends a request if its body is longer than anything that the desk's pages send, or stops arriving."""
    read, whole = 0, False

    async def bounded() -> Message:
        nonlocal read, whole
        try:
            # After the body, only the end of the connection is waited for, without a limit.
            async with asyncio.timeout(None if whole else BODY_SECONDS):
                message = await receive()
        except TimeoutError:
            raise _BodyTooSlow from None
        whole = not message.get("more_body", False)
        read += len(message.get("body") or b"")
        if read > MOST_BODY_BYTES:
            raise _BodyTooLong
        return message

    return bounded


def _refusal(status: int, text: str) -> Response:
    return PlainTextResponse(f"{text}\n", status_code=status)


def _is_same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode("utf-8", "replace"))
