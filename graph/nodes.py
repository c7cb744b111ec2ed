"""Nodes: adapters between the graph's state and the steps. Each step is done once a run, whoever dies."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from langchain_core.messages import AIMessage
from langchain_core.runnables import RunnableConfig

from graph.beginning import FRESH, adopted, sorted_run, values_of
from graph.chat import ASIDE, UNSORTED
from graph.deps import Deps
from graph.state import RunState
from graph.steps.answering import ended_facts, reply, say
from graph.steps.asking import asked_in_chat
from graph.steps.changing import plan_change, write_change
from graph.steps.checking import CHECK, look_again
from graph.steps.common import CHANGING, Make, Step, StepResult, modifies
from graph.steps.deploying import deploy
from graph.steps.importing import find_baseline, take_in
from graph.steps.measuring import measure
from graph.steps.merging import merge, settle
from graph.steps.planning import plan_request
from graph.steps.proving import prove
from graph.steps.redeploying import redeploy
from graph.steps.remembering import keep_run
from graph.steps.rolling_back import write_rollback
from graph.steps.writing import repair, write
from graph.watch import RunCancelled
from memory.ledger import RunLedger

Update = dict[str, Any]
Provider = Callable[[], Awaitable[Deps]]


class Nodes:
    def __init__(self, provide: Provider) -> None:
        self._provide = provide

    async def intake(self, state: RunState, config: RunnableConfig) -> Update:
        """A run that the API made is in the state; a message from Studio's chat becomes a run of its thread here."""
        message = state["messages"][-1]
        if message.id == f"request-{state.get('run_id')}":
            return await self._of_api(state)
        return await adopted(await self._provide(), str(config["configurable"]["thread_id"]), message, state)

    async def _of_api(self, state: RunState) -> Update:
        if state.get("intent") != UNSORTED:
            return FRESH
        deps = await self._provide()
        run = await sorted_run(deps, state, (await self._of(deps, state)).run)
        return {**FRESH, **values_of(run)}

    async def answer(self, state: RunState) -> Update:
        return await self._step("answer", state, reply)

    async def measure(self, state: RunState) -> Update:
        return await self._step("qa/performance", state, measure)

    async def pm(self, state: RunState) -> Update:
        make = plan_change if _changes(state) else plan_request
        return await self._waits(state, await self._step(_numbered("pm", state.get("plans", 0)), state, make))

    async def dev(self, state: RunState) -> Update:
        rounds, asked = state.get("rounds", 0), state.get("asked_budget", 0)
        decided = state.get("asked_tools", 0)
        key = _numbered("dev", rounds) + (f"/again/{asked}" if asked else "") + _moved(state)
        key += f"/decided/{decided}" if decided else ""
        first = _WRITERS.get(state.get("intent", ""), write)
        return await self._waits(state, await self._step(key, state, repair if rounds else first))

    async def qa(self, state: RunState) -> Update:
        if state.get("intent") == CHECK:
            return await self._step("qa", state, look_again)
        key = _numbered("qa", max(0, state.get("rounds", 1) - 1)) + _moved(state)
        return await self._step(key, state, find_baseline if state.get("intent") == "import" else prove)

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
        """Of what goes on aside only that it has ended: the project is as it was."""
        deps = await self._provide()
        step = await self._of(deps, state)
        error = state.get("error") or None
        words = error or f"Done: {state.get('url') or 'made and proven, not deployed'}"
        answered = state.get("intent") in ASIDE
        if modifies(step):
            await settle(step, error)
        elif not answered:
            status = "failed" if error and not state.get("commit") else "ready"
            await deps.store.set_project_status(state["project_id"], status)
        if not answered:
            await say(step, words, ended_facts(step))
            await keep_run(step, error)
        await deps.store.finish_adopted(state["run_id"], error)
        if step.run["adopted"]:
            await step.tell("run_finished", status="failed" if error else "succeeded", error=error)
        return {} if answered else {"messages": [AIMessage(words, id=f"report-{state['run_id']}")]}

    async def _waits(self, state: RunState, update: Update) -> Update:
        if not update.get("waits_for"):
            return update
        return await asked_in_chat(await self._of(await self._provide(), state), update)

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


_WRITERS: dict[str, Make] = {"modify": write_change, "rollback": write_rollback, "import": take_in}


def _changes(state: RunState) -> bool:
    return state.get("intent") in CHANGING


def _moved(state: RunState) -> str:
    """Of a step's key: the same round on what people pushed meanwhile is another one."""
    moves = state.get("moves", 0)
    return f"/onto/{moves}" if moves else ""


def _numbered(name: str, before: int) -> str:
    return f"{name}/{before + 1}" if before else name


__all__ = ["Nodes", "Provider", "StepResult"]
