"""Runs of a project, one after the other, under a lock that dies with its holder."""

from __future__ import annotations

from typing import Any

import psycopg
from langchain_core.messages import HumanMessage
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver

from graph.build import build
from graph.cancellation import RunCancelled, unless_cancelled
from graph.deps import Deps
from memory.store import Row

LOCK = "SELECT pg_try_advisory_lock(hashtextextended(%s, 0)) AS got"


async def drive(deps: Deps, database_url: str, project_id: str) -> int:
    """Works off the project's unfinished runs; 0 where another process does. Returns how many it ended."""
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as lock:
        row = await (await lock.execute(LOCK, (project_id,))).fetchone()
        if row is None or not row[0]:
            return 0
        ended = 0
        while (run := await deps.store.next_run(project_id)) is not None:
            await _carry_out(deps, run)
            ended += 1
        return ended


async def _carry_out(deps: Deps, run: Row) -> None:
    if not await deps.store.start_run(run["id"]):
        return  # cancelled while it waited
    try:
        error = (await unless_cancelled(deps.store, run["id"], _through_graph(deps, run))).get("error") or None
    except RunCancelled:
        await _cancelled(deps, run)
        return
    except (psycopg.OperationalError, OSError):
        raise  # a service has gone for a moment: the run stays `running` and is taken up again
    except Exception as problem:  # the border to the graph: a run ends with its reason, never in silence
        error = f"{type(problem).__name__}: {problem}"
        await deps.store.set_project_status(run["project_id"], "failed")
    status = "failed" if error else "succeeded"
    await deps.store.finish_run(run["id"], status, error)
    await deps.events.emit("run_finished", run["project_id"], run["id"], status=status, error=error)


async def _cancelled(deps: Deps, run: Row) -> None:
    reason = "cancelled on request"
    await deps.store.end_cancelled(run, reason)
    await deps.events.emit("run_finished", run["project_id"], run["id"], status="cancelled", error=reason)


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
    return dict(await graph.ainvoke(await _first_state(deps, run), config, durability="sync"))


async def _first_state(deps: Deps, run: Row) -> Any:
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
