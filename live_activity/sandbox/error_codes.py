"""Every error code of the sandbox: its status, where it can be answered, and what it means."""

from __future__ import annotations

from dataclasses import dataclass

from live_activity.sandbox.call_log import ENDPOINTS

_WITH_ID = tuple(name for name in ENDPOINTS if name != "register")
_WITH_PEOPLE = ("register", "add-users", "remove-users")
_PUSHES = ("start", "update", "end")


@dataclass(frozen=True, slots=True)
class ErrorCode:
    """One error code; `example` is the text of an answer with this code."""

    status: int
    endpoints: tuple[str, ...]
    meaning: str
    example: str


ERROR_CODES: dict[str, ErrorCode] = {
    "BAD_REQUEST": ErrorCode(
        400,
        ENDPOINTS,
        "The Content-Type is not application/json.",
        "the Content-Type must be application/json",
    ),
    "REQUEST_INVALID": ErrorCode(
        400, ENDPOINTS, "The body is empty, or it is not a JSON object.", "the body cannot be parsed as JSON"
    ),
    "VALIDATION_FAILED": ErrorCode(
        400,
        ENDPOINTS,
        "A rule is broken that has no code of its own.",
        "content.content_state is missing or not an object",
    ),
    "PARTNER_REQUIRED": ErrorCode(
        400,
        ENDPOINTS,
        "The key is bound to no customer. Use the key `no-partner` to get this answer.",
        "the API key is bound to no customer",
    ),
    "ACTIVITY_TYPE_REQUIRED": ErrorCode(
        400,
        ("register", *_PUSHES),
        "`activity_type` is missing or empty.",
        "activity_type is missing or empty",
    ),
    "ACTIVITY_ID_REQUIRED": ErrorCode(
        400, _WITH_ID, "`activity_id` is missing or empty.", "activity_id is missing or empty"
    ),
    "INSIDER_IDS_OUT_OF_RANGE": ErrorCode(
        400,
        _WITH_PEOPLE,
        "`insider_ids` is not a list of 1 to 10,000 ids (`--max-insider-ids`).",
        "insider_ids must be a list of 1 to 10000 ids",
    ),
    "ENDS_AT_IN_PAST": ErrorCode(400, ("register",), "`ends_at` is in the past.", "ends_at is in the past"),
    "ENDS_AT_TOO_SOON": ErrorCode(
        400,
        ("register",),
        "`ends_at` is less than 5 minutes from now.",
        "ends_at is less than 5 minutes from now",
    ),
    "ENDS_AT_TOO_FAR": ErrorCode(
        400,
        ("register",),
        "`ends_at` is more than 7 days from now.",
        "ends_at is more than 7 days from now",
    ),
    "TARGET_DEVICES_INVALID": ErrorCode(
        400,
        _PUSHES,
        "`target_devices` is not a list of at least one object with `insider_id` and `udid`.",
        "target_devices[0].udid is missing or empty",
    ),
    "LIVE_ACTIVITY_DISABLED": ErrorCode(
        403,
        ENDPOINTS,
        "Live Activities are not activated for this app. Use the key `product-disabled` to get this answer.",
        "Live Activities are not activated for this app",
    ),
    "NOT_FOUND": ErrorCode(
        404,
        _WITH_ID,
        "No such activity, or it has ended or expired. A second /end gets this answer.",
        "there is no such activity, or it ended or expired",
    ),
    "METHOD_NOT_ALLOWED": ErrorCode(
        405, (), "The path exists, but not with this method.", "Method Not Allowed"
    ),
    "ALREADY_STARTED": ErrorCode(
        409,
        ("start", "add-users", "remove-users"),
        "The activity was started before and is locked; also when the answer to that /start was lost.",
        "the activity was started and is locked",
    ),
    "PUSH_TOKEN_NOT_SYNCED": ErrorCode(
        412,
        ("update", "end"),
        "None of the phones that are meant has synced its per-activity token yet; nothing was sent. Try again later.",
        "none of the phones that are meant has synced its push token",
    ),
    "PAYLOAD_TOO_LARGE": ErrorCode(
        413, ENDPOINTS, "The body is larger than 8 MiB.", "the body is larger than 8 MiB"
    ),
    "NO_ELIGIBLE_DEVICE": ErrorCode(
        422,
        ("register", "add-users"),
        "Nobody of this call has a phone that can be reached; /register has made no activity.",
        "nobody of this call has a phone that can be reached",
    ),
    "INTERNAL_ERROR": ErrorCode(
        500,
        ENDPOINTS,
        "Only a fault rule `server_error` gives this answer.",
        "something went wrong on our side",
    ),
}
