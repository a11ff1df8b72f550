"""Signs people in with the desk's token, and keeps the name that is recorded with each command."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from live_activity.desk.options import DeskOptions
from live_activity.desk.security import COOKIE, cookie_header, form_body, is_https, is_token, json_body
from live_activity.desk.sessions import ROLES, SESSION_SECONDS, Sessions
from live_activity.desk.templating import render


class SignIn:
    """The endpoints for signing in and out."""

    def __init__(self, options: DeskOptions, sessions: Sessions) -> None:
        self._options = options
        self._sessions = sessions

    async def form(self, request: Request) -> Response:
        """Signs in with the token in the address; without one it shows a form."""
        token = request.query_params.get("token")
        if token is not None and is_token(self._options, token):
            # The answer redirects, so that the token does not stay in the browser's address bar.
            return self._signed_in(request, self._options.user)
        return self._form(wrong=token is not None)

    async def sign_in(self, request: Request) -> Response:
        """Exchanges the token for a cookie."""
        given = await form_body(request)
        if not is_token(self._options, given.get("token", "")):
            return self._form(wrong=True)
        return self._signed_in(request, given.get("name", "").strip() or self._options.user)

    async def sign_out(self, request: Request) -> Response:
        """Closes the session."""
        self._sessions.close(request.cookies.get(COOKIE))
        response = JSONResponse({"sent": True, "message": "you are signed out", "go": "/sign-in"})
        response.delete_cookie(COOKIE, path="/")
        return response

    async def rename(self, request: Request) -> Response:
        """Changes the name in the session; a name from a proxy cannot be changed."""
        try:
            name = (await json_body(request)).get("name")
            if not isinstance(name, str) or not name.strip():
                raise ValueError("name must be a text that is not empty")
        except ValueError as error:
            return JSONResponse({"sent": False, "message": str(error)}, status_code=400)
        if request.state.person.named_by_proxy:
            message = "the sign-in proxy says who you are"
            return JSONResponse({"sent": False, "message": message}, status_code=403)
        self._sessions.rename(request.cookies.get(COOKIE, ""), name)
        return JSONResponse({"sent": True, "message": "your name is changed", "go": "/"})

    def _signed_in(self, request: Request, name: str) -> Response:
        cookie, _ = self._sessions.open(name, frozenset(ROLES))
        response = RedirectResponse("/", status_code=303)
        response.headers["set-cookie"] = cookie_header(cookie, secure=is_https(request), age=SESSION_SECONDS)
        return response

    def _form(self, *, wrong: bool) -> Response:
        page = render(
            "sign_in.html",
            wrong=wrong,
            proxied=self._options.proxy_secret is not None,
            user=self._options.user,
        )
        return Response(page, status_code=403 if wrong else 200, media_type="text/html")
