"""The state of the flow run while its campaign is played: Suspend and Pause are answered, and do not stop it.

Prefect offers both for every running flow run. After Suspend, the run's process can start no more task runs, even
when its state is Running again, and Resume starts a second process. Phones cannot wait for that, so the campaign goes
on with direct calls, the run's state says so, and its final state is set here, as Prefect sets none in such a process.

Somebody may choose Resume before the next check of the state. Prefect still raises `Pause` at the next task run, and
the history of the run's states still has the Suspend.
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
    # Steering commands import this module, and should not import the engine with it.
    from live_activity.engine.edition import Edition

# The interval between two checks of the run's state, in real seconds.
LOOK_SECONDS = 3.0
# Prefect's names for a suspended run, and for one that somebody resumed and no worker has begun yet.
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
        """Records that Prefect starts no more task runs, and reports it once.

        `error` is what Prefect raised instead of starting one.
        """
        if isinstance(error, Pause) and error.state is not None:
            self._answer(error.state)
        if not self.suspended:
            self.suspended = True
            edition.emit("note", "Prefect starts no more task runs: the campaign goes on with direct calls")

    async def set_final(self, state: State[Any]) -> None:
        """Sets the final state of a run that was suspended; Prefect would leave it as it is. Never raises."""
        run_id = current_run_id()
        if run_id is None:
            return
        if self.suspended or await _suspensions(run_id) - self._earlier_suspensions:
            await _set_state(run_id, state)

    async def _watch(self, edition: Edition, run_id: UUID) -> None:
        # An earlier process of the run may have been suspended; this process can start task runs all the same.
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
            # Forced, because Prefect refuses Running after Paused and has no public way to refuse a pause. No worker
            # starts a second process for a run that it finds running.
            await _set_state(run_id, Running(message=NO_PAUSE))

    def _answer(self, state: State[Any]) -> None:
        """Logs once for each Suspend and Pause why the campaign goes on."""
        if state.id not in self._answered:
            self._answered.add(state.id)
            get_run_logger().warning(NO_PAUSE)


def current_run_id() -> UUID | None:
    """The id of the current flow run; None outside of a flow run."""
    context = FlowRunContext.get()
    return context.flow_run.id if context is not None and context.flow_run is not None else None


def is_prefects(error: BaseException) -> bool:
    """Whether Prefect raised the error, and not the call: a suspended run, a server that does not answer."""
    return type(error).__module__.split(".")[0] in ("prefect", "httpx", "websockets")


async def _read_state(run_id: UUID) -> State[Any] | None:
    try:
        async with get_client() as client:
            return (await client.read_flow_run(run_id)).state
    except Exception:  # a server that does not answer changes nothing about the campaign
        return None


async def _suspensions(run_id: UUID) -> frozenset[UUID]:
    """The ids of all states in which the run was suspended, past ones included."""
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
    except Exception as error:  # then only the UI is wrong
        get_run_logger().warning("the state of the run could not be set: %s", type(error).__name__)
