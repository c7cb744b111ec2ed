"""Runs of a project, one after the other, under a lock that dies with its holder."""

from __future__ import annotations

from typing import Any

from langchain_core.messages import HumanMessage
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver

from graph.build import build
from graph.deps import Deps
from graph.watch import RunCancelled, watched
from memory.ledger import StepSuperseded
from memory.outages import SERVICE_AWAY
from memory.recovery import Lock, Recovery, project_lock
from memory.store import Row


async def drive(deps: Deps, database_url: str, project_id: str) -> int:
    """Works off the project's unfinished runs; 0 where another process does. Returns how many it ended.

    Raises SERVICE_AWAY and StepSuperseded, which leave a run `running`, to be taken up again.
    """
    async with project_lock(database_url, project_id) as lock:
        if lock is None:
            return 0
        ended = 0
        await _announce(deps, project_id)
        while (run := await deps.store.next_run(project_id)) is not None:
            await _carry_out(deps, run, lock)
            await _announce(deps, project_id)
            ended += 1
        return ended


async def _carry_out(deps: Deps, run: Row, lock: Lock) -> None:
    if not await deps.store.start_run(run["id"]):
        return  # cancelled while it waited
    try:
        state = await watched(_through_graph(deps, run), deps.store, run["id"], lock)
        error = state.get("error") or None
    except (*SERVICE_AWAY, StepSuperseded):
        raise
    except RunCancelled:
        await deps.store.end_cancelled(run, "it was cancelled")
        return
    except Exception as problem:  # the border to the graph: a run ends with its reason, never in silence
        error = _reason(problem)
        await deps.store.set_project_status(run["project_id"], "failed")
    await deps.store.finish_run(run["id"], "failed" if error else "succeeded", error)


async def _announce(deps: Deps, project_id: str) -> None:
    """Tells of ended runs. First the table, then the stream, then a mark: no end is lost, and the stream takes one."""
    recovery = Recovery(deps.pool)
    for run in await recovery.unannounced(project_id):
        await deps.events.emit("run_finished", project_id, run["id"], status=run["status"], error=run["error"])
        await recovery.announced(run["id"])


def _reason(problem: Exception) -> str:
    if isinstance(problem, OSError) and problem.strerror:
        place = f" at {problem.filename}" if problem.filename else ""
        return f"the machine refuses a file{place}: {problem.strerror}; mend that and ask again"
    return f"{type(problem).__name__}: {problem}"


async def _through_graph(deps: Deps, run: Row) -> dict[str, Any]:
    async def provide() -> Deps:
        return deps

    saver = AsyncPostgresSaver(deps.pool)
    graph = build(provide).compile(checkpointer=saver)
    config: Any = {"configurable": {"thread_id": run["project_id"]}}
    before = await graph.aget_state(config)
    if before.values.get("run_id") == run["id"]:
        if not before.next:
            return before.values
        return dict(await graph.ainvoke(None, config, durability="sync"))
    return dict(await graph.ainvoke(_first_state(run), config, durability="sync"))


def _first_state(run: Row) -> Any:
    asked = run["input"]
    no_deploy = run["intent"] == "create" and asked.get("deploy") == "none"
    words = asked.get("request") or f"deploy to {asked.get('environment')}"
    return {
        "messages": [HumanMessage(words, id=f"request-{run['id']}")],
        "project_id": run["project_id"],
        "run_id": run["id"],
        "intent": "build" if no_deploy else run["intent"],
        "commit": asked.get("commit") or "",
        "deployment_id": "",
        "url": "",
    }


__all__ = ["drive"]
