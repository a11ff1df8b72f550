"""The state of the flow run while its campaign is played: Suspend and Pause are answered, and do not stop it.

Prefect offers both on every running flow run. A suspended run starts no task run any more in its process, also once
its state is Running again, and Resume starts a second process. Phones cannot wait for that, so the campaign goes on
with direct calls, the run's state says so, and its final state is set here, as Prefect sets none in such a process.

Resume may come before the state is looked at. Prefect still raises `Pause` at the next task run, and the history of
the run's states still names the Suspend.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from uuid import UUID

from prefect import get_client, get_run_logger
from prefect.client.schemas.objects import State
from prefect.context import FlowRunContext
from prefect.exceptions import Pause
from prefect.states import Running

from live_activity.core.background import in_background

if TYPE_CHECKING:
    # A steering command, which imports this, needs nothing of the engine.
    from live_activity.engine.edition import Edition

# How often the run's state is looked at, in real seconds.
LOOK_SECONDS = 3.0
# What Prefect calls a suspended run, and one that somebody resumed and no worker has begun yet.
SUSPENDED, RESUMING = "Suspended", "Resuming"
NO_PAUSE = (
    "A campaign cannot be suspended or paused: phones wait for its updates, so it goes on. "
    "To send nothing for a while use the steer action freeze; to end it use end_now or Cancel."
)


class RunState:
    """Watches the state of the flow run that plays an edition."""

    def __init__(self) -> None:
        self.suspended = False
        # While the approval form is shown, the run is paused on purpose.
        self.waits_for_form = False
        self._earlier_suspensions: frozenset[UUID] = frozenset()
        self._answered: set[UUID] = set()

    @asynccontextmanager
    async def watch(self, edition: Edition) -> AsyncIterator[None]:
        """Answers Suspend and Pause for as long as the block lasts."""
        run_id = current_run_id()
        if run_id is None:
            yield
            return
        async with in_background(self._watch(edition, run_id)):
            yield

    def goes_on_without_tasks(self, edition: Edition, error: BaseException | None = None) -> None:
        """Remembers that Prefect starts no task run any more, and says so once.

        `error` is what Prefect raised instead of starting one.
        """
        if isinstance(error, Pause) and error.state is not None:
            self._answer(error.state)
        if not self.suspended:
            self.suspended = True
            edition.emit(
                "note", "Prefect starts no task run any more: the campaign goes on with direct calls"
            )

    async def set_final(self, state: State[Any]) -> None:
        """Sets the final state of a run that was suspended; Prefect would leave it as it is. Never raises."""
        run_id = current_run_id()
        if run_id is None:
            return
        if self.suspended or await _suspensions(run_id) - self._earlier_suspensions:
            await _set_state(run_id, state)

    async def _watch(self, edition: Edition, run_id: UUID) -> None:
        # An earlier process of the run may have been suspended: this one starts its task runs.
        self._earlier_suspensions = await _suspensions(run_id)
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            state = await _read_state(run_id)
            if state is None or self.waits_for_form:
                continue
            resumed = state.is_scheduled() and state.name == RESUMING
            if not resumed and not state.is_paused():
                continue
            if resumed or state.name == SUSPENDED:
                self.goes_on_without_tasks(edition)
            self._answer(state)
            # Forced, as Prefect refuses Running after Paused; a public way to refuse a pause would replace it. No
            # worker starts a second process of a run that it finds running.
            await _set_state(run_id, Running(message=NO_PAUSE))

    def _answer(self, state: State[Any]) -> None:
        """Says once of each Suspend and Pause why the campaign goes on."""
        if state.id not in self._answered:
            self._answered.add(state.id)
            get_run_logger().warning(NO_PAUSE)


def current_run_id() -> UUID | None:
    """The id of the flow run of this context; None outside of one."""
    context = FlowRunContext.get()
    return context.flow_run.id if context is not None and context.flow_run is not None else None


def is_prefects(error: BaseException) -> bool:
    """Whether Prefect, and not the call, raised the error: a suspended run, a server that is away."""
    return type(error).__module__.split(".")[0] in ("prefect", "httpx", "websockets")


async def _read_state(run_id: UUID) -> State[Any] | None:
    try:
        async with get_client() as client:
            return (await client.read_flow_run(run_id)).state
    except Exception:  # a server that is away changes nothing about the campaign
        return None


async def _suspensions(run_id: UUID) -> frozenset[UUID]:
    """The ids of the states in which the run was suspended, ever."""
    try:
        async with get_client() as client:
            states = await client.read_flow_run_states(run_id)
    except Exception:  # as above
        return frozenset()
    return frozenset(state.id for state in states if state.name == SUSPENDED)


async def _set_state(run_id: UUID, state: State[Any]) -> None:
    try:
        async with get_client() as client:
            await client.set_flow_run_state(run_id, state, force=True)
    except Exception as error:  # only what the UI shows is wrong then
        get_run_logger().warning("the state of the run could not be set: %s", type(error).__name__)
