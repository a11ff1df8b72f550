"""What a call can raise instead of returning an answer, and what its caller may do next.

    ApiError
      x RefusedRequest      400, 422 and other 4xx with the API's code, content that is not JSON: correct the request
      x Unauthorized        401 of the authorization layer: correct the key
      x ProductDisabled     403: have the product activated
      x NotFound            404 NOT_FOUND: the activity is unknown, ended or expired; on /end it is already closed
      x AlreadyStarted      409 ALREADY_STARTED: locked; after a repeated /start it counts as started
      x TokensNotSynced     412 PUSH_TOKEN_NOT_SYNCED: wait, then send the newest content
      x NobodyEligible      422 NO_ELIGIBLE_DEVICE: a result, not a failure; `skipped` says why
      x RateLimited         429, or 403 "Request Limit Exceeded": repeat after `retry_after`
      x ServiceUnavailable  503 with an empty body: the call was not processed, repeat it
      x NeverLeft           no connection, a proxy that refuses (407, a failed CONNECT), 511: repeat it
      x ServerFault         other 5xx: it may have been processed, `repeat` says what may be done
      x OutcomeUnknown      time-out, reset, an answer that breaks off, or one that is not the API's (an HTML page of
                            any status, JSON of another shape): it may have been processed, `repeat` says the same
          x WrongAddress    a redirect, 405 or 404 without the API's code: as above, and check the base URL

Only an answer in the API's own form says anything about an activity. Proxies, gateways and captive portals answer in
its place with every status there is; what they say is a fault of the network.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any, ClassVar


class Repeat(Enum):
    """Whether the same call may be made again."""

    ALWAYS = "always"
    """It was not processed, or processing it twice does no harm."""
    WHILE_NEWEST = "while newest"
    """Only while its content is still the newest: an old state that comes late overwrites a newer one on the phones."""
    AS_QUESTION = "as question"
    """Once: 200 means that it had not arrived, 409 that it had."""
    NEVER = "never"
    """The answer will be the same."""


_AFTER_UNKNOWN = {"start": Repeat.AS_QUESTION, "update": Repeat.WHILE_NEWEST}
_UNKNOWN_ADVICE = {
    Repeat.ALWAYS: "it may have been processed, and repeating it does no harm",
    Repeat.WHILE_NEWEST: "it may have been processed; repeat it only while its content is the newest",
    Repeat.AS_QUESTION: "it may have been processed; ask once by repeating it: 409 means that it was",
}


class ApiError(Exception):
    """A call that got no usable answer. Holds no person's id and no key; `str` is one line.

    `endpoint` is the name of the method that was called, `activity` the id of the activity it was about, `status` the
    HTTP status where one came, `code` the API's own code where it sent one, `text` the message of the server or of the
    connection, `retry_after` the seconds that the server asked to wait.
    """

    unprocessed: ClassVar[bool] = True
    """Whether the call surely changed nothing."""
    _advice: ClassVar[str] = ""

    def __init__(
        self,
        text: str = "",
        *,
        endpoint: str,
        activity: str | None = None,
        status: int | None = None,
        code: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        self.endpoint = endpoint
        self.activity = activity
        self.status = status
        self.code = code
        self.text = text
        self.retry_after = retry_after
        super().__init__(self._line())

    @property
    def repeat(self) -> Repeat:
        """Whether the same call may be made again."""
        return self._repeat()

    @property
    def safe_to_repeat(self) -> bool:
        """Whether the call may simply be made again, with the content that is newest by then."""
        return self.repeat in (Repeat.ALWAYS, Repeat.WHILE_NEWEST)

    @property
    def advice(self) -> str:
        """What may be done next, in a few words."""
        return self._advice_now()

    def _repeat(self) -> Repeat:
        return Repeat.NEVER

    def _advice_now(self) -> str:
        return self._advice

    def _line(self) -> str:
        status = f"HTTP {self.status}" if self.status is not None else "no answer"
        answer = " ".join(part for part in (status, self.code) if part)
        text = f": {self.text}" if self.text else ""
        wait = f" (asked to wait {self.retry_after:g} s)" if self.retry_after is not None else ""
        return f"{self.endpoint}: {answer}{text}; {self.advice}{wait}"

    def __reduce__(self) -> tuple[Any, ...]:
        # An exception is rebuilt from `args` alone, which the keyword-only arguments do not allow.
        return _rebuilt, (type(self), self.args, self.__dict__)


def _rebuilt(kind: type[ApiError], args: tuple[Any, ...], state: Mapping[str, Any]) -> ApiError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(state)
    return error


class RefusedRequest(ApiError):
    """The request itself is wrong. Correct it: repeating changes nothing."""

    _advice = "the request is wrong: correct it, repeating changes nothing"


class Unauthorized(ApiError):
    """The key is missing, wrong, or not renewed for Live Activities. Correct it: repeating changes nothing."""

    _advice = "check the account's key, and that it was renewed for Live Activities"


class ProductDisabled(ApiError):
    """The product is not activated for this app. Have it activated: repeating changes nothing."""

    _advice = "have Live Activities activated for this app"


class NotFound(ApiError):
    """The activity is unknown, ended or expired, and takes nothing more. After an /end of our own it is closed."""

    _advice = "the activity is unknown, ended or expired, and takes nothing more"

    def _advice_now(self) -> str:
        # Without an activity it is the endpoint that is not there.
        return (
            self._advice
            if self.endpoint != "register"
            else "the API is not at this address: check the base URL"
        )


class AlreadyStarted(ApiError):
    """The activity is locked by its start. After a repeated /start this means that the first one had arrived."""

    _advice = "the activity has started, and is locked"


class TokensNotSynced(ApiError):
    """No phone has synced yet, so nothing was sent. Wait, then send the newest content; it is not a failure."""

    def _repeat(self) -> Repeat:
        return Repeat.WHILE_NEWEST if self.endpoint == "update" else Repeat.ALWAYS

    _advice = "no phone has synced yet: wait a few seconds, then send the newest content"


class NobodyEligible(ApiError):
    """None of these people can be reached: a result, not a failure. Go on with the next batch.

    `skipped` counts the reasons; `gdpr_denied_people` and `gdpr_denied_devices` those who refused consent.
    """

    def __init__(
        self,
        text: str = "",
        *,
        endpoint: str,
        activity: str | None = None,
        status: int | None = None,
        code: str | None = None,
        retry_after: float | None = None,
        skipped: Mapping[str, int] | None = None,
        gdpr_denied_people: int = 0,
        gdpr_denied_devices: int = 0,
    ) -> None:
        self.skipped: Mapping[str, int] = dict(skipped or {})
        self.gdpr_denied_people = gdpr_denied_people
        self.gdpr_denied_devices = gdpr_denied_devices
        super().__init__(
            text, endpoint=endpoint, activity=activity, status=status, code=code, retry_after=retry_after
        )

    def _advice_now(self) -> str:
        counts = [f"{reason} {count:,}" for reason, count in self.skipped.items() if count]
        if self.gdpr_denied_people:
            counts.append(f"consent refused {self.gdpr_denied_people:,}")
        why = f" ({', '.join(counts)})" if counts else ""
        return f"none of these people can be reached{why}: go on with the next batch"


class _NotProcessed(ApiError):
    def _repeat(self) -> Repeat:
        return Repeat.ALWAYS


class RateLimited(_NotProcessed):
    """Too many calls. It was not processed: repeat it after `retry_after` seconds, or after a backoff without one."""

    _advice = "too many calls for the account; it was not processed: wait, then repeat it"


class ServiceUnavailable(_NotProcessed):
    """The authorization layer was not available. The call was not processed: repeat it."""

    _advice = "the authorization layer was not available; it was not processed: repeat it"


class NeverLeft(_NotProcessed):
    """The request did not reach the API: no connection, or a proxy that refused to forward it. Repeat it."""

    _advice = "it did not reach the API: check the base URL, the network and its proxies, and repeat it"


class _PerhapsProcessed(ApiError):
    unprocessed = False

    def _repeat(self) -> Repeat:
        return _AFTER_UNKNOWN.get(self.endpoint, Repeat.ALWAYS)

    def _advice_now(self) -> str:
        return _UNKNOWN_ADVICE[self.repeat]


class ServerFault(_PerhapsProcessed):
    """The server failed before, during or after it processed the call; `repeat` says what may be done."""


class OutcomeUnknown(_PerhapsProcessed):
    """The request was sent, and no answer of the API came that can be read; `repeat` says what may be done."""


class WrongAddress(OutcomeUnknown):
    """The API does not seem to be at this address. Check the base URL; `repeat` says what may be done meanwhile."""

    def _advice_now(self) -> str:
        return f"the address is wrong, or something else answers at it: check the base URL; {super()._advice_now()}"
