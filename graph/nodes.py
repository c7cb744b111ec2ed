"""Nodes: adapters between the graph's state and the steps. Each step is done once a run, whoever dies."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from langchain_core.messages import AIMessage
from langchain_core.runnables import RunnableConfig

from graph.deps import Deps
from graph.state import RunState
from graph.steps.changing import plan_change, write_change
from graph.steps.common import CHANGING, Make, Step, StepResult, modifies
from graph.steps.deploying import deploy
from graph.steps.merging import merge, settle
from graph.steps.planning import plan_request
from graph.steps.proving import prove
from graph.steps.redeploying import redeploy
from graph.steps.rolling_back import write_rollback
from graph.steps.writing import repair, write
from graph.watch import RunCancelled
from memory.ledger import RunLedger

Update = dict[str, Any]
Provider = Callable[[], Awaitable[Deps]]
FRESH: Update = {
    "error": "",
    "qa_passed": False,
    "waits_for": "",
    "decision": {},
    "failure": "",
    "budget_usd": "",
    "plans": 0,
    "rounds": 0,
    "raises": 0,
    "asked_budget": 0,
    "moves": 0,
    "environments": [],
}
"""What a run must not take over from the one before it on the same thread."""


class Nodes:
    def __init__(self, provide: Provider) -> None:
        self._provide = provide

    async def intake(self, state: RunState, config: RunnableConfig) -> Update:
        """A run that the API made is in the state; a message from Studio's chat becomes a run of its thread here."""
        message = state["messages"][-1]
        if message.id == f"request-{state.get('run_id')}":
            return FRESH
        deps = await self._provide()
        thread = str(config["configurable"]["thread_id"])
        run = await deps.store.adopt_thread(thread, str(message.id), str(message.text))
        ids = {"project_id": thread, "run_id": run["id"], "intent": "create", "target": "", "commit": ""}
        return {**FRESH, **ids, "deployment_id": "", "url": "", "error": run["error"] or ""}

    async def pm(self, state: RunState) -> Update:
        make = plan_change if _changes(state) else plan_request
        return await self._step(_numbered("pm", state.get("plans", 0)), state, make)

    async def dev(self, state: RunState) -> Update:
        rounds, asked = state.get("rounds", 0), state.get("asked_budget", 0)
        key = _numbered("dev", rounds) + (f"/again/{asked}" if asked else "") + _moved(state)
        first = _WRITERS.get(state.get("intent", ""), write)
        return await self._step(key, state, repair if rounds else first)

    async def qa(self, state: RunState) -> Update:
        key = _numbered("qa", max(0, state.get("rounds", 1) - 1)) + _moved(state)
        return await self._step(key, state, prove)

    async def merge(self, state: RunState) -> Update:
        return await self._step("merge" + _moved(state), state, merge)

    async def ops(self, state: RunState) -> Update:
        """When it is cancelled, a switch that has begun comes to its end first, and is on record."""
        make = redeploy if _changes(state) else deploy
        switching = asyncio.create_task(self._step("ops", state, make))
        try:
            return await asyncio.shield(switching)
        except asyncio.CancelledError:
            await asyncio.wait({switching})
            raise

    async def report(self, state: RunState) -> Update:
        deps = await self._provide()
        step = await self._of(deps, state)
        error = state.get("error") or None
        if modifies(step):
            await settle(step, error)
        else:
            status = "failed" if error and not state.get("commit") else "ready"
            await deps.store.set_project_status(state["project_id"], status)
        await deps.store.finish_adopted(state["run_id"], error)
        if step.run["adopted"]:
            await step.tell("run_finished", status="failed" if error else "succeeded", error=error)
        words = error or f"Done: {state.get('url') or 'made and proven, not deployed'}"
        return {"messages": [AIMessage(words, id=f"report-{state['run_id']}")]}

    async def _step(self, key: str, state: RunState, make: Make) -> Update:
        deps = await self._provide()
        if await deps.store.is_cancelled(state["run_id"]):
            raise RunCancelled
        step = await self._of(deps, state)
        return (await RunLedger(deps.pool, state["run_id"]).once(key, lambda: make(step), StepResult)).update

    async def _of(self, deps: Deps, state: RunState) -> Step:
        run = await deps.store.run(state["run_id"])
        if run is None:
            raise LookupError(f"run {state['run_id']} has gone")
        return Step(deps, state, run)


_WRITERS: dict[str, Make] = {"modify": write_change, "rollback": write_rollback}


def _changes(state: RunState) -> bool:
    return state.get("intent") in CHANGING


def _moved(state: RunState) -> str:
    """Of a step's key: the same round on what people pushed meanwhile is another one."""
    moves = state.get("moves", 0)
    return f"/onto/{moves}" if moves else ""


def _numbered(name: str, before: int) -> str:
    return f"{name}/{before + 1}" if before else name


__all__ = ["Nodes", "Provider", "StepResult"]
