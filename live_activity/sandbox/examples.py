"""Examples for the OpenAPI document: a request and an answer for each operation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

_ID = "0d9a7b56-8a0b-4c06-9d2c-6f1c2a5c7e11"
_TYPE = "MatchActivityAttributes"
_NAME = "Spain \u2013 Argentina"
_TEAMS = {"homeTeam": "Spain", "awayTeam": "Argentina"}
_STATE = {"homeScore": 1, "awayScore": 0, "period": "first_half", "minute": 23}
_NOBODY = {
    "push_permission_disabled": 0,
    "unsupported_platform": 0,
    "unsupported_os_version": 0,
    "push_to_start_token_missing": 0,
    "user_not_found": 0,
}
_DENIED = [{"insider_id": "u7", "devices_count": 1}]

_PEOPLE = {"activity_id": _ID, "activity_type": _TYPE, "insider_ids": ["u3", "u4"]}
_START = {
    "activity_id": _ID,
    "activity_type": _TYPE,
    "content": {
        "title": "Kick-off",
        "message": "Spain against Argentina",
        "content_state": {**_STATE, "homeScore": 0, "minute": 0},
        "attributes": _TEAMS,
    },
}
_UPDATE = {"activity_id": _ID, "activity_type": _TYPE, "content": {"content_state": _STATE}}
_GOAL = {**_UPDATE, "content": {"title": "Goal!", "message": "1:0 for Spain", "content_state": _STATE}}
_END = {**_UPDATE, "content": {"content_state": {**_STATE, "period": "full_time", "minute": 90}}}

_CARD = {
    "shows": {"content_state": _STATE, "title": "Goal!", "message": "1:0 for Spain"},
    "attributes": _TEAMS,
    "final": False,
    "stuck": None,
    "condition": "usual",
}
_ALERTS = {"fewest": 2, "most": 2, "total": 4}
_GROUP = {**_CARD, "phones": 2, "synced": 2, "alerts": _ALERTS}
_PHONE = {"insider_id": "u1", "udid": "A1", "synced": True, "alerts": 2, **_CARD}
_ACTIVITY = {
    "activity_id": _ID,
    "activity_type": _TYPE,
    "name": _NAME,
    "state": "STARTED",
    "device_started": False,
    "registered_at": "2026-07-19T18:30:00Z",
    "started_at": "2026-07-19T19:00:00Z",
    "ended_at": None,
    "ends_at": "2026-07-20T04:00:00Z",
    "counts": {"registered": 2, "reached": 2, "synced": 2, "showing_final": 0, "stuck": 0},
    "conditions": {"refused_start": 0, "opted_out": 0, "offline": 0},
    "alerts": _ALERTS,
    "left_out": {"unsupported_platform": 1},
    "pushes": {
        "start": {"calls": 1, "phones": 2},
        "update": {"calls": 1, "phones": 2},
        "end": {"calls": 0, "phones": 0},
    },
}
_PUSH = {
    "at": "2026-07-19T19:23:00Z",
    "kind": "update",
    "activity_type": _TYPE,
    "content": _GOAL["content"],
    "targeted": False,
    "sessions_triggered": 2,
    "skipped_not_synced": 0,
}
_CLOCK = {"now": "2026-07-19T19:23:00Z", "running": False, "speed": 1.0}
_RULE = {"endpoint": "start", "calls": [1], "do": "reset_after"}
_ENDPOINTS = ("register", "add_users", "remove_users", "start", "update", "end")

Named = list[tuple[str, object]]


@dataclass(frozen=True, slots=True)
class Examples:
    """Named examples by operation, and the further keys of errors by code."""

    requests: dict[str, Named]
    answers: dict[str, Named]
    error_details: dict[str, dict[str, Any]]


def _counters(**changes: object) -> dict[str, object]:
    none = {"matched": 0, "added": 0, "refreshed": 0, "removed": 0, "skipped": _NOBODY}
    return {"status": "success", "activity_id": _ID, **none, **changes}


EXAMPLES = Examples(
    requests={
        "register": [
            (
                "a match",
                {"activity_type": _TYPE, "insider_ids": ["u1", "u2"], "ends_at": "2026-07-20T04:00:00Z"},
            )
        ],
        "addUsers": [("two people", _PEOPLE)],
        "removeUsers": [("two people", _PEOPLE)],
        "start": [
            ("to everybody", _START),
            ("to one phone", {**_START, "target_devices": [{"insider_id": "u1", "udid": "A1"}]}),
        ],
        "update": [("silently", _UPDATE), ("with a phone alert", _GOAL)],
        "end": [("silently", _END)],
        "setClock": [
            ("stop", {"do": "stop"}),
            ("a minute on", {"do": "step", "seconds": 60}),
            ("ten times as fast", {"do": "run", "speed": 10}),
        ],
        "setFaults": [("the answer to the first start is lost", [_RULE])],
        "deviceStarted": [
            (
                "a match",
                {
                    "activity_type": _TYPE,
                    "insider_id": "u1",
                    "udid": "A1",
                    "content_state": _STATE,
                    "attributes": _TEAMS,
                },
            )
        ],
    },
    answers={
        "register": [
            ("two phones", _counters(matched=2, added=2)),
            (
                "somebody refused consent",
                _counters(matched=1, added=1, gdpr_denied_details=_DENIED),
            ),
            (
                "some look-ups failed",
                _counters(matched=1, added=1, partial=True, unprocessed_insider_id_count=1),
            ),
        ],
        "addUsers": [("one new, one known", _counters(matched=2, added=1, refreshed=1))],
        "removeUsers": [("two phones", _counters(removed=2))],
        "start": [("two phones", {"status": "success", "sessions_triggered": 2})],
        "update": [
            ("everybody", {"status": "success", "sessions_triggered": 2}),
            ("one is not synced", {"status": "success", "sessions_triggered": 1, "skipped_not_synced": 1}),
        ],
        "end": [("everybody", {"status": "success", "sessions_triggered": 2, "skipped_not_synced": 0})],
        "reset": [("done", {"status": "success"})],
        "listActivities": [("one", {"activities": [{**_ACTIVITY, "screens": [_GROUP]}]})],
        "getActivity": [("in full", {**_ACTIVITY, "screens": [_GROUP], "log": [_PUSH], "phones": [_PHONE]})],
        "findPhones": [
            (
                "one phone",
                {
                    "phones": [
                        {
                            "activity_id": _ID,
                            "activity_type": _TYPE,
                            "name": _NAME,
                            "state": "STARTED",
                            **_PHONE,
                        }
                    ]
                },
            )
        ],
        "countCalls": [
            (
                "a match",
                {
                    "requests": {**dict.fromkeys(_ENDPOINTS, 0), "update": 1},
                    "statuses": {**{name: {} for name in _ENDPOINTS}, "update": {"200": 1}},
                    "activities": [{"activity_id": _ID, "pushes": [_PUSH]}],
                },
            )
        ],
        "listRequests": [
            (
                "one",
                {
                    "requests": [
                        {
                            "number": 1,
                            "at": "2026-07-19T18:30:00Z",
                            "endpoint": "add-users",
                            "api_key": "***",
                            "outcome": "answered",
                            "status": 200,
                            "fault": None,
                            "request": {
                                "activity_id": _ID,
                                "activity_type": _TYPE,
                                "insider_ids": "*** (2)",
                            },
                            "answer": _counters(matched=2, added=2),
                        }
                    ]
                },
            )
        ],
        "getClock": [("stopped", _CLOCK)],
        "setClock": [("stopped", _CLOCK)],
        "getFaults": [("one", {"rules": [_RULE]})],
        "setFaults": [("one", {"rules": [_RULE]})],
        "deleteFaults": [("none", {"rules": []})],
        "deviceStarted": [("made", {"status": "success", "activity_id": _ID})],
        "document": [
            (
                "its beginning",
                {"openapi": "3.1.0", "info": {"title": "Live Activities API (sandbox)"}, "paths": {}},
            )
        ],
    },
    error_details={
        "NO_ELIGIBLE_DEVICE": {
            "skipped": {**_NOBODY, "unsupported_platform": 2},
            "gdpr_denied_details": _DENIED,
        }
    },
)
