"""The flow that sends a steering command to a running campaign and shows its answer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, cast

from prefect import flow, get_run_logger
from prefect.artifacts import acreate_markdown_artifact
from prefect.context import FlowRunContext
from prefect.states import Completed, Failed
from pydantic import Field

from live_activity.core.findings import InvalidInput
from live_activity.core.settings import settings
from live_activity.engine.steering.arguments import Action, refusal
from live_activity.engine.steering.send import CommandAnswer, ask, key_of
from live_activity.ledger import Database
from live_activity.prefect_integration.form_parameters import with_field_titles
from live_activity.views.markdown import clauses, plain

# Titles in the form that differ from the parameter's name.
_TITLES = {"ends_at": "New end"}


@flow(name="steer", flow_run_name="{action} · {name}", persist_result=False)
@with_field_titles
async def steer(
    name: Annotated[str, Field(title="Campaign", description="The name of the running campaign.")],
    action: Annotated[
        Action,
        Field(
            title="What to do",
            description="freeze: send nothing but the end. resume: go on. send_now: title, message and state. "
            "shift: minutes. move_end: a time. change_timeline, add_people, remove_people: a table. "
            "end_now: at once, with a last content if one is given. release: a field that send_now set. "
            "approve, reject: the start that waits for approval.",
        ),
    ],
    title: Annotated[str | None, Field(title="Title", description="For send_now and end_now.")] = None,
    message: Annotated[str | None, Field(title="Message", description="For send_now and end_now.")] = None,
    state: Annotated[
        str | None,
        Field(title="State", description='For send_now and end_now: JSON such as {"homeScore": 1}.'),
    ] = None,
    minutes: Annotated[
        float | None, Field(title="Minutes", description="For shift: 20 for later, -5 for earlier.")
    ] = None,
    ends_at: Annotated[
        str | None,
        Field(
            title="New end",
            description="For move_end: 2026-07-19 22:35 in the campaign's time zone, or 2026-07-19T22:35:00Z.",
        ),
    ] = None,
    table: Annotated[
        str | None,
        Field(
            title="Table",
            description="For change_timeline, add_people and remove_people: a path in the inputs folder, or a URL.",
        ),
    ] = None,
    field: Annotated[
        str | None,
        Field(
            title="Field",
            description="For release: a field that was set by hand or is held, such as homeScore. Empty: all of them.",
        ),
    ] = None,
    confirm: Annotated[
        bool,
        Field(
            title="Confirm",
            description="For send_now and end_now: send content that breaks a guard, after it was refused once.",
        ),
    ] = False,
    note: Annotated[
        str | None,
        Field(title="Note", description="For approve and reject: why, for the record."),
    ] = None,
    author: Annotated[
        str | None,
        Field(title="Your name", description="Who sends this command, for the record."),
    ] = None,
    activity: Annotated[
        list[str] | None,
        Field(
            title="Only this activity", description="column=value for each split column. Empty: all of them."
        ),
    ] = None,
) -> str:
    """Sends a command to a running campaign. Returns the answer: one line that says what the command leads to."""
    given = {
        "title": title,
        "message": message,
        "state": state,
        "minutes": minutes,
        "ends_at": ends_at,
        "table": table,
        "field": field,
        "confirm": confirm,
        "note": note,
    }
    answer = await _answer_to(name, action, given, activities=activity or [], author=author or _created_by())
    line = answer.line if answer.done else _by_titles(answer.line, action)
    said = clauses(line) if answer.done else _listed(line.removeprefix("not done: "))
    await acreate_markdown_artifact(
        f"## {action} · {plain(name)}\n\n{_verdict(answer)}\n\n{said}\n",
        key="steered",
        description=f"What {name} answered",
    )
    logger = get_run_logger()
    (logger.info if answer.done else logger.error)(line)
    # The run's page shows the state: green if the command was carried out, red if it was not.
    if not answer.done:
        return cast(str, Failed(message=line))
    return cast(str, Completed(message=line, data=line))


def _by_titles(line: str, action: str) -> str:
    """Replaces parameter names in an answer by the titles of the form: `shift, minutes:` becomes `Minutes:`."""

    def titled(found: re.Match[str]) -> str:
        return f"{_TITLES.get(found[1], found[1].capitalize())}: "

    return re.sub(rf"(?m)(?<![^\n ]){re.escape(action)}, (\w+): ", titled, line)


def _listed(lines: str) -> str:
    """Returns one line as it is, and several as a markdown list."""
    each = [plain(line) for line in lines.splitlines()]
    return "\n".join(f"- {line}" for line in each) if len(each) > 1 else "".join(each)


async def _answer_to(
    name: str, action: Action, given: Mapping[str, object], *, activities: list[str], author: str
) -> CommandAnswer:
    """Returns the campaign's answer, or what is wrong with a command that cannot be sent."""
    database = Database(settings().database_url)
    try:
        return await ask(database, name, action, given, key=key_of(activities), author=author)
    except InvalidInput as refused:
        return CommandAnswer(refusal(refused), False)
    finally:
        database.close()


def _verdict(answer: CommandAnswer) -> str:
    if not answer.done:
        return "**Not done.**"
    return "Taken, not done yet." if answer.taken else "Done."


def _created_by() -> str:
    """Who started this run, if Prefect knows it; a server without user accounts does not."""
    context = FlowRunContext.get()
    run = context.flow_run if context is not None else None
    known = run.created_by.display_value if run is not None and run.created_by is not None else None
    return known or "somebody in the Prefect UI"
