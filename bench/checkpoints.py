"""What a checkpoint costs: a graph of steps that do nothing, on the run's saver and database, and without a saver."""

from __future__ import annotations

import asyncio
import statistics
import time
import uuid
from pathlib import Path
from typing import Any

from langchain_core.messages import AIMessage, HumanMessage
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from langgraph.graph import END, START, StateGraph

from graph.state import RunState
from memory.database import Pool, make_pool
from memory.services.ensure import ensure_services
from memory.settings import load_settings

STEPS = 30
ROUNDS = 5


def checkpoint_ms(home: Path) -> list[float]:
    """Milliseconds of a super-step in checkpoints, by round; the server of `home` runs."""
    return asyncio.run(_measured(home))


async def _measured(home: Path) -> list[float]:
    services = await asyncio.to_thread(ensure_services, load_settings(home=home))
    pool = make_pool(services.database_url)
    await pool.open()
    try:
        with_saver = [await _round(pool) for _ in range(ROUNDS)]
        without = [await _round(None) for _ in range(ROUNDS)]
    finally:
        await pool.close()
    bare = statistics.median(without)
    return [whole - bare for whole in with_saver]


async def _round(pool: Pool | None) -> float:
    saver = None if pool is None else AsyncPostgresSaver(pool)
    graph = _chain().compile(checkpointer=saver)
    config: Any = {"configurable": {"thread_id": str(uuid.uuid4())}, "recursion_limit": STEPS + 5}
    state: Any = {"messages": [HumanMessage("x" * 80)], "project_id": str(uuid.uuid4()), "run_id": str(uuid.uuid4())}
    began = time.perf_counter()
    if saver is None:
        await graph.ainvoke(state, config)
    else:
        await graph.ainvoke(state, config, durability="sync")
    elapsed_ms = (time.perf_counter() - began) * 1000 / STEPS
    if saver is not None:
        await saver.adelete_thread(config["configurable"]["thread_id"])
    return elapsed_ms


def _chain() -> StateGraph[RunState, Any, RunState, RunState]:
    """As many small changes of the state as a run makes, only more of them."""
    graph = StateGraph(RunState)

    async def step(state: RunState) -> dict[str, Any]:
        return {"commit": uuid.uuid4().hex, "messages": [AIMessage("done", id="one")]}

    names = [f"step{number}" for number in range(STEPS)]
    for name in names:
        graph.add_node(name, step)
    for start, end in zip([START, *names], [*names, END], strict=True):
        graph.add_edge(start, end)
    return graph


__all__ = ["checkpoint_ms"]
