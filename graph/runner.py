"""Runs of a project, one after the other, under a lock that dies with its holder."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from langchain_core.messages import HumanMessage
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from langgraph.types import Command, Interrupt
from langsmith import tracing_context

from graph.beginning import values_of
from graph.build import build
from graph.deps import Deps
from graph.steps.common import CHANGING
from graph.steps.merging import abandon
from graph.steps.planning import document
from graph.watch import RunCancelled, watched
from memory.ledger import StepSuperseded
from memory.outages import SERVICE_AWAY
from memory.recovery import Lock, Recovery, project_lock
from memory.settings import Settings
from memory.store import Row

WAITS = "__interrupt__"


async def drive(deps: Deps, database_url: str, project_id: str) -> int:
    """Works off the project's questions, then its other unfinished runs; 0 where another process does.

    Returns how many it ended. Raises SERVICE_AWAY and StepSuperseded, which leave a run `running`, to go on.
    """
    return sum([await _drive(deps, database_url, project_id, aside=aside) for aside in (True, False)])


async def _drive(deps: Deps, database_url: str, project_id: str, *, aside: bool) -> int:
    if aside and await deps.store.next_run(project_id, aside=True) is None:
        return 0
    async with project_lock(database_url, project_id, aside=aside) as lock:
        if lock is None:
            return 0
        ended = 0
        await _announce(deps, project_id)
        while (run := await deps.store.next_run(project_id, aside=aside)) is not None:
            await _carry_out(deps, run, lock)
            await _announce(deps, project_id)
            ended += 1
        return ended


async def _carry_out(deps: Deps, run: Row, lock: Lock) -> None:
    if not await deps.store.start_run(run["id"]):
        return  # cancelled while it waited
    try:
        with traced_as_set(deps.settings):
            state = await watched(_through_graph(deps, run), deps.store, run["id"], lock)
        if WAITS in state:
            await _wait(deps, run, state[WAITS][0])
            return
        error = state.get("error") or None
    except (*SERVICE_AWAY, StepSuperseded):
        raise
    except RunCancelled:
        await abandon(deps, run, "it was cancelled")
        await deps.store.end_cancelled(run, "it was cancelled")
        return
    except Exception as problem:  # the border to the graph: a run ends with its reason, never in silence
        error = _reason(problem)
        if run["intent"] in CHANGING:
            await abandon(deps, run, error)
            await deps.store.settle_project(run["project_id"])
        elif not run["aside"]:
            await deps.store.set_project_status(run["project_id"], "failed")
    await deps.store.finish_run(run["id"], "failed" if error else "succeeded", error)


def traced_as_set(settings: Settings) -> AbstractContextManager[Any]:
    """LangGraph would also heed older variables of LangSmith, which our settings do not know."""
    return nullcontext() if settings.langsmith_tracing else tracing_context(enabled=False)


async def _announce(deps: Deps, project_id: str) -> None:
    """Tells of ended runs. First the table, then the stream, then a mark: no end is lost, and the stream takes one."""
    recovery = Recovery(deps.pool)
    for run in await recovery.unannounced(project_id):
        if run["status"] != "succeeded":  # one that failed on its way through the graph has said nothing yet
            await deps.store.say(run["id"], f"The run {run['status']}: {run['error'] or 'no reason is recorded'}")
        await deps.events.emit("run_finished", project_id, run["id"], status=run["status"], error=run["error"])
        await recovery.announced(run["id"])


def _reason(problem: Exception) -> str:
    if isinstance(problem, OSError) and problem.strerror:
        place = f" at {problem.filename}" if problem.filename else ""
        return f"the machine refuses a file{place}: {problem.strerror}; mend that and ask again"
    return f"{type(problem).__name__}: {problem}"


async def _through_graph(deps: Deps, run: Row) -> dict[str, Any]:
    """The state where it ends, or where it waits; then `__interrupt__` is in it."""

    async def provide() -> Deps:
        return deps

    if run["aside"]:  # its one step is in the ledger, and the thread's checkpoint may be another run's
        return dict(await build(provide).compile().ainvoke(_first_state(run)))
    saver = AsyncPostgresSaver(deps.pool)
    graph = build(provide).compile(checkpointer=saver)
    config: Any = {"configurable": {"thread_id": run["project_id"]}}
    before = await graph.aget_state(config)
    if before.values.get("run_id") != run["id"]:
        return dict(await graph.ainvoke(_first_state(run), config, durability="sync"))
    if not before.next:
        return before.values
    answered = _answer_to(before.interrupts, run["decision"])
    if before.interrupts and answered is None:
        return {**before.values, WAITS: list(before.interrupts)}
    return dict(await graph.ainvoke(answered, config, durability="sync"))


def _answer_to(interrupts: Sequence[Interrupt], decision: dict[str, Any] | None) -> Command[Any] | None:
    """A decision belongs to the question that it was made on: one that was asked since needs another."""
    if decision is None or decision.get("interrupt_id") not in [asked.id for asked in interrupts]:
        return None
    return Command(resume={decision["interrupt_id"]: decision["answer"]})


async def _wait(deps: Deps, run: Row, asked: Interrupt) -> None:
    waiting = {**await _what(deps, run, dict(asked.value)), "interrupt_id": asked.id}
    if await deps.store.wait_for(run["id"], waiting):
        told = {key: value for key, value in waiting.items() if key != "interrupt_id"}
        await deps.events.emit("approval_requested", run["project_id"], run["id"], key=asked.id, **told)


async def _what(deps: Deps, run: Row, asked: dict[str, Any]) -> dict[str, Any]:
    """What is to be decided about, for a person to see."""
    if asked["what"] == "plan":
        plan = await deps.store.plan(run["id"])
        return {"what": "plan", "plan": {**document(plan), "editable": plan.model_dump(mode="json")}}
    if asked["what"] == "budget":
        spend = await deps.models.spending.of_run(run["id"])
        return {"what": "budget", "spend": spend.model_dump(mode="json")}
    if asked["what"] == "tool":
        return {"what": "tool", "agent": "dev", "calls": asked["calls"]}
    return {"what": asked["what"], "deployment": {k: asked[k] for k in ("environment", "commit")}}


def _first_state(run: Row) -> Any:
    named = run["input"].get("environment")
    words = run["input"].get("request") or (f"deploy to {named}" if named else run["intent"])
    return {"messages": [HumanMessage(words, id=f"request-{run['id']}")], **values_of(run)}


__all__ = ["drive"]
