"""The requests that the desk's pages post: corrections, steering commands, approvals, and freezing everything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse

from live_activity.core.findings import InvalidInput
from live_activity.core.formatting import count_of
from live_activity.desk.campaign_view import CampaignView, now
from live_activity.desk.correction import Edits, Prepared, phones_of, prepare, targets_of
from live_activity.desk.data import DeskData
from live_activity.desk.options import DeskOptions
from live_activity.desk.security import json_body
from live_activity.desk.sessions import Person, Role
from live_activity.engine.steering.arguments import ACTIONS, ARGUMENTS, known_action
from live_activity.engine.steering.everything import FOR_EVERYTHING, ask_everything
from live_activity.engine.steering.send import ask
from live_activity.ledger import LedgerUnreadable, LedgerUnwritable

APPROVALS = {"approve": "approved", "reject": "rejected"}


class Refused(Exception):
    """A command that is not sent, with the status and the body of the HTTP answer."""

    def __init__(self, status: int, message: str, **more: Any) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"sent": False, "message": message, **more}


class Commands:
    """The endpoints that write."""

    def __init__(self, data: DeskData, options: DeskOptions) -> None:
        self._data = data
        self._options = options

    async def preview(self, request: Request) -> JSONResponse:
        """Shows what a correction would send, without sending it."""
        try:
            body = await _body(request)
            prepared = await run_in_threadpool(self._prepared, str(request.path_params["edition_id"]), body)
        except Refused as refused:
            return _answer(refused)
        return JSONResponse(
            {
                "label": prepared.label,
                "card": prepared.card,
                "questions": prepared.questions,
                "problems": prepared.problems,
                "conflicts": [asdict(each) for each in prepared.conflicts],
                "empty": not prepared.state and not (body.get("title") or body.get("message")),
            }
        )

    async def send(self, request: Request) -> JSONResponse:
        """Sends one command, and returns the campaign's answer."""
        person: Person = request.state.person
        try:
            body = await _body(request)
            action = str(body.get("action", ""))
            _check_role(person, action)
            return await self._send(person, str(request.path_params["edition_id"]), action, body)
        except Refused as refused:
            return _answer(refused)

    async def everything(self, request: Request) -> JSONResponse:
        """Freezes all running campaigns, or resumes them."""
        person: Person = request.state.person
        try:
            body = await _body(request)
            action = str(body.get("action", "freeze"))
            _check_role(person, action)
            if action not in FOR_EVERYTHING:
                raise Refused(400, f"{action[:40]} is not sent to all campaigns at once")
            if action == "resume" and body.get("confirmed") is not True:
                raise Refused(
                    428,
                    "asked once more",
                    questions=["Resume everything? Each campaign sends its newest content."],
                )
            answers = await ask_everything(
                self._data.database, action, author=person.name, wait_seconds=self._options.wait_seconds
            )
        except Refused as refused:
            return _answer(refused)
        except (LedgerUnwritable, LedgerUnreadable) as failed:
            return _answer(Refused(503, f"not sent: {failed}"))
        done = sum(each.answer.done for each in answers)
        verb = "frozen" if action == "freeze" else "resumed"
        message = (
            f"{done:,} of {count_of(len(answers), 'campaign')} {verb}"
            if answers
            else "no campaign is running"
        )
        lines = [f"{each.name}: {each.answer.line}" for each in answers]
        return JSONResponse({"sent": True, "done": done == len(answers), "message": message, "lines": lines})

    def _prepared(self, edition_id: str, body: Mapping[str, Any]) -> Prepared:
        view = self._view(edition_id)
        try:
            return prepare(self._data.database, view, Edits.from_json(body), now())
        except ValueError as error:
            raise Refused(400, str(error)) from None

    async def _send(
        self, person: Person, edition_id: str, action: str, body: Mapping[str, Any]
    ) -> JSONResponse:
        view = await run_in_threadpool(self._view, edition_id)
        if view.edition.finished:
            raise Refused(409, f"not sent: {view.name} is over ({view.edition.status})")
        if action == "send_now":
            prepared = await run_in_threadpool(self._prepared, edition_id, body)
            arguments = self._correction(prepared, body)
            number = Edits.from_json(body).number
        else:
            arguments, number = _arguments(action, body), _number(body)
            if action in APPROVALS:
                _check_approval(view, person)
                number = None  # the start of the whole campaign is approved
            self._ask_again(view, action, number, body)
        key = None
        if number is not None and (activity := view.activity(number)) is not None:
            key = dict(activity.row.key) or None
        try:
            answer = await ask(
                self._data.database,
                view.name,
                action,
                arguments,
                key=key,
                author=person.name,
                wait_seconds=self._options.wait_seconds,
                edition_id=edition_id,
            )
        except InvalidInput as wrong:  # one line each
            raise Refused(400, "not sent: " + "; ".join(str(each) for each in wrong.findings)) from None
        except (LedgerUnwritable, LedgerUnreadable) as failed:
            raise Refused(503, f"not sent: {failed}") from None
        message = answer.line
        if action == "send_now" and answer.done:
            message = f"{prepared.label.removeprefix('Send ')}: on its way"
        return JSONResponse({"sent": True, "done": answer.done, "message": message})

    def _correction(self, prepared: Prepared, body: Mapping[str, Any]) -> dict[str, Any]:
        if prepared.conflicts:
            raise Refused(
                409,
                "nothing was sent: what you edited changed since the form was drawn",
                conflicts=[asdict(each) for each in prepared.conflicts],
            )
        if prepared.problems:
            raise Refused(400, "not sent: " + "; ".join(prepared.problems))
        title, message = body.get("title") or None, body.get("message") or None
        if not prepared.state and not (title or message):
            raise Refused(400, "not sent: nothing was edited")
        if prepared.questions and body.get("confirmed") is not True:
            raise Refused(428, "asked once more", questions=prepared.questions)
        # A campaign accepts content that breaks a guard only if the person confirmed it.
        confirm = {"confirm": True} if prepared.breaks_guard else {}
        return {"state": dict(prepared.state), "title": title, "message": message, **confirm}

    def _ask_again(
        self, view: CampaignView, action: str, number: int | None, body: Mapping[str, Any]
    ) -> None:
        """Asks for confirmation if a command cannot be undone, alerts phones, or is for more than one activity."""
        if action in APPROVALS:
            return
        try:
            targets = targets_of(view, number)
        except ValueError as error:
            raise Refused(409, str(error)) from None
        if action == "end_now" and str(body.get("typed_name", "")).strip() != view.name:
            raise Refused(
                428,
                "asked once more",
                questions=[
                    f"This ends {phones_of(targets)} for good. Type the name of the campaign to end it."
                ],
                type_name=view.name,
            )
        questions = []
        if action == "change_timeline":
            questions.append("The campaign follows another timeline from now on. Change it?")
        if body.get("title") or body.get("message"):
            questions.append(
                f"{phones_of(targets)} will alert: they sound and light up. Send it with these words?"
            )
        if len(targets) > 1 and action not in (
            "freeze",
            "change_timeline",
            "add_people",
            "remove_people",
            "end_now",
        ):
            questions.append(f"This is for {len(targets):,} activities at once. Send it to all of them?")
        if questions and body.get("confirmed") is not True:
            raise Refused(428, "asked once more", questions=questions)

    def _view(self, edition_id: str) -> CampaignView:
        try:
            return self._data.fresh(edition_id)
        except InvalidInput as wrong:
            raise Refused(404, "; ".join(str(each) for each in wrong.findings)) from None
        except LedgerUnreadable as failed:
            raise Refused(503, f"not sent: {failed}") from None


def may_approve(view: CampaignView, person: Person) -> str | None:
    """Why the person may not answer the approval; None if it is allowed."""
    if not person.may("approve"):
        return "you do not have the role approve"
    if person.named_by_proxy and person.name in _involved(view):
        return "nobody approves their own run: you started or changed it, so somebody else has to answer"
    return None


def _involved(view: CampaignView) -> set[str]:
    """The people who started or changed the run, according to the ledger."""
    authors = {each.author for each in view.ledger.commands if each.action not in APPROVALS and each.author}
    owner = view.edition.owner or {}
    named = {str(owner[name]) for name in ("user", "author", "started_by") if owner.get(name)}
    return {*authors, *named}


def _check_approval(view: CampaignView, person: Person) -> None:
    if (why := may_approve(view, person)) is not None:
        raise Refused(403, why)
    if (answered := answered_by(view)) is not None:
        raise Refused(409, f"not sent: {answered}")
    if not view.awaits_approval:
        raise Refused(409, "not sent: no approval is asked for now")


def answered_by(view: CampaignView) -> str | None:
    """Who answered the approval first, and how, as text; None if nobody has."""
    decision = view.edition.decision or {}
    command = next((each for each in view.ledger.commands if each.action in APPROVALS), None)
    if decision.get("answer"):
        note = f" ({decision['note']})" if decision.get("note") else ""
        by = f" by {command.author}" if command is not None and command.author else ""
        return f"the start was answered{by} already: {decision['answer']}{note}"
    if command is not None and command.obeyed_at is None:
        return f"{command.author or 'somebody'} has just {APPROVALS[command.action]} it"
    return None


def _check_role(person: Person, action: str) -> None:
    if action not in ACTIONS:
        raise Refused(400, f"there is no action {action[:40]!r} here")
    role: Role = "approve" if action in APPROVALS else "correct"
    if not person.may(role):
        raise Refused(
            403, f"you do not have the role {role}; ask the administrator of the sign-in proxy for it"
        )


def _arguments(action: str, body: Mapping[str, Any]) -> dict[str, Any]:
    names = (name for name in ARGUMENTS[known_action(action)].names if name != "confirm")
    given = {name: body.get(name) for name in names if body.get(name) not in (None, "")}
    for name, value in given.items():
        if not isinstance(value, str | int | float) or len(str(value)) > 20_000:
            raise Refused(400, f"not sent: {name} must be a text")
    return given


def _number(body: Mapping[str, Any]) -> int | None:
    number = body.get("number")
    if number is not None and (not isinstance(number, int) or isinstance(number, bool)):
        raise Refused(400, "not sent: number must be the number of an activity, or null for all")
    return number


async def _body(request: Request) -> dict[str, Any]:
    try:
        return await json_body(request)
    except ValueError as error:
        raise Refused(400, str(error)) from None


def _answer(refused: Refused) -> JSONResponse:
    return JSONResponse(refused.body, status_code=refused.status)
